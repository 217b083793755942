package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

// Drop is what its owner keeps of a drop. All of it is secret.
type Drop struct {
	Name       string // how the recipient calls it; never leaves the vault
	Server     string // origin
	Root       *keys.Root
	Secret     link.Secret
	Invitation string // for the first card; "" when none was given

	Title     string
	Intro     string
	Languages []string
	Files     bool  // whether letters may bring files
	Largest   int64 // the largest envelope that the server takes
	Days      int   // how long a card is valid

	// Desk signs replies. It is nil until the first card is published that lists
	// it: senders take no reply that a desk of the card hasn't signed.
	Desk      *keys.Root
	Questions []card.Question
	Retired   []card.Question // asked no longer; there are answers to them
	Notices   []card.Notice
	Replies   bool // whether the card offers replies
	Receipts  bool // whether senders are told that their letters were collected
	Delay     int  // hours for which a reply or receipt waits at most before it goes out

	Made   drop.Day
	Epochs []Epoch // by number

	// Signed is the sequence number of the latest card that was signed. It is
	// written before the card is sent: two different cards never share a number.
	Signed int64
	// Published is that of the latest card which the server acknowledged, 0 when
	// none was. Expires is that card's last day.
	Published int64
	Expires   drop.Day
}

// Epoch is the span in which one sealing key is used.
type Epoch struct {
	Number int
	From   drop.Day
	Seed   envelope.SealingSeed
}

// Mailbox is where the drop's letters wait.
func (d Drop) Mailbox() drop.MailboxID { return drop.MailboxID(d.Root.Mailbox()) }

// Code is what stands after the # of the link.
func (d Drop) Code() link.Code {
	return link.Code{Secret: d.Secret, Mailbox: d.Root.Mailbox()}
}

// Link is what the recipient gives away.
func (d Drop) Link() string { return link.Link{Origin: d.Server, Code: d.Code()}.String() }

// Identities are all the keys that a letter may have been sealed to, the latest
// first.
func (d Drop) Identities() []age.Identity {
	var ids []age.Identity
	for _, e := range slices.Backward(d.Epochs) {
		ids = append(ids, e.Seed.Identity())
	}
	return ids
}

// Drops returns all drops in the order they were made.
func (v *Vault) Drops() []Drop { return slices.Clone(v.state.drops) }

// Drop returns the drop of a name. ErrNoDrop.
func (v *Vault) Drop(name string) (Drop, error) {
	for _, d := range v.state.drops {
		if d.Name == name {
			return d, nil
		}
	}
	return Drop{}, ErrNoDrop
}

// DropOf returns the drop that a mailbox belongs to. ErrNoDrop.
func (v *Vault) DropOf(m drop.MailboxID) (Drop, error) {
	for _, d := range v.state.drops {
		if d.Mailbox() == m {
			return d, nil
		}
	}
	return Drop{}, ErrNoDrop
}

// PutDrop records how a drop is from now on, or a new one.
func (v *Vault) PutDrop(d Drop) error {
	if d.Name == "" || d.Root == nil || len(d.Epochs) == 0 {
		return fmt.Errorf("couldn't keep a drop without a name or keys")
	}
	return v.write(encodeDrop(d))
}

// dropRecord is how a drop is written.
type dropRecord struct {
	Name       string        `json:"name"`
	Server     string        `json:"server"`
	Root       []byte        `json:"root"`
	Secret     []byte        `json:"secret"`
	Invitation string        `json:"invitation,omitempty"`
	Title      string        `json:"title"`
	Intro      string        `json:"intro,omitempty"`
	Languages  []string      `json:"languages,omitempty"`
	Files      bool          `json:"files"`
	Largest    int64         `json:"largest"`
	Days       int           `json:"days"`
	Made       drop.Day      `json:"made"`
	Epochs     []epochRecord `json:"epochs"`
	Signed     int64         `json:"signed"`
	Published  int64         `json:"published"`
	Expires    drop.Day      `json:"expires"`

	// Records of the first version have none of these. What is on unless it was
	// turned off is written as turned off.
	Desk       []byte          `json:"desk,omitempty"`
	Questions  []card.Question `json:"questions,omitempty"`
	Retired    []card.Question `json:"retired,omitempty"`
	Notices    []card.Notice   `json:"notices,omitempty"`
	NoReplies  bool            `json:"no_replies,omitempty"`
	NoReceipts bool            `json:"no_receipts,omitempty"`
	Delay      int             `json:"delay,omitempty"`
}

type epochRecord struct {
	Number int      `json:"number"`
	From   drop.Day `json:"from"`
	Seed   []byte   `json:"seed"`
}

func encodeDrop(d Drop) []byte {
	root := d.Root.Seed()
	r := dropRecord{
		Name: d.Name, Server: d.Server, Root: root[:], Secret: d.Secret[:], Invitation: d.Invitation,
		Title: d.Title, Intro: d.Intro, Languages: d.Languages, Files: d.Files, Largest: d.Largest, Days: d.Days,
		Made: d.Made, Signed: d.Signed, Published: d.Published, Expires: d.Expires,
		Questions: d.Questions, Retired: d.Retired, Notices: d.Notices, NoReplies: !d.Replies, NoReceipts: !d.Receipts, Delay: d.Delay,
	}
	if d.Desk != nil {
		desk := d.Desk.Seed()
		r.Desk = desk[:]
	}
	for _, e := range d.Epochs {
		r.Epochs = append(r.Epochs, epochRecord{e.Number, e.From, e.Seed[:]})
	}
	body, err := json.Marshal(r)
	if err != nil {
		panic("a record of strings and numbers doesn't marshal: " + err.Error())
	}
	return encodeRecord(recordDrop, body)
}

func decodeDrop(body []byte) (Drop, error) {
	var r dropRecord
	in := json.NewDecoder(bytes.NewReader(body))
	// A later version wrote it, and this one would lose what it doesn't know.
	in.DisallowUnknownFields()
	if err := in.Decode(&r); err != nil {
		return Drop{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(r.Root) != 32 || len(r.Secret) != len(link.Secret{}) || r.Name == "" || len(r.Epochs) == 0 {
		return Drop{}, errRecord
	}
	d := Drop{
		Name: r.Name, Server: r.Server, Root: keys.RootFromSeed([32]byte(r.Root)), Secret: link.Secret(r.Secret),
		Invitation: r.Invitation, Title: r.Title, Intro: r.Intro, Languages: r.Languages, Files: r.Files,
		Largest: r.Largest, Days: r.Days, Made: r.Made, Signed: r.Signed, Published: r.Published, Expires: r.Expires,
		Questions: r.Questions, Retired: r.Retired, Notices: r.Notices, Replies: !r.NoReplies, Receipts: !r.NoReceipts, Delay: r.Delay,
	}
	switch len(r.Desk) {
	case 0:
	case 32:
		d.Desk = keys.RootFromSeed([32]byte(r.Desk))
	default:
		return Drop{}, errRecord
	}
	for _, e := range r.Epochs {
		if len(e.Seed) != len(envelope.SealingSeed{}) {
			return Drop{}, errRecord
		}
		d.Epochs = append(d.Epochs, Epoch{e.Number, e.From, envelope.SealingSeed(e.Seed)})
	}
	return d, nil
}
