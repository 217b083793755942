package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/transom-drop/transom/drop"
)

// listed is one row of a mailbox's list.
type listed struct {
	ID      string   `json:"id"`
	Size    int64    `json:"size"`
	Day     drop.Day `json:"day"`
	Expires drop.Day `json:"expires"`
}

type list struct {
	Envelopes []listed `json:"envelopes"`
	Next      string   `json:"next,omitempty"`
}

// listEnvelopes tells the owner what waits, in the order of the IDs, which
// senders draw: a cursor says nothing about what came later, so collectors start
// at the beginning each time.
func (s *Server) listEnvelopes(c *call) (*answer, error) {
	if err := s.owner(c, nil); err != nil {
		return nil, err
	}
	after, err := parseAfter(c.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	page, err := s.page(c.Context(), c.mailbox, after)
	if err != nil {
		return nil, fmt.Errorf("couldn't list a mailbox: %w", err)
	}
	if after == nil && len(page.Envelopes) == 0 {
		// Nothing in it and no card: not a mailbox that this server knows.
		if _, err := s.card(c.Context(), c.mailbox); err != nil && !errors.Is(err, drop.ErrDamaged) {
			return nil, err
		}
	}
	return asJSON(http.StatusOK, page), nil
}

// page lists what is not over. Behind a whole page that is over it goes on: a
// mailbox in which everything has expired is empty, swept or not.
func (s *Server) page(ctx context.Context, m drop.MailboxID, after *drop.EnvelopeID) (*list, error) {
	page, today := list{Envelopes: []listed{}}, s.today()
	for {
		stats, more, err := s.Store.List(ctx, m, after, drop.MaxListed)
		if err != nil {
			return nil, err
		}
		for _, stat := range stats {
			if stat.Expires >= today {
				page.Envelopes = append(page.Envelopes, listed{stat.ID.String(), stat.Size, stat.Day, stat.Expires})
			}
		}
		if !more || len(stats) == 0 {
			return &page, nil
		}
		after = &stats[len(stats)-1].ID
		if len(page.Envelopes) > 0 {
			page.Next = after.String()
			return &page, nil
		}
	}
}

// parseAfter reads the one thing that a list's query may hold.
func parseAfter(query string) (*drop.EnvelopeID, error) {
	if query == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil || len(values) != 1 || len(values["after"]) != 1 {
		return nil, badRequest
	}
	id, err := drop.ParseEnvelopeID(values["after"][0])
	if err != nil {
		return nil, badRequest
	}
	return &id, nil
}
