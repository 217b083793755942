package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/transom-drop/transom/drop"
)

// What a server refuses, beyond what package drop names.
var (
	ErrUnauthorized = errors.New("the server doesn't accept the owner's signature")
	ErrClock        = errors.New("the server's clock and this computer's are too far apart")
	ErrTooLarge     = errors.New("the letter is larger than the server takes")
	ErrNotSealed    = errors.New("the server doesn't recognise the envelope as a sealed letter")
	ErrBusy         = errors.New("the server has too much to do")
	// ErrAnswer: what answered isn't a Transom server, or one that is broken, or
	// something between that answers in its place.
	ErrAnswer = errors.New("the answer isn't that of a Transom server")
	// ErrRequest: the server doesn't understand what it was asked.
	ErrRequest = errors.New("the server doesn't understand the request")
	// ErrServer: the server failed.
	ErrServer = errors.New("the server has a fault")
)

// codes maps the wire's error codes to what they mean. The server's own sentence
// is never read: whoever controls it could speak to the person in our name.
var codes = map[string]error{
	"unauthorized": ErrUnauthorized,
	"clock":        ErrClock,
	"invitation":   drop.ErrInvitation,
	"not_found":    drop.ErrNotFound,
	"conflict":     drop.ErrConflict,
	"changed":      drop.ErrChanged,
	"too_large":    ErrTooLarge,
	"not_sealed":   ErrNotSealed,
	"busy":         ErrBusy,
	"full":         drop.ErrFull,
	"internal":     ErrServer,
	"bad_request":  ErrRequest,
	"method":       ErrRequest,
	"length":       ErrRequest,
	"media_type":   ErrRequest,
	"range":        ErrRequest,
}

// Error is an answer other than success.
type Error struct {
	Status int
	Kind   error         // one of the errors above or of package drop
	After  time.Duration // how long a busy server asks to wait, at most a minute

	claimedTime int64 // with ErrClock
}

func (e *Error) Error() string {
	if e.Kind == ErrAnswer {
		return fmt.Sprintf("%v (status %d)", e.Kind, e.Status)
	}
	return e.Kind.Error()
}

func (e *Error) Unwrap() error { return e.Kind }

// NetworkError says that no whole answer came. Whether the request arrived is
// unknown.
type NetworkError struct {
	Origin string
	Err    error
}

func (e *NetworkError) Error() string {
	return fmt.Sprintf("couldn't reach %s: %v", e.Origin, e.Err)
}

func (e *NetworkError) Unwrap() error { return e.Err }

// networkError leaves out what net/http puts around an error: the URL, which
// names the mailbox, has no business on a screen.
func networkError(origin string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = errors.New("nothing came for too long")
	}
	return &NetworkError{Origin: origin, Err: err}
}

// Temporary says whether the same request may succeed a little later.
func Temporary(err error) bool {
	var network *NetworkError
	var refusal *Error
	switch {
	case errors.As(err, &network):
		return true
	case errors.As(err, &refusal):
		return refusal.Kind == ErrBusy || refusal.Status >= 500 && refusal.Kind != drop.ErrFull
	}
	return false
}

// testOnlySleep waits between two tries.
var testOnlySleep = func(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// TestOnlyDontWait lets [Retry] try again at once.
func TestOnlyDontWait() { testOnlySleep = func(context.Context, time.Duration) {} }

// Tries is how often a request that may succeed later is made: at once, and
// after one, two and four seconds.
const Tries = 4

// Retry calls f until it succeeds, fails for good, or has had its [Tries].
func Retry(ctx context.Context, f func() error) error {
	var err error
	for try := range Tries {
		if try > 0 {
			wait := time.Second << (try - 1)
			var refusal *Error
			if errors.As(err, &refusal) {
				wait = max(wait, refusal.After)
			}
			testOnlySleep(ctx, wait)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err = f(); err == nil || !Temporary(err) {
			return err
		}
	}
	return err
}
