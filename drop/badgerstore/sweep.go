package badgerstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// sweepGroup is how many records one transaction of a sweep removes, so that a
// deposit does not wait long behind it.
const sweepGroup = 200

// Sweep implements [drop.Store]. It also erases what crashed uploads left,
// verifies every table, counts the records and the pool, and purges. It returns drop.ErrDamaged when a table or a count is
// not right; what could be removed has been removed by then.
func (s *Store) Sweep(ctx context.Context, today drop.Day) (removed int, err error) {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	removed, err = s.sweepEnvelopes(ctx, today)
	if err == nil {
		var cards int
		cards, err = s.sweepCards(ctx, today)
		removed += cards
	}
	if err == nil {
		err = s.eraseUnowned()
	}
	if err == nil {
		err = s.verify()
	}
	if err == nil {
		err = s.countPool(ctx)
	}
	if err == nil {
		err = s.purge(ctx)
	}
	if err != nil {
		return removed, fmt.Errorf("couldn't sweep: %w", err)
	}
	return removed, nil
}

func (s *Store) sweepEnvelopes(ctx context.Context, today drop.Day) (removed int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		var due [][]byte
		err := s.view(func(txn *badger.Txn) error {
			eachKey(txn, []byte{kindExpiry}, nil, func(key []byte) bool {
				if day, _, _, ok := parseExpiryKey(key); ok && day >= today {
					return false
				}
				due = append(due, append([]byte(nil), key...))
				return len(due) < sweepGroup
			})
			return nil
		})
		if err != nil || len(due) == 0 {
			return removed, err
		}
		var large []*envelope
		var n int
		err = s.do(&op{entries: 4 * len(due), frees: true, run: func(t *tx) (err error) {
			large, n, err = t.expire(due)
			return err
		}})
		if err != nil {
			return removed, err
		}
		removed += n
		for _, e := range large {
			s.eraseLater(&e.body)
		}
	}
}

// expire removes the envelopes that entries of the expiry index name, and the
// entries.
func (t *tx) expire(due [][]byte) (large []*envelope, removed int, err error) {
	type found struct {
		m  drop.MailboxID
		id drop.EnvelopeID
		e  *envelope
	}
	var all []found
	var pooled int64
	for _, key := range due {
		_, m, id, ok := parseExpiryKey(key)
		if !ok {
			return nil, 0, drop.ErrDamaged
		}
		e, err := envelopeIn(t.txn, m, id)
		if errors.Is(err, drop.ErrNotFound) {
			continue // erased since the index was read
		}
		if err != nil {
			return nil, 0, err
		}
		// An ID that was erased and used again has an entry of its own.
		if string(expiryKey(e.expires, m, id)) == string(key) {
			bytes, err := t.inPool(m, e.body.size)
			if err != nil {
				return nil, 0, err
			}
			pooled += bytes
			all = append(all, found{m, id, e})
		}
	}
	t.pooled -= pooled
	for _, key := range due {
		t.del(key)
	}
	for _, f := range all {
		t.eraseEnvelope(f.m, f.id, f.e)
		if f.e.body.rows() > 1 {
			large = append(large, f.e)
		}
	}
	return large, len(all), nil
}

func (s *Store) sweepCards(ctx context.Context, today drop.Day) (removed int, err error) {
	var due []drop.MailboxID
	err = s.view(func(txn *badger.Txn) (err error) {
		eachKey(txn, []byte{kindCard}, nil, func(key []byte) bool {
			m := drop.MailboxID(key[1:])
			var c *card
			if c, err = cardIn(txn, m); err == nil && lapsed(c, today) {
				due = append(due, m)
			}
			return err == nil
		})
		return err
	})
	for _, m := range due {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return removed, err
		}
		var gone bool
		err := s.do(&op{entries: 3, frees: true, run: func(t *tx) error {
			c, err := cardIn(t.txn, m)
			if err != nil || !lapsed(c, today) {
				return err // published again since
			}
			bytes, err := mailboxBytes(t.txn, m)
			if err != nil {
				return err
			}
			t.pooled += bytes
			t.del(cardKey(m))
			t.eraseRow(&c.body)
			t.removed++
			gone = true
			return nil
		}})
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	return removed, err
}

func lapsed(c *card, today drop.Day) bool { return today-c.day > drop.CardDays }

// verify checks every table, and that the records are as many as were written:
// Badger's iterators end at a damaged block as if it were the end, and
// compaction would make that true.
func (s *Store) verify() (err error) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return errClosed
	}
	// Badger 4.9.6 means to return an error for a damaged block, and panics.
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("a table is damaged: %w", drop.ErrDamaged)
		}
	}()
	if err := s.db.VerifyChecksum(); err != nil {
		return fmt.Errorf("a table is damaged: %w", drop.ErrDamaged)
	}
	var want, have count
	var txn *badger.Txn
	o := &op{inner: true, done: make(chan struct{}), alone: func() error {
		txn, want = s.db.NewTransaction(false), s.now
		return nil
	}}
	s.ops <- o
	<-o.done
	defer txn.Discard()
	if have, err = countIn(txn); err != nil {
		return err
	}
	if have != want {
		return fmt.Errorf("records that were acknowledged are missing: %w", drop.ErrDamaged)
	}
	return nil
}
