package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// Delete erases a letter from the sender's mailbox for good: a reply, or the copy
// of one of the sender's own. Of a reply a note stays that it was deleted, sealed
// like a copy, so that it doesn't show as missing.
func (t *Thread) Delete(ctx context.Context, l ThreadLetter) error {
	if !l.Own {
		ref := letter.Ref{Author: l.meta.Author, Seq: l.Seq}
		if !slices.Contains(t.deleted, ref) {
			t.deleted = append(t.deleted, ref)
		}
	}
	// Before anything is erased: interrupted in between, a deleted reply would look
	// like one that the server withholds.
	if err := t.note(ctx); err != nil {
		return err
	}
	if l.Own {
		return t.forget(ctx, l.Envelope)
	}
	if err := t.erase(ctx, l.Envelope); err != nil {
		return err
	}
	t.Letters = slices.DeleteFunc(t.Letters, func(other ThreadLetter) bool { return other.Envelope == l.Envelope })
	return nil
}

// note records what is about to be lost: which replies are deleted, the link, and
// how many letters the sender has written. Older notes are erased when it is safe
// on the server.
func (t *Thread) note(ctx context.Context) error {
	var older []drop.EnvelopeID
	for _, c := range t.copies {
		if c.meta.Copy.Sent == nil {
			older = append(older, c.id)
		}
	}
	s, m, err := t.sealCopy(t.next-1, letter.Copy{}, Letter{})
	if err != nil {
		return fmt.Errorf("couldn't write a note: %w", err)
	}
	if _, err := t.keep(ctx, s, m); err != nil {
		return err
	}
	for _, id := range older {
		if err := t.forget(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// renewing is how long a thread that can be shown waits for a note to be on the
// server.
const renewing = 15 * time.Second

// renew begins the days of the last copy anew when half of them are over: without a
// copy the words open nothing, and no reply can be checked. It writes no more often
// than that. If it fails, the next look tries again.
func (t *Thread) renew(ctx context.Context, today drop.Day) {
	ctx, cancel := context.WithTimeout(ctx, renewing)
	defer cancel()
	info, err := t.owner.Info(ctx)
	if err == nil && int(t.Expires-today) <= info.Days/2 {
		t.note(ctx)
	}
}

// forget erases a copy.
func (t *Thread) forget(ctx context.Context, id drop.EnvelopeID) error {
	if err := t.erase(ctx, id); err != nil {
		return err
	}
	t.copies = slices.DeleteFunc(t.copies, func(c ownCopy) bool { return c.id == id })
	return nil
}

func (t *Thread) erase(ctx context.Context, id drop.EnvelopeID) error {
	return Retry(ctx, func() error { return t.owner.Erase(ctx, id) })
}

// Withdraw erases one of the sender's own letters from the drop, and then its
// copy. gone is true when the letter was there until now: it may have been read
// all the same. drop.ErrNotFound says that it is no longer there - collected,
// withdrawn or expired - and leaves the copy.
func (t *Thread) Withdraw(ctx context.Context, l ThreadLetter) (gone bool, err error) {
	if err := t.withdraw(ctx, l); err != nil {
		return false, err
	}
	return true, t.Delete(ctx, l)
}

func (t *Thread) withdraw(ctx context.Context, l ThreadLetter) error {
	if !l.Own {
		return drop.ErrNotFound
	}
	return t.withdrawSent(ctx, l.sent)
}

func (t *Thread) withdrawSent(ctx context.Context, sent drop.EnvelopeID) error {
	if t.drop == nil {
		return t.CardError
	}
	return t.drop.Withdraw(ctx, t.Link.Code.Mailbox, sent, t.keys.Withdraw(sent))
}

// TakeBack erases a letter from the drop that was sent and whose copy the server
// does not take: nobody could read what is answered to it. drop.ErrNotFound says that
// it is no longer there.
func (t *Thread) TakeBack(ctx context.Context, out *Outgoing) error {
	return t.withdrawSent(ctx, out.Letter.ID)
}

// Ending says what was done to end a thread.
type Ending struct {
	Withdrawn int  // letters that had not been collected
	Told      bool // the recipient is told that the thread is closed
	Erased    int  // envelopes of the mailbox for replies
}

// End closes the thread for good: it withdraws what hasn't been collected, tells
// the recipient if they know the thread, and erases everything in the mailbox for
// replies. It can be repeated after a failure.
func (t *Thread) End(ctx context.Context, erased func(done, total int)) (e Ending, err error) {
	gone := false
	for _, l := range t.Letters {
		if !l.Own || l.State == Collected || l.State == Answered {
			continue
		}
		switch err := t.withdraw(ctx, l); {
		case err == nil:
			e.Withdrawn++
		case errors.Is(err, drop.ErrNotFound):
			gone = true
		default:
			return e, err
		}
	}
	// What is gone has been collected, if it has not expired: the recipient may know
	// the thread, though they have not said so.
	if (t.Known || gone) && !t.Ended && t.Recipient != nil {
		if err := t.tell(ctx); err != nil {
			return e, err
		}
		e.Told = true
	}
	e.Erased, err = t.eraseAll(ctx, erased)
	return e, err
}

// tell sends the letter that says that there will be no more.
func (t *Thread) tell(ctx context.Context) error {
	out := &Outgoing{seq: t.next, Letter: t.sealed()}
	m := t.meta(letter.KindNext, t.Recipient.Mailbox, out.Letter.ID, t.next)
	m.Proof, m.Closed = t.proof(m), true
	var err error
	out.Letter.Envelope, err = seal(t.Recipient.Epoch.Keys, t.Recipient.Largest, m, Letter{})
	if err != nil {
		return err
	}
	return t.Send(ctx, out, nil)
}

// eraseAll erases what is in the mailbox. The sender's copies go last: while one
// is there, the words still open the thread, and the rest can be done again.
func (t *Thread) eraseAll(ctx context.Context, erased func(done, total int)) (n int, err error) {
	isCopy := map[drop.EnvelopeID]bool{}
	for _, c := range t.copies {
		isCopy[c.id] = true
	}
	done := map[drop.EnvelopeID]bool{}
	for len(done) < maxErased {
		var all []Waiting
		err := Retry(ctx, func() (err error) {
			all, err = t.owner.List(ctx)
			return err
		})
		if errors.Is(err, drop.ErrNotFound) {
			return len(done), nil
		}
		if err != nil {
			return len(done), err
		}
		all = slices.DeleteFunc(all, func(w Waiting) bool { return done[w.ID] })
		if len(all) == 0 {
			return len(done), ErrStillThere
		}
		slices.SortStableFunc(all, func(a, b Waiting) int { return rank(isCopy[a.ID]) - rank(isCopy[b.ID]) })
		for i, w := range all {
			if erased != nil {
				erased(i, len(all))
			}
			if err := t.erase(ctx, w.ID); err != nil {
				return len(done), err
			}
			done[w.ID] = true
		}
	}
	return len(done), ErrStillThere
}

// ErrStillThere: the server goes on listing what it has said to have erased, or
// more without end.
var ErrStillThere = errors.New("the server still lists letters after all were erased")

// maxErased is when to stop believing a server whose mailbox never empties.
const maxErased = 2 * maxWaiting

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}
