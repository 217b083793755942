package droptest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

// Desk is a recipient who answers, made of nothing but the protocol's parts, so
// that it can also write what no honest program does.
type Desk struct {
	Link   link.Link
	Card   card.Card // change it, and Publish
	Root   *keys.Root
	Key    *keys.Root              // signs replies
	Seeds  [2]envelope.SealingSeed // a team's
	Author [8]byte
	Sent   int64 // replies so far

	server *Server
	sealed []byte // the card that is published
}

// NewDesk makes a drop on a server and publishes its card.
func NewDesk(s *Server, today drop.Day) (*Desk, error) {
	d := &Desk{
		Root: keys.NewRoot(), Key: keys.NewRoot(), Author: [8]byte{0xde, 0x5c}, server: s,
		Seeds: [2]envelope.SealingSeed{envelope.NewSealingSeed(), envelope.NewSealingSeed()},
	}
	d.Link = link.Link{Origin: s.URL, Code: link.Code{Secret: link.NewSecret(), Mailbox: d.Root.Mailbox()}}
	d.Card = card.Card{
		Published: int(today), Expires: int(today) + 7, Title: "Desk", Desks: [][32]byte{d.Key.Public()},
		Policy: card.Policy{Files: true, Largest: 1 << 20, Replies: true},
		Epochs: []card.Epoch{{Number: 1, From: int(today), Until: int(today) + 7, Keys: []string{d.Seeds[0].Recipient(), d.Seeds[1].Recipient()}}},
	}
	return d, d.Publish()
}

// Publish puts the card in place of the one before.
func (d *Desk) Publish() error {
	d.Card.Seq++
	sealed, err := card.Seal(d.Root, d.Link.Code.Secret, &d.Card)
	if err != nil {
		return err
	}
	u := drop.CardUpdate{Mailbox: d.Link.Code.Mailbox, Sealed: sealed, Day: drop.DayOf(d.server.now())}
	if d.sealed != nil {
		sum := sha256.Sum256(d.sealed)
		u.Replaces = &sum
	}
	_, err = d.server.Store.PutCard(context.Background(), u)
	d.sealed = sealed
	return err
}

// Received is a letter as its reader has it.
type Received struct {
	*letter.Meta
	ID      drop.EnvelopeID
	Message string
	Files   map[string]string
}

// Read opens an envelope and reads it to its end.
func Read(sealed []byte, seed envelope.SealingSeed) (Received, error) {
	got := Received{Files: map[string]string{}}
	opened, err := envelope.Open(bytes.NewReader(sealed), seed.Identity())
	if err != nil {
		return got, err
	}
	r := letter.NewReader(opened)
	for {
		e, err := r.Next()
		if err == io.EOF {
			got.Meta = r.Meta()
			return got, nil
		}
		if err != nil {
			return got, err
		}
		data, err := io.ReadAll(e)
		if err != nil {
			return got, err
		}
		switch e.Kind {
		case letter.MessageEntry:
			got.Message = string(data)
		case letter.FileEntry:
			got.Files[e.UntrustedName] = string(data)
		}
	}
}

// Inbox returns the letters that wait in the drop, in the order of their numbers,
// of equal ones in that of their texts.
// Each has to be in its place.
func (d *Desk) Inbox() ([]Received, error) {
	all, err := d.server.Envelopes(d.Link.Code.Mailbox)
	if err != nil {
		return nil, err
	}
	var letters []Received
	for id, sealed := range all {
		l, err := Read(sealed, d.Seeds[0])
		if err == nil {
			err = l.CheckPlace(d.Link.Code.Mailbox, id)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't read a letter: %w", err)
		}
		l.ID = id
		letters = append(letters, l)
	}
	slices.SortFunc(letters, func(a, b Received) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), strings.Compare(a.Message, b.Message))
	})
	return letters, nil
}

// Place is where the answers to a thread go.
type Place struct {
	Mailbox drop.MailboxID
	Key     string
	Thread  [32]byte
	Sender  [8]byte
}

// PlaceOf returns what a first letter says about it.
func PlaceOf(first Received) Place {
	return Place{keys.MailboxID(first.Reply.Root[:]), first.Reply.Key, first.Reply.Thread, first.Author}
}

// Writing is a reply or receipt before it is sealed.
type Writing struct {
	letter.Meta
	Message string
	Files   map[string]string
	Sign    *keys.Root
	Thread  [32]byte
	Key     string
	Deposit drop.MailboxID
}

// Write makes an honest reply, lets change make something else of it, and
// deposits that. Replies and receipts are proved and signed at the end.
func (d *Desk) Write(p Place, message string, change func(*Writing)) (drop.EnvelopeID, error) {
	id := drop.NewEnvelopeID()
	w := &Writing{
		Meta: letter.Meta{
			Kind: letter.KindReply, Mailbox: p.Mailbox, Envelope: id, Author: d.Author, Seq: d.Sent + 1,
			Seen: map[[8]byte]int64{p.Sender: 1},
		},
		Message: message, Sign: d.Key, Thread: p.Thread, Key: p.Key, Deposit: p.Mailbox,
	}
	if change != nil {
		change(w)
	}
	if w.Kind == letter.KindReply || w.Kind == letter.KindReceipt {
		proof := letter.Proof(w.Thread, w.Mailbox, w.Envelope)
		signature := letter.SignReply(w.Sign, w.Mailbox, w.Envelope)
		w.Proof, w.Signature = &proof, &signature
	}
	if w.Kind == letter.KindReply && w.Sign == d.Key {
		d.Sent = max(d.Sent, w.Seq)
	}
	sealed, err := w.seal()
	if err != nil {
		return id, err
	}
	return id, d.server.TestOnlyPut(w.Deposit, id, sealed)
}

// Receipt acknowledges all letters up to one.
func (d *Desk) Receipt(p Place, seen int64, closed bool) error {
	_, err := d.Write(p, "", func(w *Writing) {
		w.Kind, w.Seq, w.Seen, w.Closed = letter.KindReceipt, d.Sent, map[[8]byte]int64{p.Sender: seen}, closed
	})
	return err
}

func (w *Writing) seal() ([]byte, error) {
	var buf bytes.Buffer
	sealer, err := envelope.Seal(&buf, []string{w.Key})
	if err != nil {
		return nil, err
	}
	out := letter.NewWriter(sealer)
	if err := out.Meta(w.Meta); err != nil {
		return nil, err
	}
	if err := out.Message(w.Message); err != nil {
		return nil, err
	}
	for name, content := range w.Files {
		if err := out.File(name, int64(len(content)), strings.NewReader(content)); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	if err := sealer.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
