package drop

import "errors"

// The kinds of failure that a caller acts on. One table in the server maps each
// to a status and a wire code; nothing else about an error leaves the server.
// Kinds are only ever added.
var (
	// ErrNotFound: unknown, expired, erased and not yours are one answer.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the ID is taken by other bytes or another withdraw hash.
	ErrConflict = errors.New("another envelope has this ID")
	// ErrChanged: the card is not the one that the caller meant to replace.
	ErrChanged = errors.New("the card has changed")
	// ErrInvitation: a first card needs an invitation that is not used up.
	ErrInvitation = errors.New("an invitation is needed")
	// ErrDamaged: what is stored is not what was acknowledged. Nothing of it is
	// handed out.
	ErrDamaged = errors.New("the stored record is damaged")
	// ErrFull: there is no room for it. What is stored stays readable.
	ErrFull = errors.New("the store is full")
	// ErrPoolFull: the mailboxes without a card hold as much as they may together.
	// Mailboxes with a card are not concerned.
	ErrPoolFull = errors.New("the pool is full")
	// ErrCounting: the store was opened a moment ago and does not know yet how much
	// the mailboxes without a card hold. Try again.
	ErrCounting = errors.New("the pool is being counted")
	// ErrPoisoned: a write failed in a way that leaves unknown what is on the
	// disk. The store acknowledges nothing more until it has been opened again.
	ErrPoisoned = errors.New("the store has stopped")
	// ErrFormat: the folder holds a store of a format that this version does not
	// know.
	ErrFormat = errors.New("unknown store format")
)
