package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// List implements [drop.Store]. What it costs depends on the limit, not on how
// much is stored.
func (s *Store) List(ctx context.Context, m drop.MailboxID, after *drop.EnvelopeID, limit int) (stats []drop.Stat, more bool, err error) {
	if limit <= 0 {
		return nil, false, errors.New("couldn't list a mailbox: the limit is not positive")
	}
	err = s.view(func(txn *badger.Txn) error {
		stats, more, err = list(ctx, txn, m, after, limit)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("couldn't list a mailbox: %w", err)
	}
	return stats, more, nil
}

func list(ctx context.Context, txn *badger.Txn, m drop.MailboxID, after *drop.EnvelopeID, limit int) ([]drop.Stat, bool, error) {
	prefix := envelopePrefix(m)
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	from := prefix
	if after != nil {
		from = append(envelopeKey(m, *after), 0)
	}
	var stats []drop.Stat
	for it.Seek(from); it.Valid(); it.Next() {
		if len(stats) == limit {
			return stats, true, nil
		}
		key := it.Item().Key()
		if len(key) != len(prefix)+len(drop.EnvelopeID{}) {
			return nil, false, drop.ErrDamaged
		}
		var e *envelope
		err := it.Item().Value(func(value []byte) (err error) {
			e, err = decodeEnvelope(key, value)
			return err
		})
		if err != nil {
			return nil, false, err
		}
		stats = append(stats, e.stat(drop.EnvelopeID(key[len(prefix):])))
		if len(stats)%256 == 0 && ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
	}
	return stats, false, nil
}

// Open implements [drop.Store].
func (s *Store) Open(ctx context.Context, m drop.MailboxID, id drop.EnvelopeID) (drop.Stat, io.ReadSeekCloser, error) {
	e, err := s.envelope(m, id)
	if err != nil {
		return drop.Stat{}, nil, fmt.Errorf("couldn't open an envelope: %w", err)
	}
	r := &reader{ctx: ctx, body: &e.body, load: func(n int) ([]byte, error) {
		return s.row(&e.body, n, func(txn *badger.Txn) error {
			now, err := envelopeIn(txn, m, id)
			if err == nil && now.body.key != e.body.key {
				err = drop.ErrNotFound
			}
			return err
		})
	}}
	return e.stat(id), r, nil
}

// row returns the bytes of one row, checked. Each row is read in a transaction
// of its own: one held open for as long as a slow line takes would keep Badger
// from collecting anything. If the row is not what was stored, gone says whether
// its owner has been erased in the meantime: then nothing is damaged.
func (s *Store) row(b *body, n int, gone func(txn *badger.Txn) error) (data []byte, err error) {
	err = s.view(func(txn *badger.Txn) error {
		data, err = rowIn(txn, b, n)
		if errors.Is(err, drop.ErrDamaged) {
			if err := gone(txn); err != nil {
				return err
			}
		}
		return err
	})
	return data, err
}

// rowIn returns the bytes of one row, checked.
//
// It looks more than once: between finding where a value lies and reading it,
// Badger may have moved it and removed the file, and says of that what it says
// of damage. It is found at its new place the next time.
func rowIn(txn *badger.Txn, b *body, n int) ([]byte, error) {
	for range 3 {
		value, err := get(txn, rowKey(b.key, n))
		if err != nil {
			return nil, err
		}
		if data, ok := b.openRow(n, value); ok {
			return data, nil
		}
	}
	return nil, drop.ErrDamaged
}

// reader reads a body, one checked row at a time.
type reader struct {
	ctx    context.Context
	body   *body
	load   func(n int) ([]byte, error)
	offset int64
	row    []byte // row number at, checked; nil for none
	at     int
	closed bool
}

var errReaderClosed = errors.New("the reader is closed")

func (r *reader) Read(p []byte) (int, error) {
	switch {
	case r.closed:
		return 0, errReaderClosed
	case r.offset >= r.body.size:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n := r.body.rowOf(r.offset)
	if r.row == nil || r.at != n {
		row, err := r.load(n)
		if err != nil {
			return 0, fmt.Errorf("couldn't read an envelope: %w", err)
		}
		r.row, r.at = row, n
	}
	from, _ := r.body.row(n)
	read := copy(p, r.row[r.offset-from:])
	r.offset += int64(read)
	return read, nil
}

func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.body.size
	default:
		return 0, errors.New("couldn't seek: unknown whence")
	}
	if offset < 0 {
		return 0, errors.New("couldn't seek: before the beginning")
	}
	r.offset = offset
	return offset, nil
}

func (r *reader) Close() error {
	r.closed, r.row = true, nil
	return nil
}
