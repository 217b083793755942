package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

// ErrNoFiles: the recipient takes no files.
var ErrNoFiles = errors.New("this drop takes no files")

// ErrEmpty: there is neither a message nor a file.
var ErrEmpty = errors.New("the letter is empty")

// Recipient is a drop as its link shows it to a sender, checked.
type Recipient struct {
	Card    *card.Card
	Epoch   card.Epoch // whose keys to seal to
	Mailbox drop.MailboxID
	Largest int64 // bytes of an envelope, by the card and by the server
}

// ReadCard fetches the card behind a link and checks everything about it: that
// it is from the owner whom the link pins, and that it may be used today. The day
// is that of the local clock: a server could hold its own still to keep a card
// alive whose key has been taken. drop.ErrNotFound, and the errors of package
// card.
func (c *Client) ReadCard(ctx context.Context, code link.Code, today drop.Day) (*Recipient, error) {
	var info Info
	var sealed []byte
	err := Retry(ctx, func() (err error) {
		if info, err = c.Info(ctx); err == nil {
			sealed, err = c.Card(ctx, code.Mailbox)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	opened, err := card.Open(sealed, code)
	if err != nil {
		return nil, err
	}
	if err := opened.CheckDay(int(today)); err != nil {
		return nil, err
	}
	epoch, err := opened.Epoch(int(today))
	if err != nil {
		return nil, err
	}
	return &Recipient{Card: opened, Epoch: epoch, Mailbox: code.Mailbox, Largest: min(opened.Policy.Largest, info.Largest)}, nil
}

// Letter is what a sender writes.
type Letter struct {
	Message string
	Files   []Attachment
}

// Attachment is a file that goes with a letter.
type Attachment struct {
	Name string // the sender's; made safe and unique when sealed
	Size int64
	Open func() (io.ReadCloser, error)
}

// Sealed is an envelope that is ready to go. It may be deposited any number of
// times: it is always the same one.
type Sealed struct {
	ID       drop.EnvelopeID
	Envelope []byte
	withdraw [32]byte // hash
}

// SizeError says that a letter is too large, which needs no network to be known.
type SizeError struct {
	Sealed, Largest int64 // bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("the sealed letter has %d bytes, and %d is the most that this drop takes", e.Sealed, e.Largest)
}

// Seal seals a letter to a recipient's keys, in memory: a sender's disk is not to
// keep traces. ErrEmpty, ErrNoFiles, a [SizeError], or an error of an attachment.
func (r *Recipient) Seal(l Letter) (*Sealed, error) {
	if l.Message == "" && len(l.Files) == 0 {
		return nil, ErrEmpty
	}
	if len(l.Files) > 0 && !r.Card.Policy.Files {
		return nil, ErrNoFiles
	}
	s := &Sealed{ID: drop.NewEnvelopeID()}
	rand.Read(s.withdraw[:]) // the hash of nothing that anyone has: the command line can't withdraw
	meta := letter.Meta{Kind: letter.KindFirst, Mailbox: r.Mailbox, Envelope: s.ID, Seq: 1}
	rand.Read(meta.Author[:])
	names := make([]string, len(l.Files))
	for i, f := range l.Files {
		names[i] = f.Name
	}
	names = letter.UniqueNames(names)
	size, err := r.size(meta, l, names)
	if err != nil {
		return nil, err
	}
	buf := bytes.NewBuffer(make([]byte, 0, size))
	sealer, err := envelope.Seal(buf, r.Epoch.Keys)
	if err != nil {
		return nil, err
	}
	w := letter.NewWriter(sealer)
	if err := errors.Join(w.Meta(meta), w.Message(l.Message)); err != nil {
		return nil, err
	}
	for i, f := range l.Files {
		if err := attach(w, names[i], f); err != nil {
			return nil, fmt.Errorf("couldn't add %s: %w", f.Name, err)
		}
	}
	if err := errors.Join(w.Close(), sealer.Close()); err != nil {
		return nil, err
	}
	s.Envelope = buf.Bytes()
	return s, nil
}

// size returns how large the envelope will be.
func (r *Recipient) size(meta letter.Meta, l Letter, names []string) (int64, error) {
	infos := make([]letter.FileInfo, len(names))
	for i, f := range l.Files {
		infos[i] = letter.FileInfo{Name: names[i], Size: f.Size}
	}
	n := letter.Size(meta, l.Message, infos)
	if n < 0 {
		return 0, letter.ErrLimit
	}
	if size := envelope.SealedSize(len(r.Epoch.Keys), n); size <= r.Largest {
		return size, nil
	} else {
		return 0, &SizeError{Sealed: size, Largest: r.Largest}
	}
}

func attach(w *letter.Writer, name string, f Attachment) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return w.File(name, f.Size, r)
}

// SealedElsewhere takes an envelope that was made with stock tools, after the
// checks that the server makes too. Its ID comes from its bytes, so that sending
// the same file again is the same deposit and not a second letter.
// gate.ErrHeader, gate.ErrClass, gate.ErrSize, a [SizeError].
func (r *Recipient) SealedElsewhere(sealed []byte, classes []string) (*Sealed, error) {
	size := int64(len(sealed))
	if size > r.Largest {
		return nil, &SizeError{Sealed: size, Largest: r.Largest}
	}
	var allowed []gate.Class
	for _, class := range classes {
		allowed = append(allowed, gate.Class(class))
	}
	if _, err := gate.Read(bufio.NewReaderSize(bytes.NewReader(sealed), gate.MaxHeader), size, allowed...); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(sealed)
	id := keys.Derive(sum[:], "sealed elsewhere", nil)
	secret := keys.Derive(sum[:], "sealed elsewhere, withdraw", nil)
	return &Sealed{ID: drop.EnvelopeID(id[:16]), Envelope: sealed, withdraw: sha256.Sum256(secret[:])}, nil
}

// Send deposits an envelope, trying again after failures that may pass. When it
// fails with a [NetworkError] the letter may have arrived or not: sending the same
// Sealed again settles it.
func (c *Client) Send(ctx context.Context, r *Recipient, s *Sealed, handed func(bytes int64)) (receipt Receipt, err error) {
	err = Retry(ctx, func() error {
		receipt, err = c.Deposit(ctx, r.Mailbox, s.ID, s.withdraw, s.Envelope, handed)
		return err
	})
	return receipt, err
}
