package badgerstore

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// One transaction holds at most this much. Badger's own limit, 15 % of a
// memtable, does not count what goes to the value log; this one bounds memory
// and how long the first in a group waits for the last.
const (
	groupBytes   = 8 << 20
	groupEntries = 1024
)

// op is a piece of work for the committer.
type op struct {
	// run looks at what is there and then writes, or returns an error and writes
	// nothing. It runs in the committer, so that nothing changes in between.
	run func(t *tx) error
	// bytes and entries are what run writes at most.
	bytes, entries int
	// frees marks an op that makes room: it is let through on a full disk.
	frees bool
	// inner marks an op whose success nobody outside is told of: its commit is
	// synced like any other, but COUNT does not wait for it.
	inner bool
	// alone is run with no transaction open and no other write under way.
	alone func() error

	err  error
	done chan struct{}
}

// tx is the transaction that the committer is filling.
type tx struct {
	txn            *badger.Txn
	written        int   // entries
	added, removed int   // records
	pooled         int64 // bytes, in mailboxes without a card
	erases         bool  // bytes that were acknowledged, or part of an upload
}

// get returns a value, or nil if there is none.
func (t *tx) get(key []byte) ([]byte, error) { return get(t.txn, key) }

func get(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value, err := item.ValueCopy(nil)
	if value == nil {
		value = []byte{} // what Badger could not read: no record is that short
	}
	return value, err
}

func (t *tx) set(key, value []byte) {
	t.written++
	if err := t.txn.Set(key, value); err != nil {
		panic("badgerstore: a group was too large for a transaction: " + err.Error())
	}
}

func (t *tx) del(key []byte) {
	t.written++
	if err := t.txn.Delete(key); err != nil {
		panic("badgerstore: a group was too large for a transaction: " + err.Error())
	}
}

// do has the committer run o and waits until it is on the disk, or not.
func (s *Store) do(o *op) error {
	o.done = make(chan struct{})
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return errClosed
	}
	s.ops <- o
	<-o.done
	return o.err
}

func (o *op) finish(err error) {
	o.err = err
	close(o.done)
}

// group is what one transaction was for.
type group struct {
	ops   []*op
	after count
}

// commitLoop is the committer. Nothing else writes to the database.
//
// While it commits one group, acknowledgeLoop syncs COUNT for the one before:
// the two syncs of a deposit overlap with those of its neighbours.
func (s *Store) commitLoop() {
	defer close(s.committed)
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	trims := trimmer{s: s, due: trimTimes}
	for {
		var first *op
		select {
		case o, open := <-s.ops:
			if !open {
				return
			}
			first = o
		case <-tick.C:
			trims.tick()
			continue
		}
		if first.alone != nil {
			s.settle()
			first.finish(first.alone())
			continue
		}
		ops, alone := s.gather(first)
		s.calls.Add(int64(len(ops)))
		s.commit(ops)
		if alone != nil {
			s.settle()
			alone.finish(alone.alone())
		}
	}
}

// gather takes what waits, up to the limits of one transaction. An op that must
// be alone ends the group.
func (s *Store) gather(first *op) (ops []*op, alone *op) {
	ops = append(ops, first)
	bytes, entries := first.bytes, first.entries
	for bytes < groupBytes && entries < groupEntries {
		select {
		case o, open := <-s.ops:
			switch {
			case !open:
				return ops, nil
			case o.alone != nil:
				return ops, o
			}
			ops = append(ops, o)
			bytes += o.bytes
			entries += o.entries
		default:
			return ops, nil
		}
	}
	return ops, nil
}

// commit writes one group and hands it on to be acknowledged.
func (s *Store) commit(ops []*op) {
	if s.stopped() {
		finishAll(ops, drop.ErrPoisoned)
		return
	}
	ops = s.admit(ops)
	t := &tx{txn: s.db.NewTransaction(true)}
	defer t.txn.Discard()
	kept := ops[:0]
	for _, o := range ops {
		if err := o.run(t); err != nil {
			o.finish(err)
			continue
		}
		kept = append(kept, o)
	}
	if len(kept) == 0 {
		return
	}
	if t.written == 0 {
		// A repeated deposit is told that its envelope is here: true once the
		// group that brought it has been acknowledged.
		s.acknowledge <- group{kept, s.now}
		return
	}
	if t.erases {
		if err := s.owe(); err != nil {
			finishAll(kept, err)
			return
		}
	}
	after := count{mark: s.now.mark + 1, records: s.now.records + uint64(t.added) - uint64(t.removed)}
	if after.records < s.now.records {
		// The bound goes down before what it counts, and not while an older,
		// higher one is still on its way to the disk.
		s.settle()
		if err := s.file.write(count{mark: s.now.mark, records: after.records}); err != nil {
			s.fail(kept)
			return
		}
	}
	t.set(markKey(), encodeMark(after.mark))
	if err := t.txn.Commit(); err != nil {
		s.fail(kept)
		return
	}
	s.now = after
	if t.erases {
		s.erasures++
	}
	s.pool.change(t.pooled)
	s.acknowledge <- group{kept, after}
}

// admit refuses what the disk has no room for, before Badger touches its files:
// they are mapped, and writing to a mapped page that the disk has no room for
// kills the process.
func (s *Store) admit(ops []*op) []*op {
	free, err := s.free(s.inner)
	if err != nil {
		finishAll(ops, fmt.Errorf("couldn't see how much room there is: %w", err))
		return nil
	}
	kept := ops[:0]
	for _, o := range ops {
		free -= int64(o.bytes)
		if free < reserveBytes && !o.frees || free < lastBytes {
			s.purgeSoon()
			free += int64(o.bytes)
			o.finish(drop.ErrFull)
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

func (s *Store) fail(ops []*op) {
	s.log.poisoned.Store(true)
	finishAll(ops, drop.ErrPoisoned)
}

func finishAll(ops []*op, err error) {
	for _, o := range ops {
		o.finish(err)
	}
}

// stopped tells whether a write has gone wrong in a way that leaves unknown what
// is on the disk.
func (s *Store) stopped() bool { return s.log.poisoned.Load() }

// settle waits until everything that was committed has been acknowledged. Only
// the committer calls it.
func (s *Store) settle() {
	done := make(chan struct{})
	s.acknowledge <- group{ops: []*op{{inner: true, done: done}}}
	<-done
}

// acknowledgeLoop raises COUNT to what has been committed, and only then lets
// those know who wait for it.
func (s *Store) acknowledgeLoop() {
	defer close(s.acknowledged)
	folder := folderSync{dir: s.inner}
	for g := range s.acknowledge {
		ops := g.ops
		after := g.after
		for more := true; more; {
			select {
			case next, open := <-s.acknowledge:
				if !open {
					more = false
					break
				}
				ops = append(ops, next.ops...)
				if next.after.mark > after.mark {
					after = next.after
				}
			default:
				more = false
			}
		}
		var err error
		if outward(ops) {
			err = errors.Join(folder.sync(), s.raise(after))
		}
		if err != nil {
			s.log.poisoned.Store(true)
		}
		if s.stopped() {
			finishAll(ops, drop.ErrPoisoned)
			continue
		}
		finishAll(ops, nil)
	}
}

func outward(ops []*op) bool {
	for _, o := range ops {
		if !o.inner {
			return true
		}
	}
	return false
}

// raise writes COUNT if it says less.
func (s *Store) raise(to count) error {
	if to == s.bound {
		return nil
	}
	if err := s.file.write(to); err != nil {
		return err
	}
	s.bound = to
	return nil
}

// folderSync syncs a folder when files have been made in it: Badger syncs a new
// file, but not the folder that names it.
type folderSync struct {
	dir   string
	seen  time.Time
	again bool // a second change within one tick of the file system shows no new time
}

func (f *folderSync) sync() error {
	info, err := os.Stat(f.dir)
	if err != nil {
		return err
	}
	changed := !info.ModTime().Equal(f.seen)
	if !changed && !f.again {
		return nil
	}
	f.seen, f.again = info.ModTime(), changed
	return syncDir(f.dir)
}
