package client

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

var (
	// ErrNoCopy: something waits under these words, and none of it is a copy of
	// the sender's own. Whom the rest is from cannot be known.
	ErrNoCopy = errors.New("none of it is a copy of your own")
	// ErrCopies: the sender's own copies name different drops. Nobody without the
	// words can make one, so somebody else has them.
	ErrCopies = errors.New("your own copies name different recipients")
	// ErrEnded: the recipient has closed the thread, and discards what comes.
	ErrEnded = errors.New("the recipient has closed this conversation")
	// ErrUnread: the letter isn't one that can be read again, or has no files.
	ErrUnread = errors.New("there is nothing more of this letter to fetch")
	// ErrNoRecipient: the drop's card can't be had, so nothing can be sealed.
	ErrNoRecipient = errors.New("the recipient's card can't be had")
)

// Dial returns a client for a server. Each call makes one with connections of
// its own.
type Dial func(origin string) (*Client, error)

// Thread is the sender's side of a thread, as the mailbox for replies shows it.
// All of it that is shown was checked: the sender's own letters are copies that
// only who has the words can make, and replies are signed by a desk of the card
// behind the link which those copies name.
//
// The drop and the mailbox for replies are spoken to on connections of their
// own, so that no connection ties the two together. A Thread isn't for several
// goroutines.
type Thread struct {
	Link      link.Link
	Recipient *Recipient // nil when the card can't be had: see CardError
	// CardError says why replies can't be checked: they are counted in Unverified
	// and nothing of them is shown.
	CardError error

	Letters []ThreadLetter // in reading order
	// MissingAtEnd is how many replies the recipient has sent behind the last that
	// is here.
	MissingAtEnd int
	// Known says that the recipient has answered or acknowledged a letter.
	Known bool
	// Ended says that the recipient has closed the thread.
	Ended bool
	// Expires is the day until which the server promises to keep a copy: after it,
	// the words open nothing. Each letter and each deletion renews it.
	Expires drop.Day

	NotGenuine int // envelopes that others have put here
	Damaged    int // genuine, and changed, cut short or withheld since
	Unverified int // may be genuine
	TooLarge   int // envelopes that are larger than any reply should be
	Left       int // envelopes that weren't looked at: there are too many

	name     codename.Codename
	keys     *codename.Keys
	owner    *Owner  // of the mailbox for replies
	drop     *Client // where the drop is; nil when it can't be reached
	next     int64   // seq of the next letter
	deleted  []letter.Ref
	copies   []ownCopy
	replies  []deskLetter
	receipts []deskLetter
}

// State is what is known of a letter's way.
type State int

const (
	OnServer  State = iota // not known to have been collected
	Collected              // the recipient has seen it
	Answered               // a reply was written by somebody who had seen it
	Unknown                // the recipient's letters can't be checked
)

// ThreadLetter is a letter of a thread, of either side.
type ThreadLetter struct {
	Own      bool
	Envelope drop.EnvelopeID // of the reply or the copy, in the mailbox for replies
	Seq      int64
	Day      drop.Day // by the server's word
	Expires  drop.Day // the same
	// MissingBefore is how many letters of its author should stand between the one
	// before and this one.
	MissingBefore int

	// Deleted says that the sender has deleted the reply, or another under its
	// number: the server has kept it or put it back, or the recipient went on from
	// a backup. It is shown, since it may be one that nobody has read.
	Deleted bool

	UntrustedMessage string
	Files            []ThreadFile
	Answers          map[string]string // the sender's own

	// Of the sender's own letters.
	State     State
	Collected drop.Day // the first day on which it is known to have been seen

	sent    drop.EnvelopeID // at the drop
	meta    *letter.Meta
	size    int64
	fileKey []byte
}

// ThreadFile is a file of a letter. The recipient of a copy has no more of it
// than this.
type ThreadFile struct {
	UntrustedName string
	Size          int64
}

// ownCopy is a copy that the sender made, note or letter.
type ownCopy struct {
	id      drop.EnvelopeID
	meta    *letter.Meta
	expires drop.Day
}

// deskLetter is a reply or receipt whose signature was checked.
type deskLetter struct {
	meta *letter.Meta
	day  drop.Day
}

// NewThread begins a thread with a drop whose card was read over c, under a
// codename that nobody has had before. The copies go over reply.
func NewThread(c, reply *Client, l link.Link, r *Recipient) *Thread {
	name := codename.New()
	k := name.Keys()
	return &Thread{Link: l, Recipient: r, name: name, keys: k, owner: reply.Owner(k.Root), drop: c, next: 1}
}

// Codename returns the words that open the thread.
func (t *Thread) Codename() codename.Codename { return t.name }

// Format keeps the words, and what is written in the thread, out of everything
// that is formatted.
func (t *Thread) Format(f fmt.State, _ rune) { io.WriteString(f, "[thread]") }

// Disconnect gives the connections back.
func (t *Thread) Disconnect() {
	t.owner.Close()
	if t.drop != nil {
		t.drop.Close()
	}
}

// Begun says whether anything was written in the thread.
func (t *Thread) Begun() bool { return len(t.copies) > 0 }

// Open fetches a reply once more, for its files. It opens only with the key that
// opened the reply which was checked: what a server puts in its place doesn't.
func (t *Thread) Open(ctx context.Context, l ThreadLetter) (*letter.Reader, io.Closer, error) {
	if l.Own || l.fileKey == nil {
		return nil, nil, ErrUnread
	}
	var body io.ReadCloser
	err := Retry(ctx, func() (err error) {
		body, _, err = t.owner.Fetch(ctx, l.Envelope, l.size, 0)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	opened, err := envelope.OpenWithFileKey(io.LimitReader(body, l.size), l.fileKey)
	if err != nil {
		body.Close()
		return nil, nil, err
	}
	return letter.NewReader(opened), body, nil
}
