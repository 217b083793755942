// Package memstore is a [drop.Store] in memory: the model that other stores are
// compared with, and the store for tests of whatever uses one.
//
// It is written to be obviously correct, not fast: one lock, one map for each
// noun. It panics when a caller breaks the contract of [drop.Store], so that a
// test which does so fails at the line to blame. [Store.InjectFault] has it fail
// as a disk would.
package memstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/transom-drop/transom/drop"
)

// Store is a [drop.Store] in memory. Its zero value is not ready: use [New].
type Store struct {
	mu          sync.Mutex
	closed      bool
	envelopes   map[name]envelope
	cards       map[drop.MailboxID]card
	invitations map[[sha256.Size]byte]*drop.MailboxID // nil: unused
	faults      map[Method][]Fault
	reserved    int64 // bytes on their way into mailboxes without a card
}

type name struct {
	mailbox drop.MailboxID
	id      drop.EnvelopeID
}

type envelope struct {
	stat     drop.Stat
	withdraw [sha256.Size]byte
	body     []byte
}

type card struct {
	sealed []byte
	day    drop.Day
}

var _ drop.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{
		envelopes:   make(map[name]envelope),
		cards:       make(map[drop.MailboxID]card),
		invitations: make(map[[sha256.Size]byte]*drop.MailboxID),
		faults:      make(map[Method][]Fault),
	}
}

// Card implements [drop.Store].
func (s *Store) Card(_ context.Context, m drop.MailboxID) ([]byte, drop.Day, error) {
	s.lock()
	defer s.mu.Unlock()
	if f := s.fault(MethodCard); f.Err != nil {
		return nil, 0, f.Err
	}
	c, ok := s.cards[m]
	if !ok {
		return nil, 0, drop.ErrNotFound
	}
	return bytes.Clone(c.sealed), c.day, nil
}

// PutCard implements [drop.Store].
func (s *Store) PutCard(_ context.Context, u drop.CardUpdate) (bool, error) {
	demand(len(u.Sealed) <= drop.MaxCard, "a card is larger than MaxCard")
	s.lock()
	defer s.mu.Unlock()
	f := s.fault(MethodPutCard)
	if f.Err != nil && !f.Persists {
		return false, f.Err
	}
	first, err := s.putCard(u)
	return first && f.Err == nil, errors.Join(err, f.Err)
}

func (s *Store) putCard(u drop.CardUpdate) (bool, error) {
	there, ok := s.cards[u.Mailbox]
	if ok && bytes.Equal(there.sealed, u.Sealed) {
		s.cards[u.Mailbox] = card{there.sealed, u.Day}
		return false, nil
	}
	if ok != (u.Replaces != nil) || ok && sha256.Sum256(there.sealed) != *u.Replaces {
		return false, drop.ErrChanged
	}
	if !ok && u.Invitation != nil {
		usedBy, recorded := s.invitations[*u.Invitation]
		if !recorded || usedBy != nil && *usedBy != u.Mailbox {
			return false, drop.ErrInvitation
		}
		s.invitations[*u.Invitation] = &u.Mailbox
	}
	s.cards[u.Mailbox] = card{bytes.Clone(u.Sealed), u.Day}
	return !ok, nil
}

// Put implements [drop.Store].
func (s *Store) Put(_ context.Context, d drop.Deposit) (drop.Stat, bool, error) {
	demand(d.Size >= 0, "a deposit has a negative size")
	demand(d.Body != nil, "a deposit has no body")
	demand(d.Expires >= d.Day, "a deposit expires before it comes")
	demand(d.Pool >= 0, "a pool is less than nothing")
	release, err := s.reserve(d)
	if err != nil {
		return drop.Stat{}, false, err
	}
	defer release()
	// Read before the lock is taken: a slow sender holds nobody up.
	body, err := io.ReadAll(io.LimitReader(d.Body, d.Size+1))
	if err != nil {
		return drop.Stat{}, false, err
	}
	if int64(len(body)) != d.Size {
		return drop.Stat{}, false, fmt.Errorf("the body is not %d bytes long", d.Size)
	}
	s.lock()
	defer s.mu.Unlock()
	f := s.fault(MethodPut)
	if f.Err != nil && !f.Persists {
		return drop.Stat{}, false, f.Err
	}
	n := name{d.Mailbox, d.ID}
	if there, ok := s.envelopes[n]; ok {
		if f.Err != nil {
			return drop.Stat{}, false, f.Err
		}
		if there.withdraw != d.Withdraw || !bytes.Equal(there.body, body) {
			return drop.Stat{}, false, drop.ErrConflict
		}
		return there.stat, false, nil
	}
	e := envelope{
		stat:     drop.Stat{ID: d.ID, Size: d.Size, Day: d.Day, Expires: d.Expires},
		withdraw: d.Withdraw,
		body:     body,
	}
	s.envelopes[n] = e
	if f.Err != nil {
		return drop.Stat{}, false, f.Err
	}
	return e.stat, true, nil
}

// reserve takes room in the pool for a deposit on its way in.
func (s *Store) reserve(d drop.Deposit) (release func(), err error) {
	s.lock()
	defer s.mu.Unlock()
	_, carded := s.cards[d.Mailbox]
	if _, there := s.envelopes[name{d.Mailbox, d.ID}]; there || carded || d.Pool == 0 {
		return func() {}, nil
	}
	if s.pooled()+s.reserved+d.Size > d.Pool {
		return nil, drop.ErrPoolFull
	}
	s.reserved += d.Size
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reserved -= d.Size
	}, nil
}

// Pooled implements [drop.Store].
func (s *Store) Pooled(context.Context) (int64, error) {
	s.lock()
	defer s.mu.Unlock()
	if f := s.fault(MethodPooled); f.Err != nil {
		return 0, f.Err
	}
	return s.pooled(), nil
}

func (s *Store) pooled() (bytes int64) {
	for n, e := range s.envelopes {
		if _, carded := s.cards[n.mailbox]; !carded {
			bytes += e.stat.Size
		}
	}
	return bytes
}

// List implements [drop.Store].
func (s *Store) List(_ context.Context, m drop.MailboxID, after *drop.EnvelopeID, limit int) ([]drop.Stat, bool, error) {
	demand(limit > 0, "a list has no positive limit")
	s.lock()
	defer s.mu.Unlock()
	if f := s.fault(MethodList); f.Err != nil {
		return nil, false, f.Err
	}
	var stats []drop.Stat
	for n, e := range s.envelopes {
		if n.mailbox == m && (after == nil || bytes.Compare(n.id[:], after[:]) > 0) {
			stats = append(stats, e.stat)
		}
	}
	slices.SortFunc(stats, func(a, b drop.Stat) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	if len(stats) > limit {
		return stats[:limit], true, nil
	}
	return stats, false, nil
}

// Open implements [drop.Store].
func (s *Store) Open(_ context.Context, m drop.MailboxID, id drop.EnvelopeID) (drop.Stat, io.ReadSeekCloser, error) {
	s.lock()
	defer s.mu.Unlock()
	if f := s.fault(MethodOpen); f.Err != nil {
		return drop.Stat{}, nil, f.Err
	}
	e, ok := s.envelopes[name{m, id}]
	if !ok {
		return drop.Stat{}, nil, drop.ErrNotFound
	}
	return e.stat, reader{bytes.NewReader(e.body)}, nil
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

// Erase implements [drop.Store].
func (s *Store) Erase(_ context.Context, m drop.MailboxID, id drop.EnvelopeID) error {
	return s.erase(MethodErase, name{m, id}, func(envelope) bool { return true })
}

// Withdraw implements [drop.Store].
func (s *Store) Withdraw(_ context.Context, m drop.MailboxID, id drop.EnvelopeID, hash [sha256.Size]byte) error {
	return s.erase(MethodWithdraw, name{m, id}, func(e envelope) bool {
		return subtle.ConstantTimeCompare(e.withdraw[:], hash[:]) == 1
	})
}

func (s *Store) erase(method Method, n name, may func(envelope) bool) error {
	s.lock()
	defer s.mu.Unlock()
	f := s.fault(method)
	if f.Err != nil && !f.Persists {
		return f.Err
	}
	e, ok := s.envelopes[n]
	if !ok || !may(e) {
		return errors.Join(drop.ErrNotFound, f.Err)
	}
	delete(s.envelopes, n)
	return f.Err
}

// Invite implements [drop.Store].
func (s *Store) Invite(_ context.Context, hash [sha256.Size]byte) error {
	s.lock()
	defer s.mu.Unlock()
	f := s.fault(MethodInvite)
	if f.Err != nil && !f.Persists {
		return f.Err
	}
	if _, ok := s.invitations[hash]; !ok {
		s.invitations[hash] = nil
	}
	return f.Err
}

// Sweep implements [drop.Store].
func (s *Store) Sweep(_ context.Context, today drop.Day) (removed int, err error) {
	s.lock()
	defer s.mu.Unlock()
	if f := s.fault(MethodSweep); f.Err != nil {
		return 0, f.Err
	}
	for n, e := range s.envelopes {
		if e.stat.Expires < today {
			delete(s.envelopes, n)
			removed++
		}
	}
	for m, c := range s.cards {
		if c.day < today-drop.CardDays {
			delete(s.cards, m)
			removed++
		}
	}
	return removed, nil
}

// Close implements [drop.Store].
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *Store) lock() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic("memstore: the store is used after Close")
	}
}

func demand(ok bool, breach string) {
	if !ok {
		panic("memstore: breach of drop.Store's contract: " + breach)
	}
}
