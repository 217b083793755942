package collect

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// Pass collects the letters of one drop, from the beginning of its mailbox.
type Pass struct {
	Vault *vault.Vault
	Owner *client.Owner
	Drop  vault.Drop

	// Kept is told of each letter, refused ones too, once the vault has it.
	Kept func(vault.Letter)
	// Left is told of each envelope that stays on the server for the next run.
	Left func(client.Waiting, error)
	// Progress is told how much of what waits has been downloaded.
	Progress func(bytes, total int64)
}

// Result says what a pass did.
type Result struct {
	Collected int // letters that are new in the vault
	Refused   int // refused ones that are new in the vault
	Again     int // the server still had, or showed again, what was collected before
	Left      int // envelopes that stay on the server for the next run
}

// errTooLarge is why an envelope isn't even downloaded.
var errTooLarge = errors.New("it is larger than this drop's card allows")

// Run makes the pass. It returns an error when it had to stop; envelopes that it
// could not collect one by one only count as Left. Whatever it returns, what was
// collected is safe, and what was not is still on the server.
func (p *Pass) Run(ctx context.Context) (Result, error) {
	var result Result
	waiting, err := p.list(ctx)
	if err != nil {
		return result, fmt.Errorf("couldn't list what waits on the server: %w", err)
	}
	var total, done int64
	var ids []drop.EnvelopeID
	for _, w := range waiting {
		total += w.Size
		ids = append(ids, w.ID)
	}
	if err := p.Vault.ForgetIncoming(p.Drop.Mailbox(), ids); err != nil {
		return result, err
	}
	for i, w := range waiting {
		err := p.one(ctx, w, &result, func(bytes int64) { p.progress(done+bytes, total) })
		done += w.Size
		p.progress(done, total)
		switch {
		case err == nil, errors.Is(err, drop.ErrNotFound): // withdrawn or expired meanwhile
		case p.stops(ctx, err):
			result.Left += len(waiting) - i
			return result, err
		default:
			result.Left++
			if p.Left != nil {
				p.Left(w, err)
			}
		}
	}
	return result, nil
}

// stops says whether an error concerns all envelopes and not only one.
func (p *Pass) stops(ctx context.Context, err error) bool {
	var refusal *client.Error
	return ctx.Err() != nil || !errors.As(err, &refusal) && !errors.Is(err, errTooLarge) ||
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

// one brings one envelope into the vault and erases it from the server.
func (p *Pass) one(ctx context.Context, w client.Waiting, result *Result, progress func(int64)) error {
	if p.Vault.Known(p.Drop.Mailbox(), w.ID) {
		result.Again++
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
	l, err := p.fetchAndInspect(ctx, in, w, progress)
	if err != nil {
		return err
	}
	l, err = p.Vault.Keep(in, l)
	if err != nil {
		return err
	}
	testOnlyStep("kept")
	if l.Refused == "" {
		result.Collected++
	} else {
		result.Refused++
	}
	if p.Kept != nil {
		p.Kept(l)
	}
	return p.erase(ctx, w)
}

func (p *Pass) erase(ctx context.Context, w client.Waiting) error {
	err := client.Retry(ctx, func() error { return p.Owner.Erase(ctx, w.ID) })
	testOnlyStep("erased")
	return err
}

// fetchAndInspect downloads an envelope and looks at what it holds. What would be
// refused after a download in several pieces is downloaded once more in one: the
// pieces may be to blame.
func (p *Pass) fetchAndInspect(ctx context.Context, in *vault.Incoming, w client.Waiting, progress func(int64)) (vault.Letter, error) {
	pieces, err := p.download(ctx, in, w, progress)
	if err != nil {
		return vault.Letter{}, err
	}
	testOnlyStep("downloaded")
	l, err := p.inspect(in, w)
	if err != nil || l.Refused == "" || !pieces {
		return l, err
	}
	if err := in.Truncate(0); err != nil {
		return l, fmt.Errorf("couldn't begin a download again: %w", err)
	}
	if _, err := p.download(ctx, in, w, progress); err != nil {
		return l, err
	}
	return p.inspect(in, w)
}

// download completes the download, and says whether it came in pieces.
func (p *Pass) download(ctx context.Context, in *vault.Incoming, w client.Waiting, progress func(int64)) (pieces bool, err error) {
	err = client.Retry(ctx, func() error {
		have, err := in.Seek(0, io.SeekEnd)
		if err == nil && have > w.Size {
			have, err = 0, in.Truncate(0)
		}
		if err != nil {
			return fmt.Errorf("couldn't go on with a download: %w", err)
		}
		pieces = pieces || have > 0
		if have == w.Size {
			return nil
		}
		body, begins, err := p.Owner.Fetch(ctx, w.ID, w.Size, have)
		if err != nil {
			return err
		}
		defer body.Close()
		if _, err := in.Seek(begins, io.SeekStart); err != nil {
			return fmt.Errorf("couldn't go on with a download: %w", err)
		}
		return p.receive(in, body, begins, w.Size, progress)
	})
	return pieces, err
}

// receive writes exactly what is missing. A body that is longer or shorter than
// the server said is not an envelope.
func (p *Pass) receive(in io.Writer, body io.Reader, begins, size int64, progress func(int64)) error {
	have := begins
	n, err := io.Copy(writerFunc(func(b []byte) (int, error) {
		n, err := in.Write(b)
		if err != nil {
			err = fmt.Errorf("couldn't write a download: %w", err)
		}
		have += int64(n)
		progress(have)
		return n, err
	}), io.LimitReader(body, size-begins))
	if err != nil {
		return err
	}
	if n != size-begins {
		return &client.Error{Kind: client.ErrAnswer}
	}
	return nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// inspect reads a downloaded envelope to its end. An error means that it could
// not be read; a letter that has to be refused is returned as that.
func (p *Pass) inspect(in io.ReadSeeker, w client.Waiting) (vault.Letter, error) {
	l := vault.Letter{Size: w.Size, Day: w.Day}
	sum := sha256.New()
	if err := fromStart(in, func() error { _, err := io.Copy(sum, in); return err }); err != nil {
		return l, fmt.Errorf("couldn't read a download: %w", err)
	}
	l.Hash = [32]byte(sum.Sum(nil))
	err := errReplayed
	if !p.Vault.KnownHash(p.Drop.Mailbox(), l.Hash) {
		err = p.open(in, w, &l)
	}
	if err == nil {
		return l, nil
	}
	category := Refusal(err)
	if category == "" {
		return l, fmt.Errorf("couldn't open a letter: %w", err)
	}
	// Nothing that a refused letter says of itself is shown.
	return vault.Letter{Size: l.Size, Day: l.Day, Hash: l.Hash, Refused: category}, nil
}

func fromStart(s io.Seeker, f func() error) error {
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f()
}

// open opens an envelope with the drop's keys and fills in what it holds.
func (p *Pass) open(in io.ReadSeeker, w client.Waiting, l *vault.Letter) error {
	opened, epoch, err := p.openEnvelope(in)
	if err != nil {
		return err
	}
	c, err := vault.ReadContent(letter.NewReader(opened))
	if err != nil {
		return err
	}
	if c.Meta != nil {
		if err := c.Meta.CheckPlace(p.Drop.Mailbox(), w.ID); err != nil {
			return err
		}
	}
	l.FileKey, l.Bare, l.Epoch = opened.FileKey, c.Bare, epoch
	l.MessageSize = int64(len(c.UntrustedMessage))
	l.UntrustedPreview = preview(c.UntrustedMessage)
	for _, f := range c.Files {
		l.Files = append(l.Files, vault.File{Name: f.Name, Size: f.Size})
	}
	return nil
}

// openEnvelope tries the keys of all epochs, the latest first, and says whose it
// was: what opens with a key is remembered until that key is destroyed.
func (p *Pass) openEnvelope(in io.ReadSeeker) (opened *envelope.Opened, epoch int, err error) {
	for _, e := range slices.Backward(p.Drop.Epochs) {
		err = fromStart(in, func() error {
			opened, err = envelope.Open(in, e.Seed.Identity())
			return err
		})
		if !errors.Is(err, envelope.ErrIdentity) {
			return opened, e.Number, err
		}
	}
	return nil, 0, err
}

// preview returns the first words of a message on one line.
func preview(untrustedMessage string) string {
	// Of a megabyte of spaces no more is looked at than of a long first sentence.
	beginning := untrustedMessage[:min(len(untrustedMessage), 4*vault.MaxPreview)]
	return strings.Join(strings.Fields(beginning), " ")
}
