package server

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/drop"
)

// deposited is what a sender is told: how long the letter waits, and nothing
// that another sender's letter could change.
type deposited struct {
	Day     drop.Day `json:"day"`
	Expires drop.Day `json:"expires"`
}

// putEnvelope takes a whole envelope from anyone, for any mailbox: replies wait
// in mailboxes that have no card, and nothing here asks which kind it is but the
// limit on size.
func (s *Server) putEnvelope(c *call) (*answer, error) {
	withdraw, ok := parse32(c.Header.Get("Transom-Withdraw-Hash"))
	if !ok {
		return nil, badRequest
	}
	if err := checkBody(c, s.MaxEnvelope); err != nil {
		return nil, err
	}
	if err := s.takes(c); err != nil {
		return nil, err
	}
	leave, ok := s.deposits.enter(c.ContentLength)
	if !ok {
		return nil, busy
	}
	defer leave()
	sealed, err := gate.Read(bufio.NewReader(c.body), c.ContentLength, s.classes()...)
	if err != nil {
		return nil, err
	}
	today := s.today()
	stat, created, err := s.Store.Put(c.Context(), drop.Deposit{
		Mailbox:  c.mailbox,
		ID:       c.envelope,
		Size:     c.ContentLength,
		Withdraw: withdraw,
		Day:      today,
		Expires:  today + drop.Day(s.Days),
		Body:     sealed,
		Pool:     s.Pool,
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't store an envelope: %w", err)
	}
	if stat.Expires < today {
		// The same letter, sent again after its time and before the sweep: to say
		// that it is kept would not be true, and to keep it takes the sweep first.
		return nil, busy
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return asJSON(status, deposited{Day: stat.Day, Expires: stat.Expires}), nil
}

// takes refuses what is too large for a mailbox without a card. One whose time
// is over, swept away or not, is one without.
func (s *Server) takes(c *call) error {
	_, err := s.card(c.Context(), c.mailbox)
	if errors.Is(err, drop.ErrNotFound) {
		if c.ContentLength > drop.MaxPooled {
			return tooLarge
		}
		return nil
	}
	return err
}

// getEnvelope streams an envelope, or one range of it, to the owner.
func (s *Server) getEnvelope(c *call) (*answer, error) {
	if err := s.owner(c, nil); err != nil {
		return nil, err
	}
	stat, body, err := s.open(c.Context(), c)
	if err != nil {
		return nil, err
	}
	start, length, partial, err := parseRange(c.Header.Get("Range"), stat.Size)
	if err == nil && start > 0 {
		_, err = body.Seek(start, io.SeekStart)
	}
	if err != nil {
		body.Close()
		return nil, err
	}
	a := &answer{
		status: http.StatusOK,
		header: map[string]string{"Content-Type": bytesType, "Accept-Ranges": "bytes"},
		size:   length,
		body:   storedBody{body},
	}
	if partial {
		a.status = http.StatusPartialContent
		a.header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", start, start+length-1, stat.Size)
	}
	return s.reads.hold(a)
}

// storedBody marks what the store says, so that it is not taken for a broken
// connection.
type storedBody struct{ io.ReadCloser }

func (b storedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = &storeError{err}
	}
	return n, err
}

// open opens an envelope whose time is not over, swept away or not.
func (s *Server) open(ctx context.Context, c *call) (drop.Stat, io.ReadSeekCloser, error) {
	stat, body, err := s.Store.Open(ctx, c.mailbox, c.envelope)
	if err != nil {
		return stat, nil, fmt.Errorf("couldn't open an envelope: %w", err)
	}
	if stat.Expires < s.today() {
		body.Close()
		return stat, nil, drop.ErrNotFound
	}
	return stat, body, nil
}

// deleteEnvelope erases for the owner, or withdraws for the sender. A request
// with a signature is judged as the owner's only.
func (s *Server) deleteEnvelope(c *call) (*answer, error) {
	secret := c.Header.Get("Transom-Withdraw")
	remove := func() error { return s.Store.Erase(c.Context(), c.mailbox, c.envelope) }
	if len(c.Header.Values("Authorization")) > 0 || secret == "" {
		if err := s.owner(c, nil); err != nil {
			return nil, err
		}
	} else {
		raw, ok := parse32(secret)
		if !ok {
			return nil, badRequest
		}
		remove = func() error {
			return s.Store.Withdraw(c.Context(), c.mailbox, c.envelope, sha256.Sum256(raw[:]))
		}
	}
	// What has expired is gone for everyone; what is damaged can still be erased.
	_, body, err := s.open(c.Context(), c)
	if err == nil {
		body.Close()
	} else if !errors.Is(err, drop.ErrDamaged) {
		return nil, err
	}
	if err := remove(); err != nil {
		return nil, fmt.Errorf("couldn't erase an envelope: %w", err)
	}
	return &answer{status: http.StatusNoContent}, nil
}
