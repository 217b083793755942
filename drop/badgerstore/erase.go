package badgerstore

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// Erase implements [drop.Store].
func (s *Store) Erase(_ context.Context, m drop.MailboxID, id drop.EnvelopeID) error {
	err := s.eraseIf(m, id, func(*envelope) bool { return true })
	if err != nil {
		return fmt.Errorf("couldn't erase an envelope: %w", err)
	}
	return nil
}

// Withdraw implements [drop.Store].
func (s *Store) Withdraw(_ context.Context, m drop.MailboxID, id drop.EnvelopeID, hash [sha256.Size]byte) error {
	err := s.eraseIf(m, id, func(e *envelope) bool {
		return subtle.ConstantTimeCompare(e.withdraw[:], hash[:]) == 1
	})
	if err != nil {
		return fmt.Errorf("couldn't withdraw an envelope: %w", err)
	}
	return nil
}

func (s *Store) eraseIf(m drop.MailboxID, id drop.EnvelopeID, may func(*envelope) bool) error {
	var gone *envelope
	err := s.do(&op{entries: 5, frees: true, run: func(t *tx) error {
		e, err := envelopeIn(t.txn, m, id)
		if err != nil {
			return err
		}
		if !may(e) {
			return drop.ErrNotFound
		}
		pooled, err := t.inPool(m, e.body.size)
		if err != nil {
			return err
		}
		t.pooled -= pooled
		t.eraseEnvelope(m, id, e)
		gone = e
		return nil
	}})
	if err != nil {
		return err
	}
	s.eraseLater(&gone.body)
	return nil
}

// eraseEnvelope removes a record. The rows of a large body are left with a note
// that nobody owns them any more; eraseLater removes them.
func (t *tx) eraseEnvelope(m drop.MailboxID, id drop.EnvelopeID, e *envelope) {
	t.del(envelopeKey(m, id))
	t.del(expiryKey(e.expires, m, id))
	t.removed++
	t.erases = true
	if e.body.rows() > 1 {
		t.set(unownedKey(e.body.key), nil)
		return
	}
	t.eraseRow(&e.body)
}

// eraseRow removes the row of a body that has no more than one.
func (t *tx) eraseRow(b *body) {
	if b.rows() == 1 {
		t.del(rowKey(b.key, 0))
		t.erases = true
	}
}

// eraseLater removes the rows of a body whose record has just been erased. The
// erasure has happened, whatever becomes of this: the note stays, and the next
// Sweep or Open tries again.
func (s *Store) eraseLater(b *body) {
	if b.rows() > 1 {
		s.eraseBody(b.key)
	}
}

// eraseBody removes the rows of a body that nobody owns, and then the note that
// says so. A body without the note is left alone: since whoever calls this saw
// the note, an upload may have ended and a record may own the body.
func (s *Store) eraseBody(k bodyKey) error {
	prefix := append([]byte{kindRow}, k[:]...)
	for done := false; !done; {
		var keys [][]byte
		err := s.view(func(txn *badger.Txn) error {
			keys = keysIn(txn, prefix, groupEntries/4)
			return nil
		})
		if err != nil {
			return err
		}
		err = s.do(&op{entries: len(keys) + 1, frees: true, inner: true, run: func(t *tx) error {
			note, err := t.get(unownedKey(k))
			if err != nil {
				return err
			}
			if done = note == nil || len(keys) == 0; note == nil {
				return nil
			}
			for _, key := range keys {
				t.del(key)
				t.erases = true
			}
			if done {
				t.del(unownedKey(k))
			}
			return nil
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseUnowned removes bodies that nobody owns: what a crash or a failure left
// of uploads and of erasures.
func (s *Store) eraseUnowned() error {
	var keys [][]byte
	err := s.view(func(txn *badger.Txn) error {
		keys = keysIn(txn, []byte{kindUnowned}, groupEntries)
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if len(key) != 1+len(bodyKey{}) {
			return drop.ErrDamaged
		}
		k := bodyKey(key[1:])
		if s.uploads.has(k) {
			continue
		}
		if err := s.eraseBody(k); err != nil {
			return fmt.Errorf("couldn't erase a body that nobody owns: %w", err)
		}
	}
	return nil
}

// keysIn returns the first keys that have a prefix.
func keysIn(txn *badger.Txn, prefix []byte, limit int) (keys [][]byte) {
	eachKey(txn, prefix, nil, func(key []byte) bool {
		keys = append(keys, append([]byte(nil), key...))
		return len(keys) < limit
	})
	return keys
}
