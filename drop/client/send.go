package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/transom-drop/transom/crypto/card"
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

	serverLargest int64
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
	return &Recipient{
		Card: opened, Epoch: epoch, Mailbox: code.Mailbox,
		Largest: min(opened.Policy.Largest, info.Largest), serverLargest: info.Largest,
	}, nil
}

// Sealed is an envelope that is ready to go. It may be deposited any number of
// times: it is always the same one.
type Sealed struct {
	ID       drop.EnvelopeID
	Envelope []byte
	withdraw [32]byte // hash
}

// TakesReplies reports whether a reply can be asked for: the recipient sends any,
// and lists a key by which they can be told from forged ones.
func (r *Recipient) TakesReplies() bool { return r.Card.Policy.Replies && len(r.Card.Desks) > 0 }

// Seal seals a letter to which no reply is wanted to a recipient's keys, in
// memory: a sender's disk is not to keep traces. ErrEmpty, ErrNoFiles, an
// [AnswerError], a [SizeError], letter.ErrLimit, or an error of an attachment.
func (r *Recipient) Seal(l Letter) (*Sealed, error) {
	if err := r.check(&l, true); err != nil {
		return nil, err
	}
	s := &Sealed{ID: drop.NewEnvelopeID()}
	rand.Read(s.withdraw[:]) // the hash of nothing that anyone has
	meta := letter.Meta{Kind: letter.KindFirst, Mailbox: r.Mailbox, Envelope: s.ID, Seq: 1, Answers: l.Answers}
	rand.Read(meta.Author[:])
	var err error
	s.Envelope, err = seal(r.Epoch.Keys, r.Largest, meta, l)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// check holds a letter to what the recipient takes. begins says that it is the
// first of its thread, with which questions have to be answered.
func (r *Recipient) check(l *Letter, begins bool) (err error) {
	if l.Answers, err = checkAnswers(r.Card.Questions, l.Answers, begins); err != nil {
		return err
	}
	if l.Message == "" && len(l.Files) == 0 && len(l.Answers) == 0 {
		return ErrEmpty
	}
	if len(l.Files) > 0 && !r.Card.Policy.Files {
		return ErrNoFiles
	}
	return nil
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

// Withdraw erases an envelope for who sent it: it may already have been read.
// drop.ErrNotFound says that it is no longer there: collected, withdrawn or
// expired.
func (c *Client) Withdraw(ctx context.Context, m drop.MailboxID, e drop.EnvelopeID, secret [32]byte) error {
	return Retry(ctx, func() error {
		resp, err := c.do(ctx, request{method: http.MethodDelete, target: envelopePath(m, e), header: http.Header{
			"Transom-Withdraw": {base64.RawURLEncoding.EncodeToString(secret[:])},
		}})
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			return c.refusal(resp)
		}
		return nil
	})
}
