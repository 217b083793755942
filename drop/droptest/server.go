package droptest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/memstore"
	"github.com/transom-drop/transom/drop/server"
)

// Options say what to start. The zero value is an open server on an empty store
// in memory, without the page.
type Options struct {
	Store       drop.Store // memstore.New() when nil; closed by Close
	Pages       fs.FS
	Origins     []string // beside the server's own URL
	Invitations bool     // ask for one with a first card
	Classic     bool
	Days        int
	MaxEnvelope int64
	Pool        int64
	Log         *slog.Logger
}

// Server is a running server.
type Server struct {
	URL   string // http://127.0.0.1:PORT, its origin
	Store drop.Store

	server *server.Server
	http   *http.Server

	mu     sync.Mutex
	frozen time.Time // guarded by mu; zero is the real clock
	faults []*armed  // guarded by mu
	seen   []Seen    // guarded by mu
}

// Seen is a request that arrived, whatever became of it.
type Seen struct{ Method, Path string }

// New starts a server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server. Call Close when done.
func Start(o Options) (*Server, error) {
	if o.Store == nil {
		o.Store = memstore.New()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("couldn't listen: %w", err)
	}
	s := &Server{URL: "http://" + listener.Addr().String(), Store: o.Store}
	s.server, err = server.New(server.Config{
		Store:       o.Store,
		Pages:       o.Pages,
		Origins:     append([]string{s.URL}, o.Origins...),
		Days:        o.Days,
		MaxEnvelope: o.MaxEnvelope,
		Pool:        o.Pool,
		Open:        !o.Invitations,
		Classic:     o.Classic,
		Release:     "test",
		Log:         o.Log,
		Now:         s.now,
	})
	if err != nil {
		listener.Close()
		return nil, err
	}
	s.http = s.server.HTTP()
	s.http.Handler = s.interfere(s.http.Handler)
	go s.http.Serve(listener)
	return s, nil
}

// Close ends the server and its store, cutting whatever is under way.
func (s *Server) Close() {
	s.http.Close()
	s.Store.Close()
}

// Invite returns an invitation that is not used up.
func (s *Server) Invite() (string, error) { return s.server.Invite(context.Background()) }

// Sweep removes what has expired by the server's clock.
func (s *Server) Sweep() (removed int, err error) {
	return s.Store.Sweep(context.Background(), drop.DayOf(s.now()))
}

// Seen returns every request so far, in the order in which they arrived.
func (s *Server) Seen() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.seen...)
}

// Envelopes returns what waits in a mailbox, by ID.
func (s *Server) Envelopes(m drop.MailboxID) (map[drop.EnvelopeID][]byte, error) {
	all := map[drop.EnvelopeID][]byte{}
	var after *drop.EnvelopeID
	for {
		stats, more, err := s.Store.List(context.Background(), m, after, drop.MaxListed)
		if err != nil {
			return nil, err
		}
		for _, stat := range stats {
			if all[stat.ID], err = s.read(m, stat.ID); err != nil {
				return nil, err
			}
			after = &stat.ID
		}
		if !more {
			return all, nil
		}
	}
}

func (s *Server) read(m drop.MailboxID, e drop.EnvelopeID) ([]byte, error) {
	_, r, err := s.Store.Open(context.Background(), m, e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// TestOnlyPut stores bytes as an envelope past every check, as a server that
// copies, replays or makes up envelopes would.
func (s *Server) TestOnlyPut(m drop.MailboxID, e drop.EnvelopeID, body []byte) error {
	today := drop.DayOf(s.now())
	_, _, err := s.Store.Put(context.Background(), drop.Deposit{
		Mailbox: m, ID: e, Size: int64(len(body)), Withdraw: sha256.Sum256(e[:]),
		Day: today, Expires: today + drop.DefaultDays, Body: bytes.NewReader(body),
	})
	return err
}

// TestOnlyFreeze holds the server's clock at t; the zero time lets it run again.
func (s *Server) TestOnlyFreeze(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = t
}

func (s *Server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen.IsZero() {
		return time.Now()
	}
	return s.frozen
}
