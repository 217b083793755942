package badgerstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"

	"github.com/transom-drop/transom/drop"
)

func tablePath(inner string, id uint64) string { return table.NewFilename(id, inner) }

func (s *Store) logName(number uint64) string {
	return filepath.Join(s.inner, fmt.Sprintf("%06d.vlog", number))
}

// collectAll has Badger collect value logs until none of the given ones is left.
// Badger chooses the one with the most dead bytes each time, and never the one
// that is being written: if that holds erased bytes, or stands in the way, it is
// ended.
func (s *Store) collectAll(ctx context.Context, dead map[uint64]uint64) error {
	if err := s.endNewest(dead); err != nil {
		return err
	}
	for {
		left, err := s.anyLeft(dead)
		if err != nil || !left {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.quitting() {
			return errClosed
		}
		name, newest, err := s.mostDead()
		switch {
		case err != nil:
			return err
		case name == "":
			return errLater
		case newest:
			err = s.rotate()
		default:
			err = s.collect(name)
		}
		if err != nil {
			return err
		}
	}
}

// endNewest ends the value log that is being written if it has dead bytes, and
// adds it to those that have to go. What Badger says of it is true: this process
// has made it.
func (s *Store) endNewest(dead map[uint64]uint64) error {
	discards, err := readDiscards(s.inner)
	if err != nil {
		return err
	}
	logs, err := filesOf(s.inner, ".vlog")
	if err != nil || len(logs) == 0 {
		return err
	}
	number, err := fileNumber(logs[len(logs)-1])
	if err != nil || discards[number] == 0 {
		return err
	}
	dead[number] = discards[number]
	return s.rotate()
}

// anyLeft tells whether one of the given value logs is still there.
func (s *Store) anyLeft(logs map[uint64]uint64) (bool, error) {
	for number := range logs {
		if _, err := os.Stat(s.logName(number)); err == nil {
			return true, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// collect has Badger move what is alive in a value log and remove the file,
// unless it is damaged: Badger stops at the first damaged entry, and removes the
// file with all that follows it.
func (s *Store) collect(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if err := s.roomFor(info.Size()); err != nil {
		return err
	}
	whole, err := wholeLog(name)
	if err != nil {
		return err
	}
	if !whole {
		return fmt.Errorf("a value log is damaged: %w", drop.ErrDamaged)
	}
	// In the committer: Badger 4.9.6 reads, without a lock, what a write changes.
	return s.do(&op{alone: func() error {
		if s.stopped() {
			return drop.ErrPoisoned
		}
		if now, _, err := s.mostDead(); err != nil || now != name {
			return err // another has overtaken it, and has not been looked at
		}
		err := s.db.RunValueLogGC(purgeRatio)
		if errors.Is(err, badger.ErrNoRewrite) {
			return errLater
		}
		return err
	}})
}

// mostDead returns the value log that Badger would collect next, or none, and
// whether it is the one that is being written.
func (s *Store) mostDead() (name string, newest bool, err error) {
	discards, err := readDiscards(s.inner)
	if err != nil {
		return "", false, err
	}
	logs, err := filesOf(s.inner, ".vlog")
	if err != nil {
		return "", false, err
	}
	var dead uint64
	for i, l := range logs {
		number, err := fileNumber(l)
		if err != nil {
			return "", false, err
		}
		if n := discards[number]; n > dead {
			name, dead, newest = l, n, i == len(logs)-1
		}
	}
	return name, newest, nil
}

// rotate ends the newest value log: Badger begins another when it has written
// more values than one may hold. What fills it is erased at once.
func (s *Store) rotate() error {
	return s.do(&op{alone: func() error {
		if s.stopped() {
			return drop.ErrPoisoned
		}
		if err := s.roomFor(2 * fillerEntries * fillerSize); err != nil {
			return err
		}
		value := make([]byte, fillerSize)
		for _, write := range []func(txn *badger.Txn, key []byte) error{
			func(txn *badger.Txn, key []byte) error { return txn.Set(key, value) },
			func(txn *badger.Txn, key []byte) error { return txn.Delete(key) },
		} {
			if err := s.db.Update(func(txn *badger.Txn) error {
				for i := range fillerEntries {
					if err := write(txn, binary.BigEndian.AppendUint16([]byte{kindFiller}, uint16(i))); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}})
}

const fillerSize = 1 << 10 // the least that goes into a value log
