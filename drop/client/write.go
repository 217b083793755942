package client

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// ErrNoReplies: the recipient sends no replies, so there can be no thread.
var ErrNoReplies = errors.New("this recipient sends no replies")

// Outgoing is a letter with the copy that the sender keeps of it. It is sent when
// both are acknowledged.
type Outgoing struct {
	Letter, Copy *Sealed
	Sent, Kept   *Receipt // of the letter and of its copy; nil until acknowledged

	seq  int64
	copy *letter.Meta
}

// Write seals the next letter of the thread with its copy. Nothing is sent yet.
// ErrEnded, ErrNoRecipient, ErrNoReplies, and the errors of [Recipient.Seal].
func (t *Thread) Write(l Letter) (*Outgoing, error) {
	switch {
	case t.Recipient == nil:
		return nil, ErrNoRecipient
	case t.Ended:
		return nil, ErrEnded
	case !t.Begun() && !t.Recipient.TakesReplies():
		return nil, ErrNoReplies
	}
	r := t.Recipient
	if err := r.check(&l, !t.Begun()); err != nil {
		return nil, err
	}
	out := &Outgoing{seq: t.next, Letter: t.sealed()}
	meta := t.meta(letter.KindFirst, r.Mailbox, out.Letter.ID, t.next)
	meta.Answers = l.Answers
	if t.Known {
		meta.Kind, meta.Proof = letter.KindNext, t.proof(meta)
	} else {
		// Also when it isn't the first: that one may be lost or withdrawn.
		meta.Reply = letter.NewReplyTo(t.keys.Root, t.keys.Reply.Recipient(), t.keys.Thread, meta.Mailbox, meta.Envelope)
	}
	var err error
	if out.Letter.Envelope, err = seal(r.Epoch.Keys, r.Largest, meta, l); err != nil {
		return nil, err
	}
	sent := [16]byte(out.Letter.ID)
	about := letter.Copy{Sent: &sent, Kind: meta.Kind, Files: l.Infos()}
	out.Copy, out.copy, err = t.sealCopy(t.next, about, Letter{Message: letter.CopyText(l.Message), Answers: l.Answers})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Send deposits the letter and then the copy, each until it is acknowledged or
// given up; what is acknowledged isn't sent again. When it fails, Sent and Kept
// tell which is. After a [NetworkError] the other may have arrived or not: to send
// the same Outgoing again settles it.
func (t *Thread) Send(ctx context.Context, out *Outgoing, handed func(bytes int64)) error {
	// Whether or not it arrives: its number isn't used again.
	t.next = max(t.next, out.seq+1)
	if out.Sent == nil {
		r, err := t.drop.Send(ctx, t.Recipient, out.Letter, handed)
		if err != nil {
			return err
		}
		out.Sent = &r
	}
	if out.Copy == nil || out.Kept != nil {
		return nil
	}
	kept, err := t.keep(ctx, out.Copy, out.copy)
	if err == nil {
		out.Kept = &kept
	}
	return err
}

// sealed draws an envelope's ID. Who has the words can withdraw it.
func (t *Thread) sealed() *Sealed {
	s := &Sealed{ID: drop.NewEnvelopeID()}
	secret := t.keys.Withdraw(s.ID)
	s.withdraw = sha256.Sum256(secret[:])
	return s
}

// meta returns what all letters of the sender's have in common.
func (t *Thread) meta(kind string, mailbox drop.MailboxID, id drop.EnvelopeID, seq int64) letter.Meta {
	here, _ := t.seqs()
	m := letter.Meta{Kind: kind, Mailbox: mailbox, Envelope: id, Author: t.keys.Author, Seq: seq}
	m.Seen, m.Beyond = letter.Summaries(here)
	return m
}

func (t *Thread) proof(m letter.Meta) *[32]byte {
	p := letter.Proof(t.keys.Thread, m.Mailbox, m.Envelope)
	return &p
}

// maxNamed is how many deleted replies a copy can name. Of more, the first ones
// come to look as if they were missing.
const maxNamed = 1000

// sealCopy seals a copy, or a note, to the sender.
func (t *Thread) sealCopy(seq int64, about letter.Copy, l Letter) (*Sealed, *letter.Meta, error) {
	s := t.sealed()
	m := t.meta(letter.KindCopy, t.owner.mailbox, s.ID, seq)
	about.Link, about.Origin = t.Link.Code.String(), t.Link.Origin
	about.Deleted = t.deleted[max(0, len(t.deleted)-maxNamed):]
	p := t.keys.CopyProof(m.Mailbox, m.Envelope)
	m.Proof, m.Copy, m.Answers = &p, &about, l.Answers
	var err error
	s.Envelope, err = seal([]string{t.keys.Reply.Recipient()}, t.largestCopy(), m, l)
	return s, &m, err
}

// largestCopy returns what the server takes. A copy can be a little larger than
// its letter; better not to send that than to find out afterwards.
func (t *Thread) largestCopy() int64 {
	if t.Recipient != nil {
		return min(t.Recipient.serverLargest, MaxReply)
	}
	return MaxReply
}

// keep deposits a copy.
func (t *Thread) keep(ctx context.Context, s *Sealed, m *letter.Meta) (Receipt, error) {
	var r Receipt
	err := Retry(ctx, func() (err error) {
		r, err = t.owner.Deposit(ctx, t.owner.mailbox, s.ID, s.withdraw, s.Envelope, nil)
		return err
	})
	if err == nil {
		t.copies = append(t.copies, ownCopy{s.ID, m, r.Expires})
		t.Expires = max(t.Expires, r.Expires)
	}
	return r, err
}
