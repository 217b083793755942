package collect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// fetchAndInspect downloads an envelope and looks at what it holds. What would be
// refused after a download in several pieces is downloaded once more in one: the
// pieces may be to blame, or what an earlier run was given.
func (p *Pass) fetchAndInspect(ctx context.Context, in *vault.Incoming, w client.Waiting, progress func(int64)) (found, error) {
	pieces, err := p.download(ctx, in, w, progress)
	if err != nil {
		return found{}, err
	}
	testOnlyStep("downloaded")
	f, err := p.inspect(in, w)
	if pieces && (errors.Is(err, errNotEnvelope) || err == nil && f.letter.Refused != "") {
		if err := in.Truncate(0); err != nil {
			return f, fmt.Errorf("couldn't begin a download again: %w", err)
		}
		if _, err := p.download(ctx, in, w, progress); err != nil {
			return f, err
		}
		f, err = p.inspect(in, w)
	}
	return f, err
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
