package collect

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

var (
	// ErrClosed: the sender has closed the thread and erased everything in it.
	ErrClosed = errors.New("the sender has closed this thread")
	// ErrBlocked: the recipient has blocked the thread.
	ErrBlocked = errors.New("this thread is blocked")
	// ErrNoDesk: no card of the drop lists a key that signs replies.
	ErrNoDesk = errors.New("the drop's card doesn't say yet who signs its replies")
)

// Reply seals a reply to a thread's sender, keeps it as a letter of the vault and
// queues it. It is sent by [Flush]. thread is the number of any letter in it.
//
// vault.ErrNoThread, ErrClosed, ErrBlocked, ErrNoDesk, client.ErrEmpty, a
// [client.SizeError], letter.ErrLimit, or an error of an attachment.
func Reply(v *vault.Vault, thread int, l client.Letter, now time.Time) (vault.Letter, error) {
	t, err := v.Thread(thread)
	switch {
	case err != nil:
		return vault.Letter{}, err
	case t.Blocked:
		return vault.Letter{}, ErrBlocked
	case t.SenderClosed:
		return vault.Letter{}, ErrClosed
	case l.Message == "" && len(l.Files) == 0:
		return vault.Letter{}, client.ErrEmpty
	}
	l.Answers = nil
	t.Seq = max(t.Seq, t.SenderSaw.Highest()) + 1
	o, d, fileKey, err := seal(v, t, letter.Meta{Kind: letter.KindReply, Seq: t.Seq}, l)
	if err != nil {
		return vault.Letter{}, err
	}
	kept := vault.Letter{
		Day: drop.DayOf(now), FileKey: fileKey,
		UntrustedPreview: preview(l.Message), MessageSize: int64(len(l.Message)),
	}
	for _, f := range l.Infos() {
		kept.Files = append(kept.Files, vault.File{Name: f.Name, Size: f.Size})
	}
	kept, err = v.QueueReply(o, t, kept, notBefore(now, d))
	if err != nil {
		o.Discard()
	}
	return kept, err
}

// seal seals a letter from a drop's desk to a thread's sender. The meta's kind,
// seq and closed are given. What is returned is to be queued or discarded.
func seal(v *vault.Vault, t vault.Thread, meta letter.Meta, l client.Letter) (o *vault.Outgoing, d vault.Drop, fileKey []byte, err error) {
	if d, err = v.DropOf(t.Drop); err != nil {
		return nil, d, nil, err
	}
	if d.Desk == nil {
		return nil, d, nil, ErrNoDesk
	}
	key, err := v.ReplyKey(t)
	if err != nil {
		return nil, d, nil, err
	}
	if o, err = v.Outgoing(t); err != nil {
		return nil, d, nil, err
	}
	meta.Mailbox, meta.Envelope, meta.Author = t.Mailbox, o.Envelope, t.Own
	if t.Received.Highest() > 0 {
		meta.Seen = map[[8]byte]int64{t.Sender: t.Received.UpTo}
	}
	if beyond := t.Received.Listed(); len(beyond) > 0 {
		meta.Beyond = map[[8]byte][]int64{t.Sender: beyond}
	}
	proof := letter.Proof(t.Secret, t.Mailbox, o.Envelope)
	signature := letter.SignReply(d.Desk, t.Mailbox, o.Envelope)
	meta.Proof, meta.Signature = &proof, &signature
	// A server may take more, and no sender's program fetches it.
	if fileKey, err = sealInto(o, key, min(d.Largest, client.MaxReply), meta, l); err != nil {
		o.Discard()
		return nil, d, nil, err
	}
	return o, d, fileKey, nil
}

// sealInto writes an envelope, whose size is known before any file is read.
func sealInto(dst io.Writer, key string, largest int64, meta letter.Meta, l client.Letter) (fileKey []byte, err error) {
	n := letter.Size(meta, l.Message, l.Infos())
	if n < 0 {
		return nil, letter.ErrLimit
	}
	if size := envelope.SealedSize(1, n); size > largest {
		return nil, &client.SizeError{Sealed: size, Largest: largest}
	}
	w, fileKey, err := envelope.SealKeeping(dst, []string{key})
	if err != nil {
		return nil, fmt.Errorf("couldn't seal to the sender: %w", err)
	}
	if err := l.Write(w, meta); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("couldn't seal to the sender: %w", err)
	}
	return fileKey, nil
}

// notBefore draws when something may go out: who watches the server is not to see
// that what arrives for a sender does so while the recipient is at work.
func notBefore(now time.Time, d vault.Drop) time.Time {
	if d.Delay <= 0 {
		return now
	}
	seconds, err := rand.Int(rand.Reader, big.NewInt(int64(d.Delay)*3600+1))
	if err != nil {
		panic("crypto/rand doesn't fail: " + err.Error())
	}
	return now.Add(time.Duration(seconds.Int64()) * time.Second)
}

// Block lets later letters of a thread be discarded unread, and queues a receipt
// that tells its sender so. vault.ErrNoThread.
func Block(v *vault.Vault, thread int, now time.Time) error { return setBlocked(v, thread, true, now) }

// Unblock takes that back. The receipt that it queues takes the place of one that
// hasn't gone out yet. A sender who was told learns of it with the next reply.
// vault.ErrNoThread.
func Unblock(v *vault.Vault, thread int, now time.Time) error {
	return setBlocked(v, thread, false, now)
}

func setBlocked(v *vault.Vault, thread int, blocked bool, now time.Time) error {
	t, err := v.Thread(thread)
	if err != nil || t.Blocked == blocked {
		return err
	}
	t.Blocked = blocked
	if t.SenderClosed {
		// The sender has erased everything, and looks for nothing any more.
		return v.PutThread(t)
	}
	if err := queueReceipt(v, t, now); err != nil {
		// The thread is blocked also when its sender can't be told.
		return errors.Join(err, v.PutThread(t))
	}
	return nil
}

// queueReceipt tells a thread's sender what was collected. It is written with
// how the thread is from now on, at once.
func queueReceipt(v *vault.Vault, t vault.Thread, now time.Time) error {
	o, d, _, err := seal(v, t, letter.Meta{Kind: letter.KindReceipt, Seq: t.Seq, Closed: t.Blocked}, client.Letter{})
	if err != nil {
		return err
	}
	if err := v.QueueReceipt(o, t, notBefore(now, d)); err != nil {
		o.Discard()
		return err
	}
	return nil
}

// queueReceipts queues the receipts that a drop owes: those for this pass, and for
// one that was stopped before it came to them.
func queueReceipts(v *vault.Vault, m drop.MailboxID, now time.Time) (err error) {
	for _, t := range v.Threads() {
		if t.Drop != m || !t.Owed {
			continue
		}
		if failed := queueReceipt(v, t, now); failed != nil {
			// Said once: a letter of this thread is damaged, and will be tomorrow.
			t.Owed = false
			err = errors.Join(err, fmt.Errorf("couldn't write a receipt: %w", failed), v.PutThread(t))
		}
		testOnlyStep("receipt queued")
	}
	return err
}
