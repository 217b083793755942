package drop

import (
	"context"
	"crypto/sha256"
	"io"
)

// Stat is what a store knows about an envelope, and all it may know.
type Stat struct {
	ID      EnvelopeID
	Size    int64 // bytes
	Day     Day   // when it was accepted
	Expires Day   // the last day on which it is kept
}

// Deposit is an envelope on its way in.
type Deposit struct {
	Mailbox  MailboxID
	ID       EnvelopeID
	Size     int64             // exactly as many bytes as Body yields
	Withdraw [sha256.Size]byte // SHA-256 of the secret with which its sender can erase it
	Day      Day
	Expires  Day
	Body     io.Reader
	// Pool is how many bytes all mailboxes without a card may hold together, this
	// envelope included, if this mailbox is one of them; 0 is no limit.
	Pool int64
}

// CardUpdate is a card on its way in.
type CardUpdate struct {
	Mailbox MailboxID
	Sealed  []byte
	Day     Day
	// Replaces is the SHA-256 of the card that is stored now, nil when none is.
	Replaces *[sha256.Size]byte
	// Invitation is the hash of the invitation for a first card. Nil means that
	// none is asked for: the server is open, or the mailbox already has a card. A
	// mailbox that has a card uses none up. A hash that was never recorded is
	// refused like a used one, which is how a server asks for an invitation when
	// the owner has sent none.
	Invitation *[sha256.Size]byte
}

// Store keeps sealed cards and envelopes. It holds ciphertext, days and hashes;
// docs/privacy.md prints the literal records.
//
// Durability: when a method that writes returns nil, what it wrote survives
// kill -9 and power loss. When it returns an error, the write either happened
// whole or not at all. Callers may try again: every write is idempotent. After
// ErrPoisoned nothing more will be acknowledged: the process should end, and be
// started again.
//
// Concurrency: all methods may be called at the same time.
//
// Order: a list is ordered by ID, which senders draw at random. Nothing tells
// in which order envelopes came within a day.
//
// Time: a store has no clock. Whoever calls decides which day it is.
type Store interface {
	// Card returns the sealed card of a mailbox and the day it was last
	// published. ErrNotFound, ErrDamaged.
	Card(ctx context.Context, m MailboxID) (sealed []byte, day Day, err error)

	// PutCard stores a card in place of the one that the update replaces, and
	// uses the invitation up for this mailbox, in one step. It reports whether
	// the mailbox had none before. Storing the very bytes that are there is
	// success, whatever it says about replacing and invitations, and renews the
	// day. What it replaces is looked at before the invitation. ErrChanged,
	// ErrInvitation, ErrFull, ErrPoisoned.
	PutCard(ctx context.Context, u CardUpdate) (first bool, err error)

	// Put stores an envelope and reports whether it is new. The same ID, bytes
	// and withdraw hash again are success and return the Stat of the first time;
	// anything else under a taken ID is ErrConflict, which may be returned before
	// Body has been read. Nothing is visible before the whole body has been read
	// and synced. An error of Body, and a body shorter or longer than Size, is
	// returned and leaves nothing behind. What the pool has no room for is refused
	// before Body is read, while it comes in it counts as being there, and what is
	// there already needs no room. ErrConflict, ErrFull, ErrPoolFull, ErrCounting,
	// ErrPoisoned.
	Put(ctx context.Context, d Deposit) (stat Stat, created bool, err error)

	// List returns up to limit envelopes (at least one) of a mailbox with IDs
	// greater than after (nil: from the beginning), and whether there are more. An
	// ID says nothing about when its envelope came, so a new one may lie before a
	// cursor: a collector begins each pass at the beginning. A mailbox that nobody
	// has ever written to is an empty one.
	List(ctx context.Context, m MailboxID, after *EnvelopeID, limit int) (stats []Stat, more bool, err error)

	// Open returns an envelope for reading. A damaged body ends in ErrDamaged,
	// never in io.EOF and never in bytes that were not deposited: each piece is
	// checked before it is handed out. If it is erased while it is read, reading
	// may end in ErrNotFound. ErrNotFound, ErrDamaged.
	Open(ctx context.Context, m MailboxID, e EnvelopeID) (Stat, io.ReadSeekCloser, error)

	// Erase removes an envelope. Erasing works when the store is full, as long as
	// the disk has room for a note of it. ErrNotFound, ErrFull, ErrPoisoned.
	Erase(ctx context.Context, m MailboxID, e EnvelopeID) error

	// Withdraw removes an envelope if hash is the withdraw hash that it was
	// deposited with, compared in constant time. ErrNotFound (also for a wrong
	// hash), ErrFull, ErrPoisoned.
	Withdraw(ctx context.Context, m MailboxID, e EnvelopeID, hash [sha256.Size]byte) error

	// Pooled returns how many bytes the envelopes in all mailboxes without a card
	// have together. It is worked out from what is stored: a mailbox that gets its
	// first card, or loses its card, takes its envelopes along. After a start, it
	// waits until that is done, or for ctx.
	Pooled(ctx context.Context) (bytes int64, err error)

	// Invite records an unused invitation by its hash. One that is recorded
	// already stays as it is, used or not. ErrFull, ErrPoisoned.
	Invite(ctx context.Context, hash [sha256.Size]byte) error

	// Sweep removes envelopes whose last day lies before today and cards last
	// published more than CardDays before it, and says how many it removed, an
	// error or not. It is also a store's chance to look after itself, and best
	// called once a day. ErrDamaged (something stored is not right; whatever was
	// due has been removed), ErrPoisoned.
	Sweep(ctx context.Context, today Day) (removed int, err error)

	// Close waits for writes under way and releases the store.
	Close() error
}
