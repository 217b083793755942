package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/drop"
)

// card returns a mailbox's card unless its time is over, whether it has been
// swept away or not.
func (s *Server) card(ctx context.Context, m drop.MailboxID) ([]byte, error) {
	sealed, day, err := s.Store.Card(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("couldn't read a card: %w", err)
	}
	if s.over(day) {
		return nil, drop.ErrNotFound
	}
	return sealed, nil
}

// over reports whether the time of a card that was published on a day is over.
func (s *Server) over(published drop.Day) bool { return published+drop.CardDays < s.today() }

func (s *Server) getCard(c *call) (*answer, error) {
	sealed, err := s.card(c.Context(), c.mailbox)
	if err != nil {
		return nil, err
	}
	return s.reads.hold(asBytes(http.StatusOK, bytesType, sealed))
}

// putCard is the owner's. The whole body comes before the decision, because the
// signature is over it; it takes its place in the memory for deposits.
func (s *Server) putCard(c *call) (*answer, error) {
	if err := checkBody(c, drop.MaxCard); err != nil {
		return nil, err
	}
	leave, ok := s.deposits.enter(c.ContentLength)
	if !ok {
		return nil, busy
	}
	defer leave()
	sealed, err := io.ReadAll(c.body)
	if err != nil {
		return nil, err
	}
	if err := s.owner(c, sealed); err != nil {
		return nil, err
	}
	if _, err := gate.ReadCard(bufio.NewReader(bytes.NewReader(sealed)), c.ContentLength); err != nil {
		return nil, err
	}
	update := drop.CardUpdate{Mailbox: c.mailbox, Sealed: sealed, Day: s.today()}
	if update.Replaces, err = parseIfMatch(c.Header.Get("If-Match")); err != nil {
		return nil, err
	}
	if update.Invitation, err = s.admission(c, update.Replaces); err != nil {
		return nil, err
	}
	first, err := s.Store.PutCard(c.Context(), update)
	if err != nil {
		return nil, fmt.Errorf("couldn't store a card: %w", err)
	}
	if first {
		return &answer{status: http.StatusCreated}, nil
	}
	return &answer{status: http.StatusOK}, nil
}

// admission says which invitation, if any, the store has to see used up for this
// card. Whoever has a card already, or says so, needs none: the store refuses
// what is not true.
func (s *Server) admission(c *call, replaces *[sha256.Size]byte) (*[sha256.Size]byte, error) {
	if replaces != nil {
		return nil, nil
	}
	switch _, day, err := s.Store.Card(c.Context(), c.mailbox); {
	case err == nil && s.over(day):
		// Invisible, but in the way until it is swept, which is under way.
		return nil, busy
	case err == nil, errors.Is(err, drop.ErrDamaged):
		return nil, nil
	case !errors.Is(err, drop.ErrNotFound):
		return nil, fmt.Errorf("couldn't look for a card: %w", err)
	case s.Open:
		return nil, nil
	}
	hash, ok := hashInvitation(c.Header.Get("Transom-Invitation"))
	if !ok {
		return nil, drop.ErrInvitation
	}
	return &hash, nil
}

// parseIfMatch reads a quoted hash; "" is none. There are no lists and no weak
// tags here, because nobody could mean two cards.
func parseIfMatch(s string) (*[sha256.Size]byte, error) {
	if s == "" {
		return nil, nil
	}
	quoted, open := strings.CutPrefix(s, `"`)
	text, closed := strings.CutSuffix(quoted, `"`)
	hash, ok := parse32(text)
	if !open || !closed || !ok {
		return nil, badRequest
	}
	return &hash, nil
}

// checkBody refuses by the headers alone what cannot become a stored body.
func checkBody(c *call, largest int64) error {
	switch {
	case !strings.EqualFold(c.Header.Get("Content-Type"), bytesType) || c.Header.Get("Content-Encoding") != "":
		return mediaType
	case c.ContentLength < 0 || (c.ContentLength == 0 && c.Header.Get("Content-Length") == ""):
		return noLength
	case c.ContentLength > largest:
		return tooLarge
	}
	return nil
}
