package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// Erasing a key leaves its bytes where they are: in a write-ahead log, in tables,
// and the body in a value log. A purge takes them out of the files, for all that
// was erased before it began:
//
//  1. the memtable is flushed, which ends its write-ahead log;
//  2. the tables are compacted, which drops erased keys for good;
//  3. it is worked out from the tables which value logs hold anything that no key
//     points to any more;
//  4. of each of these Badger moves what is alive, and removes the file.
//
// ERASED is there while nothing is owed. It is removed, synced, before the first
// commit that erases, and comes back, synced, when a purge has found all of it
// gone. So a kill or a power cut at any moment leaves the debt known, and nothing
// of what it is.

const (
	// purgeEvery is how often the store looks whether it owes a purge: the longest
	// that erased bytes wait for one to begin. One for all that was erased in the
	// meantime costs little more than one for a single letter.
	purgeEvery = 5 * time.Minute
	// purgePause is between two purges on a full disk, where whoever is refused asks
	// for one.
	purgePause = 10 * time.Second
	// purgeShare bounds what purges take of a large, busy store's time: a purge is
	// followed by so many times its length without one.
	purgeShare = 10
	// purgeRatio is the dead part of a value log that is worth moving the rest for:
	// any.
	purgeRatio = 1e-12
	// fillerEntries is one more than how many values a value log holds at most. An
	// envelope has 32 KiB or more, so that a log is full of bytes before.
	fillerEntries = 1001
)

// lookForDebt reads, before Badger opens its folder, whether a purge is owed.
func (s *Store) lookForDebt() error {
	_, err := os.Stat(s.erasedFile())
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.owed.Store(true)
	return recountDiscards(s.inner)
}

func (s *Store) erasedFile() string { return filepath.Join(filepath.Dir(s.inner), erasedName) }

// owe notes that something is about to be erased. It is the committer's.
func (s *Store) owe() error {
	if s.owed.Load() {
		return nil
	}
	err := os.Remove(s.erasedFile())
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = syncDir(filepath.Dir(s.inner))
	}
	if err != nil {
		return fmt.Errorf("couldn't note that something is to be erased: %w", err)
	}
	s.owed.Store(true)
	return nil
}

// settleDebt notes that nothing erased is left, unless something was erased since
// the purge began.
func (s *Store) settleDebt(erasures uint64) error {
	// Files that were removed must not be there again after a power cut.
	if err := syncDir(s.inner); err != nil {
		return err
	}
	return s.do(&op{alone: func() error {
		if s.erasures != erasures {
			return nil
		}
		dir := filepath.Dir(s.inner)
		if err := errors.Join(writeSynced(s.erasedFile(), []byte(erasedText)), syncDir(dir)); err != nil {
			os.Remove(s.erasedFile())
			return errors.Join(err, syncDir(dir))
		}
		s.owed.Store(false)
		return nil
	}})
}

// purgeLoop purges whenever something has been erased, until the store is closed.
// What it cannot do now it tries again; Sweep is who tells of errors.
func (s *Store) purgeLoop(every time.Duration) {
	due, last := time.Now().Add(every), time.Time{}
	for {
		select {
		case <-s.quit:
			return
		case <-s.purging:
			if time.Since(last) < purgePause {
				continue
			}
		case <-time.After(time.Until(due)):
		}
		start := time.Now()
		s.sweeping.Lock()
		s.purge(context.Background())
		s.sweeping.Unlock()
		last = time.Now()
		due = last.Add(max(every, purgeShare*last.Sub(start)))
	}
}

// purgeSoon asks for a purge now: the disk is full, and may get room by it.
func (s *Store) purgeSoon() {
	if !s.owed.Load() {
		return
	}
	select {
	case s.purging <- struct{}{}:
	default:
	}
}

// purge takes what was erased out of the files. Whoever calls it holds sweeping.
// Where there is no room for it, or something still holds on to erased bytes, it
// succeeds and the debt stays.
func (s *Store) purge(ctx context.Context) error {
	if !s.owed.Load() {
		return nil
	}
	if err := s.eraseUnowned(); err != nil {
		return err
	}
	if err := s.purgeOnce(ctx); err != nil && !errors.Is(err, errLater) {
		return fmt.Errorf("couldn't purge: %w", err)
	}
	return nil
}

// errLater: erased bytes are left for a reason that passes.
var errLater = errors.New("another purge is needed")

func (s *Store) purgeOnce(ctx context.Context) error {
	var erasures, version uint64
	if err := s.do(&op{alone: func() error {
		erasures = s.erasures
		return nil
	}}); err != nil {
		return err
	}
	if err := s.letReadersFinish(); err != nil {
		return err
	}
	if err := s.do(&op{alone: func() (err error) {
		version, err = s.flush()
		return err
	}}); err != nil {
		return err
	}
	var dead map[uint64]uint64
	if err := s.whileOpen(func() error {
		err := s.db.Flatten(1)
		if err == nil {
			dead, err = s.dead(version)
		}
		return err
	}); err != nil {
		return err
	}
	if err := s.collectAll(ctx, dead); err != nil {
		return err
	}
	// Files are removed when the last who reads in them has finished.
	if err := s.letReadersFinish(); err != nil {
		return err
	}
	left, err := s.anyLeft(dead)
	if err != nil {
		return err
	}
	if left {
		return errLater
	}
	return s.settleDebt(erasures)
}

// letReadersFinish waits until everyone who reads now has finished. Compaction
// keeps what a transaction that began before the erasure could still see.
func (s *Store) letReadersFinish() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return errClosed
	}
	return nil
}

// flush writes the memtable to a table, and returns the version that the store
// had before: up to it, all is in tables then. It is the committer's: Badger only flushes a memtable that
// is full, or when a prefix is dropped, hence the scratch key; and dropping
// refuses writes in the meantime.
//
// Erasing keys that were never there makes the table span all keys, so that
// compacting it compacts every table below it.
func (s *Store) flush() (version uint64, err error) {
	if s.stopped() {
		return 0, drop.ErrPoisoned
	}
	if err := s.roomFor(s.tableBytes()); err != nil {
		return 0, err
	}
	txn := s.db.NewTransaction(false)
	version = txn.ReadTs()
	txn.Discard()
	scratch := []byte{kindScratch}
	if err := s.db.Update(func(txn *badger.Txn) error {
		return errors.Join(txn.Set(scratch, nil), txn.Delete([]byte{0}), txn.Delete([]byte{255}))
	}); err != nil {
		return 0, err
	}
	return version, s.db.DropPrefix(scratch)
}

// eraseFiller removes what a purge that was killed has left of its own.
func (s *Store) eraseFiller() error {
	if !s.owed.Load() {
		return nil
	}
	var keys [][]byte
	if err := s.view(func(txn *badger.Txn) error {
		keys = append(keysIn(txn, []byte{kindFiller}, fillerEntries), keysIn(txn, []byte{kindScratch}, 1)...)
		return nil
	}); err != nil || len(keys) == 0 {
		return err
	}
	err := s.do(&op{entries: len(keys), frees: true, inner: true, run: func(t *tx) error {
		for _, key := range keys {
			t.del(key)
		}
		return nil
	}})
	if err != nil {
		return fmt.Errorf("couldn't tidy up after a purge: %w", err)
	}
	return nil
}

// roomFor is errLater if the disk has no room for so many bytes: what is compacted
// or moved is there twice for a moment.
func (s *Store) roomFor(bytes int64) error {
	free, err := s.free(s.inner)
	if err == nil && free-bytes < 2*lastBytes {
		err = errLater
	}
	return err
}

func (s *Store) tableBytes() (sum int64) {
	for _, t := range s.db.Tables() {
		sum += int64(t.OnDiskSize)
	}
	return sum
}

// dead looks into every table and returns the value logs, of those that are
// written to no more, that hold bytes which no key pointed to at a version, and
// how many. It is errLater if a key that was erased by then is still in a table.
func (s *Store) dead(version uint64) (map[uint64]uint64, error) {
	var live pointers
	kept := false
	for _, t := range s.db.Tables() {
		var last []byte
		err := eachInTable(tablePath(s.inner, t.ID), func(key []byte, meta byte, value []byte) {
			if versionOf(key) > version {
				return // since then
			}
			plain := key[:len(key)-versionLen]
			if meta&logDeleted != 0 || string(plain) == string(last) {
				kept = true
				return
			}
			last = append(last[:0], plain...)
			if p, ok := pointerIn(meta, value); ok {
				live = append(live, p)
			}
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errLater // compacted meanwhile
		}
		if err != nil {
			return nil, err
		}
	}
	if kept {
		return nil, errLater
	}
	return deadIn(s.inner, live.bytes(), false)
}
