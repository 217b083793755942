package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// Pass collects the letters of one drop, from the beginning of its mailbox. It is
// good for one Run.
type Pass struct {
	Vault *vault.Vault
	Owner *client.Owner
	Drop  vault.Drop
	Now   time.Time // by this computer's clock; the zero time is now

	// Kept is told of each letter, refused ones too, once the vault has it.
	Kept func(vault.Letter)
	// Left is told of each envelope that stays on the server for the next run.
	Left func(client.Waiting, error)
	// Progress is told how much of what waits has been downloaded.
	Progress func(bytes, total int64)

	result  Result
	early   []client.Waiting // letters whose thread may begin with another one
	ending  bool             // all that can begin a thread has come
	threads map[int]bool     // those that got letters
}

// Result says what a pass did.
type Result struct {
	Collected int // letters that are new in the vault
	Refused   int // refused ones that are new in the vault
	Discarded int // letters of blocked threads, which nobody will read
	Again     int // the server still had, or showed again, what was collected before
	Left      int // envelopes that stay on the server for the next run
	Threads   int // threads that got letters
}

var (
	// errTooLarge is why an envelope isn't even downloaded.
	errTooLarge = errors.New("it is larger than this drop's card allows")
	// errNotEnvelope: no honest server takes such bytes from a sender, so they are
	// not what a sender sent, and the letter may still be had.
	errNotEnvelope = errors.New("what the server hands out is no sealed letter: it is damaged there, or the server lies")
)

// Run makes the pass, and then queues receipts for what it collected. It returns
// an error when it had to stop; envelopes that it could not collect one by one only
// count as Left. Whatever it returns, what was collected is safe, and what was not
// is still on the server.
func (p *Pass) Run(ctx context.Context) (Result, error) {
	if p.Now.IsZero() {
		p.Now = time.Now()
	}
	p.threads = map[int]bool{}
	err := p.run(ctx)
	p.result.Threads = len(p.threads)
	if err != nil {
		return p.result, err
	}
	return p.result, queueReceipts(p.Vault, p.Drop.Mailbox(), p.Now)
}

func (p *Pass) run(ctx context.Context) error {
	waiting, err := p.list(ctx)
	if err != nil {
		return fmt.Errorf("couldn't list what waits on the server: %w", err)
	}
	var total, done int64
	var ids []drop.EnvelopeID
	for _, w := range waiting {
		total += w.Size
		ids = append(ids, w.ID)
	}
	if err := p.Vault.ForgetIncoming(p.Drop.Mailbox(), ids); err != nil {
		return err
	}
	for i, w := range waiting {
		err := p.one(ctx, w, func(bytes int64) { p.progress(done+bytes, total) })
		done += w.Size
		p.progress(done, total)
		if errors.Is(err, errEarly) {
			p.early = append(p.early, w)
		} else if err := p.leave(ctx, w, err); err != nil {
			p.result.Left += len(waiting) - i + len(p.early)
			return err
		}
	}
	p.ending = true
	for i, w := range p.early {
		if err := p.leave(ctx, w, p.one(ctx, w, func(int64) {})); err != nil {
			p.result.Left += len(p.early) - i
			return err
		}
	}
	return nil
}

// leave tells of an envelope that stays on the server. It returns an error that
// concerns not only this one.
func (p *Pass) leave(ctx context.Context, w client.Waiting, err error) error {
	switch {
	case err == nil, errors.Is(err, drop.ErrNotFound): // withdrawn or expired meanwhile
	case p.stops(ctx, err):
		return err
	default:
		p.result.Left++
		if p.Left != nil {
			p.Left(w, err)
		}
	}
	return nil
}

// stops says whether an error concerns all envelopes and not only one.
func (p *Pass) stops(ctx context.Context, err error) bool {
	var refusal *client.Error
	return ctx.Err() != nil ||
		!errors.As(err, &refusal) && !errors.Is(err, errTooLarge) && !errors.Is(err, errNotEnvelope) ||
		errors.Is(err, client.ErrUnauthorized) || errors.Is(err, client.ErrClock) || errors.Is(err, client.ErrBusy)
}

func (p *Pass) progress(bytes, total int64) {
	if p.Progress != nil {
		p.Progress(bytes, total)
	}
}

func (p *Pass) list(ctx context.Context) (waiting []client.Waiting, err error) {
	err = client.Retry(ctx, func() error {
		waiting, err = p.Owner.List(ctx)
		return err
	})
	if errors.Is(err, drop.ErrNotFound) {
		return nil, nil // no card, so nothing was sent; publishing one brings it back
	}
	return waiting, err
}

// one brings one envelope into the vault and erases it from the server. errEarly:
// it is to be tried again when all others have come.
func (p *Pass) one(ctx context.Context, w client.Waiting, progress func(int64)) error {
	if p.Vault.Known(p.Drop.Mailbox(), w.ID) {
		p.result.Again++
		return p.erase(ctx, w)
	}
	if w.Size > max(p.Drop.Largest, drop.DefaultMaxEnvelope) {
		return errTooLarge
	}
	in, err := p.Vault.Incoming(p.Drop.Mailbox(), w.ID)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := p.fetchAndInspect(ctx, in, w, progress)
	if err != nil {
		return err
	}
	if f.early && !p.ending {
		return errEarly
	}
	if err := p.keep(in, f); err != nil {
		return err
	}
	testOnlyStep("kept")
	return p.erase(ctx, w)
}

// keep puts what was found into the vault.
func (p *Pass) keep(in *vault.Incoming, f found) error {
	if f.blocked {
		if err := p.Vault.Discard(in, f.letter, f.meta, *f.thread); err != nil {
			return err
		}
		p.result.Discarded++
		return nil
	}
	if f.thread != nil {
		f.thread.Owed = p.Drop.Receipts
	}
	l, err := p.Vault.Keep(in, f.letter, f.meta, f.thread)
	if err != nil {
		return err
	}
	if l.Refused == "" {
		p.result.Collected++
	} else {
		p.result.Refused++
	}
	if l.Thread != 0 {
		p.threads[l.Thread] = true
	}
	if p.Kept != nil {
		p.Kept(l)
	}
	return nil
}

func (p *Pass) erase(ctx context.Context, w client.Waiting) error {
	err := client.Retry(ctx, func() error { return p.Owner.Erase(ctx, w.ID) })
	testOnlyStep("erased")
	return err
}
