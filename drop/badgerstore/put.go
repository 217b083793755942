package badgerstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// Put implements [drop.Store].
//
// A body that fits a row is written in the same transaction as its record. The
// rows of a larger one go first, under a body key of its own, with a note that
// nobody owns them yet; the transaction that writes the record takes the note
// away. A crash in between leaves the note, and the next Open erases the rows.
func (s *Store) Put(ctx context.Context, d drop.Deposit) (drop.Stat, bool, error) {
	stat, created, err := s.put(ctx, d)
	if err != nil {
		return drop.Stat{}, false, fmt.Errorf("couldn't store an envelope: %w", err)
	}
	return stat, created, nil
}

func (s *Store) put(ctx context.Context, d drop.Deposit) (stat drop.Stat, created bool, err error) {
	if d.Size < 0 {
		return stat, false, errors.New("a negative size")
	}
	if s.stopped() {
		return stat, false, drop.ErrPoisoned
	}
	there, err := s.envelope(d.Mailbox, d.ID)
	if err != nil && !errors.Is(err, drop.ErrNotFound) {
		return stat, false, err
	}
	if there != nil && (there.body.size != d.Size || there.withdraw != d.Withdraw) {
		return stat, false, drop.ErrConflict
	}
	if there == nil {
		release, err := s.reserve(d)
		if err != nil {
			return stat, false, err
		}
		defer release()
	}
	b := &incoming{s: s, ctx: ctx, known: there != nil}
	defer b.abandon()
	if err := b.read(d.Body, d.Size); err != nil {
		return stat, false, err
	}
	e := &envelope{day: d.Day, expires: d.Expires, withdraw: d.Withdraw, body: b.body}
	o := &op{bytes: len(b.only), entries: 5, run: func(t *tx) (err error) {
		stat, created, err = t.putEnvelope(d.Mailbox, d.ID, e, b)
		return err
	}}
	if there != nil && there.same(e) {
		// Nothing will be written: a sender who asks again after the disk has become
		// full is told that the envelope is here.
		o.bytes, o.frees = 0, true
	}
	if err := s.do(o); err != nil {
		return drop.Stat{}, false, err
	}
	b.owned = created
	return stat, created, nil
}

// putEnvelope writes a record, or finds that it is there.
func (t *tx) putEnvelope(m drop.MailboxID, id drop.EnvelopeID, e *envelope, b *incoming) (drop.Stat, bool, error) {
	key := envelopeKey(m, id)
	value, err := t.get(key)
	if err != nil {
		return drop.Stat{}, false, err
	}
	if value != nil {
		there, err := decodeEnvelope(key, value)
		if err != nil {
			return drop.Stat{}, false, err
		}
		if !there.same(e) {
			return drop.Stat{}, false, drop.ErrConflict
		}
		return there.stat(id), false, nil
	}
	if b.known && b.body.rows() > 1 {
		// It was there when the upload began, so its body was only compared, and has
		// been erased since. The sender tries again.
		return drop.Stat{}, false, errErasedMeanwhile
	}
	pooled, err := t.inPool(m, e.body.size)
	if err != nil {
		return drop.Stat{}, false, err
	}
	t.pooled += pooled
	t.own(b)
	t.set(key, e.encode(key))
	t.set(expiryKey(e.expires, m, id), nil)
	t.added++
	return e.stat(id), true, nil
}

var errErasedMeanwhile = errors.New("the envelope was erased while it came in again")

// incoming is a body on its way in. It ends owned by a record, or abandoned.
type incoming struct {
	s     *Store
	ctx   context.Context
	body  body
	only  []byte // the one row of a small body, which the record's transaction writes
	rows  bool   // there are rows of a large one, and a note that nobody owns them
	known bool   // its record is stored already: a large body is only compared
	owned bool
}

// read takes in exactly size bytes.
func (b *incoming) read(r io.Reader, size int64) error {
	b.body = body{size: size, key: newBodyKey()}
	whole := sha256.New()
	n := b.body.rows()
	buf := make([]byte, 0, min(size, rowData)+rowCheckSize)
	for i := range n {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		from, to := b.body.row(i)
		buf = buf[:to-from]
		if _, err := io.ReadFull(r, buf); err != nil {
			return bodyError(err)
		}
		whole.Write(buf)
		switch {
		case n == 1:
			b.only = buf
		case !b.known:
			if err := b.writeRow(i, buf); err != nil {
				return err
			}
		}
	}
	whole.Sum(b.body.hash[:0])
	return atEnd(r)
}

// bodyError says in the store's words that a body was too short; other errors
// are the body's own.
func bodyError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errShort
	}
	return err
}

var (
	errShort = errors.New("the body is shorter than was said")
	errLong  = errors.New("the body is longer than was said")
)

func atEnd(r io.Reader) error {
	var one [1]byte
	for {
		n, err := r.Read(one[:])
		switch {
		case n > 0:
			return errLong
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// writeRow writes one row of several. The first brings the note with it.
func (b *incoming) writeRow(n int, data []byte) error {
	if n == 0 {
		b.s.uploads.add(b.body.key)
		b.rows = true
	}
	value := b.body.sealRow(n, data)
	return b.s.do(&op{bytes: len(value), entries: 2, inner: true, run: func(t *tx) error {
		t.set(rowKey(b.body.key, n), value)
		if n == 0 {
			t.set(unownedKey(b.body.key), nil)
		}
		return nil
	}})
}

// own makes the body the record's that is written in the same transaction.
func (t *tx) own(b *incoming) {
	switch {
	case b.rows:
		t.del(unownedKey(b.body.key))
	case b.body.rows() == 1:
		t.set(rowKey(b.body.key, 0), b.only)
	}
}

// abandon erases what was written of a body that no record owns. What it cannot
// erase now, the next Open or Sweep will.
func (b *incoming) abandon() {
	if !b.rows {
		return
	}
	defer b.s.uploads.remove(b.body.key)
	if !b.owned && !b.s.stopped() {
		b.s.eraseBody(b.body.key)
	}
}

// uploads is the set of bodies that nobody owns yet but somebody is sending.
type uploads struct {
	mu   sync.Mutex
	keys map[bodyKey]bool
}

func (u *uploads) add(k bodyKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.keys == nil {
		u.keys = make(map[bodyKey]bool)
	}
	u.keys[k] = true
}

func (u *uploads) remove(k bodyKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.keys, k)
}

func (u *uploads) has(k bodyKey) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.keys[k]
}

// envelope returns the record of an envelope.
func (s *Store) envelope(m drop.MailboxID, id drop.EnvelopeID) (e *envelope, err error) {
	err = s.view(func(txn *badger.Txn) error {
		e, err = envelopeIn(txn, m, id)
		return err
	})
	return e, err
}

func envelopeIn(txn *badger.Txn, m drop.MailboxID, id drop.EnvelopeID) (*envelope, error) {
	key := envelopeKey(m, id)
	value, err := get(txn, key)
	if err != nil {
		return nil, err
	}
	if value == nil {
		return nil, drop.ErrNotFound
	}
	return decodeEnvelope(key, value)
}
