// Package card writes and reads cards: what a recipient publishes behind a link.
// A card names the sealing keys that letters are sealed to, so everything rests
// on reading no other card than the recipient's: [Open] checks that the signing
// key hashes to the mailbox that the link names, then the signature. It is
// sealed too, with a key from the link, so that the server cannot read it.
//
// Senders remember nothing, so a server can always show an older card that is
// still valid: the days for which a card is valid are how far it can be rolled
// back. [Card.CheckDay] has to be asked with the day of the local clock, never
// the server's.
package card

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/internal/strictjson"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/link"
)

// What can be wrong with a card, in the order in which it is looked at.
var (
	// ErrSealed: it does not open with the link's secret, or is cut short.
	ErrSealed = errors.New("the card does not open with this link")
	// ErrJSON: what is inside is not a strict JSON object.
	ErrJSON = errors.New("the card is malformed")
	// ErrVersion: a card of a version that this program does not know.
	ErrVersion = errors.New("unknown version of card")
	// ErrRoot: the card's key is not the one that the link pins.
	ErrRoot = errors.New("the card is not from the owner of this link")
	// ErrSignature: the card's key did not sign it.
	ErrSignature = errors.New("the card's signature is not valid")
	// ErrFormat: it is signed, and breaks the rules for cards.
	ErrFormat = errors.New("the card breaks the rules for cards")
	// ErrFuture: it was published after tomorrow. One of two clocks is wrong.
	ErrFuture = errors.New("the card is from the future")
	// ErrExpired: it is no longer valid.
	ErrExpired = errors.New("the card has expired")
	// ErrEpoch: it has no sealing key for today.
	ErrEpoch = errors.New("the card has no sealing key for today")
)

const (
	// MaxSealed is the largest sealed card in bytes.
	MaxSealed = 1 << 20

	version        = 1
	signatureSize  = 64
	signatureLabel = "card"
)

// Card is what a recipient tells everyone with the link. Days count from
// 1970-01-01 UTC.
type Card struct {
	Version   int
	Root      [32]byte // the owner's Ed25519 public key
	Seq       int64    // grows with every card of a drop, from 1
	Published int
	Expires   int // the last day of validity
	Title     string
	Intro     string
	Languages []string // BCP 47
	Questions []Question
	Epochs    []Epoch
	Desks     [][32]byte // Ed25519 public keys that sign replies
	Policy    Policy
	Notices   []Notice
}

// Question is one that senders are asked.
type Question struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	Kind     string   `json:"kind"` // KindText, KindChoice, KindScale
	Required bool     `json:"required"`
	Choices  []string `json:"choices"` // of KindChoice
}

// The kinds of question. A scale goes from 1 to 5.
const (
	KindText   = "text"
	KindChoice = "choice"
	KindScale  = "scale"
)

// Epoch is a span of days with its sealing keys, of which a team has several. A
// letter is sealed to all of them.
type Epoch struct {
	Number int64    `json:"number"`
	From   int      `json:"from"`
	Until  int      `json:"until"` // the last day
	Keys   []string `json:"keys"`  // age1pq1…
}

// Policy says what the recipient takes.
type Policy struct {
	Files   bool  `json:"files"`
	Largest int64 `json:"largest"` // bytes of an envelope
	Replies bool  `json:"replies"`
}

// Notice is what a recipient tells everyone with the link.
type Notice struct {
	Day  int    `json:"day"`
	Text string `json:"text"`
}

// Seal signs a card and seals it for the link of root's drop. Version and Root
// are filled in. ErrFormat for a card that [Open] would refuse or that is larger
// than MaxSealed.
func Seal(root *keys.Root, secret link.Secret, c *Card) ([]byte, error) {
	own := *c
	own.Version, own.Root = version, root.Public()
	if err := own.validate(); err != nil {
		return nil, err
	}
	body, err := own.encode()
	if err != nil {
		return nil, fmt.Errorf("couldn't encode the card: %w", err)
	}
	mailbox := root.Mailbox()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{envelope.CardSeed(secret).Recipient()})
	if err != nil {
		return nil, fmt.Errorf("couldn't seal the card: %w", err)
	}
	for _, part := range [][]byte{root.Sign(signatureLabel, mailbox[:], body), body} {
		if _, err := w.Write(part); err != nil {
			return nil, fmt.Errorf("couldn't seal the card: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("couldn't seal the card: %w", err)
	}
	if sealed.Len() > MaxSealed {
		return nil, ErrFormat
	}
	return sealed.Bytes(), nil
}

// Open opens what a server says is the card behind a link, and checks everything
// but the day. ErrSealed, ErrJSON, ErrVersion, ErrRoot, ErrSignature, ErrFormat.
func Open(sealed []byte, code link.Code) (*Card, error) {
	if len(sealed) > MaxSealed {
		return nil, ErrSealed
	}
	opened, err := envelope.Open(bytes.NewReader(sealed), envelope.CardSeed(code.Secret).Identity())
	if err != nil {
		return nil, ErrSealed
	}
	content, err := io.ReadAll(opened)
	if err != nil {
		return nil, ErrSealed
	}
	return openContent(content, code.Mailbox)
}

// openContent reads a signature and the body that it is for.
func openContent(content []byte, mailbox [16]byte) (*Card, error) {
	if len(content) <= signatureSize {
		return nil, ErrSealed
	}
	signature, body := content[:signatureSize], content[signatureSize:]

	o, err := strictjson.Parse(body)
	if err != nil {
		return nil, ErrJSON
	}
	if v, ok := o.Int("version"); !ok || v != version {
		return nil, ErrVersion
	}
	root, ok := rootOf(o)
	if !ok || keys.MailboxID(root[:]) != mailbox {
		return nil, ErrRoot
	}
	if !keys.Verify(root[:], signatureLabel, signature, mailbox[:], body) {
		return nil, ErrSignature
	}
	c, err := decode(o)
	if err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// CheckDay checks that the card may be used today. A day of grace on either side
// is for clocks and time zones. ErrFuture, ErrExpired, ErrEpoch.
func (c *Card) CheckDay(today int) error {
	switch {
	case c.Published > today+1:
		return ErrFuture
	case c.Expires < today-1:
		return ErrExpired
	}
	_, err := c.Epoch(today)
	return err
}

// Epoch returns the epoch to seal a letter for today: the one that today lies
// in, else tomorrow's, else yesterday's. ErrEpoch.
func (c *Card) Epoch(today int) (Epoch, error) {
	for _, day := range []int{today, today + 1, today - 1} {
		for _, e := range c.Epochs {
			if e.From <= day && day <= e.Until {
				return e, nil
			}
		}
	}
	return Epoch{}, ErrEpoch
}
