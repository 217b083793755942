package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// pool is what the mailboxes without a card hold together. No record says it: it
// is counted when the store has been opened, on a snapshot and beside everything
// else, and what commits from that snapshot on is added. So it is exact, and a
// store of a million envelopes answers at once; until the count is there, what
// the pool would have to bear is refused, and nothing else is.
type pool struct {
	mu       sync.Mutex
	known    bool
	stored   int64         // once known
	since    int64         // what has changed since the snapshot that is being counted
	reserved int64         // bytes on their way in
	counted  chan struct{} // closed once known
}

// reserve takes room for a body on its way in.
func (p *pool) reserve(size, limit int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.known:
		return drop.ErrCounting
	case p.stored+p.reserved+size > limit:
		return drop.ErrPoolFull
	}
	p.reserved += size
	return nil
}

func (p *pool) release(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reserved -= size
}

// change is the committer's, after each commit.
func (p *pool) change(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stored += bytes
	p.since += bytes
}

func (p *pool) snapshot() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = 0
}

// count sets what was found on the snapshot.
func (p *pool) count(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stored = bytes + p.since
	if !p.known {
		p.known = true
		close(p.counted)
	}
}

// Pooled implements [drop.Store].
func (s *Store) Pooled(ctx context.Context) (int64, error) {
	select {
	case <-s.pool.counted:
	case <-s.quit:
		return 0, errClosed
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return s.pool.stored, nil
}

// reserve takes room in the pool if the deposit's mailbox has no card.
func (s *Store) reserve(d drop.Deposit) (release func(), err error) {
	if d.Pool <= 0 {
		return func() {}, nil
	}
	carded := false
	err = s.view(func(txn *badger.Txn) (err error) {
		carded, err = hasCard(txn, d.Mailbox)
		return err
	})
	if err != nil || carded {
		return func() {}, err
	}
	if err := s.pool.reserve(d.Size, d.Pool); err != nil {
		return nil, err
	}
	return func() { s.pool.release(d.Size) }, nil
}

// hasCard tells whether there is a card, whole or damaged.
func hasCard(txn *badger.Txn, m drop.MailboxID) (bool, error) {
	_, err := txn.Get(cardKey(m))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// inPool returns how much of so many bytes in a mailbox the pool bears: all, or
// nothing if the mailbox has a card.
func (t *tx) inPool(m drop.MailboxID, bytes int64) (int64, error) {
	carded, err := hasCard(t.txn, m)
	if err != nil || carded {
		return 0, err
	}
	return bytes, nil
}

// mailboxBytes adds up what the envelopes in a mailbox have.
func mailboxBytes(txn *badger.Txn, m drop.MailboxID) (bytes int64, err error) {
	err = eachEnvelope(txn, envelopePrefix(m), func(_ []byte, size int64) bool {
		bytes += size
		return true
	})
	return bytes, err
}

// eachEnvelope calls f with the key and the size of each envelope that has a
// prefix, until it returns false. A damaged record has no size: what it is about
// cannot be erased either, so nothing is ever taken away for it.
func eachEnvelope(txn *badger.Txn, prefix []byte, f func(key []byte, size int64) bool) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		key := it.Item().Key()
		var size int64
		if err := it.Item().Value(func(value []byte) error {
			if e, err := decodeEnvelope(key, value); err == nil {
				size = e.body.size
			}
			return nil
		}); err != nil {
			return err
		}
		if !f(key, size) {
			return nil
		}
	}
	return nil
}

// countPool counts the pool, on a snapshot that the committer takes.
func (s *Store) countPool(ctx context.Context) error {
	var txn *badger.Txn
	if err := s.do(&op{alone: func() error {
		txn = s.db.NewTransaction(false)
		s.pool.snapshot()
		return nil
	}}); err != nil {
		return err
	}
	return s.whileOpen(func() error {
		defer txn.Discard()
		bytes, err := pooledIn(txn, func() bool { return ctx.Err() == nil && !s.quitting() })
		if err == nil {
			s.pool.count(bytes)
		}
		return err
	})
}

var errBroken = errors.New("the store is being closed")

// pooledIn adds up what is in mailboxes without a card. Envelopes and cards both
// lie in the order of their mailboxes, so one walk beside the other tells which
// have one, in no memory to speak of.
func pooledIn(txn *badger.Txn, goOn func() bool) (sum int64, err error) {
	cards := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kindCard}})
	defer cards.Close()
	cards.Rewind()
	n, broken := 0, false
	err = eachEnvelope(txn, []byte{kindEnvelope}, func(key []byte, size int64) bool {
		if n++; n%4096 == 0 && !goOn() {
			broken = true
			return false
		}
		mailbox := key[1:min(17, len(key))]
		for cards.Valid() && bytes.Compare(cards.Item().Key()[1:], mailbox) < 0 {
			cards.Next()
		}
		if !cards.Valid() || !bytes.Equal(cards.Item().Key()[1:], mailbox) {
			sum += size
		}
		return true
	})
	if broken {
		err = errBroken
	}
	return sum, err
}
