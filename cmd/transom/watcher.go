package main

import (
	"context"
	"crypto/rand"
	"math/big"
	"time"
)

// notice is all that is ever told. The words of each have the same size, so that
// who sees notices pass, sealed, can't tell one from another.
type notice string

const (
	somethingCame notice = "Something has come."
	nothingCame   notice = "Nothing came today."
	couldNotLook  notice = "Could not look yet."
)

// watcher looks at random times, and tells at once or at one time of the day.
type watcher struct {
	every  time.Duration
	digest *timeOfDay // nil: at once
	look   func(context.Context) (came bool, err error)
	tell   func(context.Context, notice)
	errand func(context.Context) // what else there is to send
	note   func(format string, args ...any)
	now    func() time.Time
	sleep  func(ctx context.Context, until time.Time)

	failing      bool
	came, looked bool // since the last digest
}

// run goes on until ctx ends.
func (w *watcher) run(ctx context.Context) error {
	next := w.now()
	// Errands have times of their own: what is sent right after a look could be tied
	// to it by whoever watches the server.
	errand := next.Add(between(w.every/8, w.every))
	var telling time.Time
	if w.digest != nil {
		telling = w.digest.after(next)
	}
	for {
		until := earlier(next, errand)
		if w.digest != nil {
			until = earlier(until, telling)
		}
		w.sleep(ctx, until)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := w.now()
		if !now.Before(next) {
			w.poll(ctx)
			next = w.now().Add(between(w.every/2, w.every/2*3))
		}
		if !now.Before(errand) {
			w.errand(ctx)
			errand = w.now().Add(between(w.every/2, w.every/2*3))
		}
		if w.digest != nil && !now.Before(telling) {
			w.tellDigest(ctx)
			// Of days that were slept through, one is told.
			telling = w.digest.after(w.now())
		}
	}
}

// poll looks once. A failure is noted once, and so is its end.
func (w *watcher) poll(ctx context.Context) {
	came, err := w.look(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !w.failing:
		w.note("couldn't look, and keeps trying: %v", err)
	case err == nil && w.failing:
		w.note("the server answers again")
	}
	w.failing = err != nil
	w.looked = w.looked || err == nil
	w.came = w.came || came
	if came && w.digest == nil {
		w.tell(ctx, somethingCame)
	}
}

func (w *watcher) tellDigest(ctx context.Context) {
	switch {
	case w.came:
		w.tell(ctx, somethingCame)
	case w.looked:
		w.tell(ctx, nothingCame)
	default:
		w.tell(ctx, couldNotLook)
	}
	w.came, w.looked = false, false
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// timeOfDay is a time of this computer's clock.
type timeOfDay struct{ hour, minute int }

func parseDigest(s string) (*timeOfDay, error) {
	if s == "" {
		return nil, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return nil, usage("--digest is a time of day, such as 08:00")
	}
	return &timeOfDay{t.Hour(), t.Minute()}, nil
}

// after returns the first such time after t. On the day on which the clock skips
// it, it is an hour later.
func (d timeOfDay) after(t time.Time) time.Time {
	at := time.Date(t.Year(), t.Month(), t.Day(), d.hour, d.minute, 0, 0, t.Location())
	if !at.After(t) {
		at = time.Date(t.Year(), t.Month(), t.Day()+1, d.hour, d.minute, 0, 0, t.Location())
	}
	return at
}

// between draws a duration, so that the times of looking tell nothing about the
// person but that they watch.
func between(low, high time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(high-low)))
	if err != nil {
		panic("there is no randomness: " + err.Error())
	}
	return low + time.Duration(n.Int64())
}

// sleepUntil waits for a time on the clock. A timer alone stands still while a
// computer sleeps.
func sleepUntil(ctx context.Context, until time.Time) {
	until = until.Round(0)
	for {
		left := until.Sub(time.Now().Round(0))
		if left <= 0 {
			return
		}
		timer := time.NewTimer(min(left, time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
