package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/transom-drop/transom/drop"
)

// Room on the disk, in bytes. Badger needs some to flush, compact and collect
// what was acknowledged long ago: a store that is full keeps working for whoever
// reads and erases.
const (
	reserveBytes = 128 << 20 // below this, what adds to the store is refused
	lastBytes    = 16 << 20  // below this, everything is
)

var errClosed = errors.New("the store is closed")

// Store is a [drop.Store] in a folder.
type Store struct {
	inner string // the database's folder
	db    *badger.DB
	log   *logger
	file  *countFile
	free  func(dir string) (int64, error)

	closing sync.RWMutex // held for writing by Close, for reading by all else
	closed  bool

	ops         chan *op
	acknowledge chan group
	// committed and acknowledged are closed when the two loops have ended.
	committed, acknowledged chan struct{}

	now   count        // what is committed; the committer's
	bound count        // what COUNT says; the acknowledging loop's
	calls atomic.Int64 // since the committer last thought of trimming memory

	pool     pool
	quit     chan struct{} // closed when Close has been called
	ending   sync.Once
	beside   sync.WaitGroup // what Open has started
	sweeping sync.Mutex
	uploads  uploads
	erasures uint64      // groups that erased something; the committer's
	owed     atomic.Bool // bytes that were erased may be in the files; the committer changes it
	purging  chan struct{}
}

var _ drop.Store = (*Store)(nil)

// Options are for the rare case; [Open] is for all others.
type Options struct {
	// AcceptLoss opens a store whose logs have lost records that were
	// acknowledged, keeps what is left and counts anew. It is for an operator who
	// has no backup, and knows: transomd salvage. Damaged tables are refused all the same.
	AcceptLoss bool

	// Sizes for tests: 0 is the usual one.
	testOnlyMemtable, testOnlyValueLog int64
	testOnlyPurge                      time.Duration
	// testOnlyFree stands in for the file system's own word on how much room there is.
	testOnlyFree func(dir string) (int64, error)
}

// Open opens the store in a folder, and makes a new one where there is none. One
// process can have it open. drop.ErrFormat, drop.ErrDamaged.
func Open(dir string) (*Store, error) { return Options{}.Open(dir) }

// Open is [Open] with options.
func (o Options) Open(dir string) (*Store, error) {
	s, err := o.open(dir)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the store: %w", err)
	}
	return s, nil
}

func (o Options) open(dir string) (_ *Store, err error) {
	if err := prepare(dir); err != nil {
		return nil, err
	}
	// As the kernel names it: trim looks for it among what is mapped.
	if dir, err = filepath.EvalSymlinks(dir); err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return nil, err
	}
	file, least, err := openCount(filepath.Join(dir, countName))
	if err != nil {
		return nil, err
	}
	s := &Store{
		inner: filepath.Join(dir, badgerName),
		log:   new(logger),
		file:  file,
		free:  freeBytes,
		ops:   make(chan *op),
		// One group on its way to COUNT, one waiting: more would only grow what a
		// poisoned store has to refuse.
		acknowledge:  make(chan group, 1),
		committed:    make(chan struct{}),
		acknowledged: make(chan struct{}),
		pool:         pool{counted: make(chan struct{})},
		quit:         make(chan struct{}),
		purging:      make(chan struct{}, 1),
	}
	if o.testOnlyFree != nil {
		s.free = o.testOnlyFree
	}
	defer func() {
		if err != nil {
			file.close()
		}
	}()
	checked := least
	if o.AcceptLoss {
		checked = count{}
	}
	if err := errors.Join(removeUnborn(s.inner), resetDiscards(s.inner)); err != nil {
		return nil, err
	}
	warm(s.inner)
	if err := preflight(s.inner, checked, o.AcceptLoss); err != nil {
		return nil, err
	}
	if err := s.lookForDebt(); err != nil {
		return nil, err
	}
	if err := s.openBadger(o); err != nil {
		return nil, err
	}
	if err := s.takeStock(least, o.AcceptLoss); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	go s.commitLoop()
	go s.acknowledgeLoop()
	if err := errors.Join(s.eraseUnowned(), s.eraseFiller()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.beside.Go(func() {
		s.sweeping.Lock()
		defer s.sweeping.Unlock()
		s.countPool(context.Background()) // it fails if the store is being closed, or has stopped
	})
	every := purgeEvery
	if o.testOnlyPurge > 0 {
		every = o.testOnlyPurge
	}
	s.beside.Go(func() { s.purgeLoop(every) })
	return s, nil
}

// openBadger opens the database with settings for a small machine: two small
// memtables, no caches (the kernel's does), no compression (envelopes have
// none), value logs short enough to be read again at open.
func (s *Store) openBadger(o Options) (err error) {
	opts := badger.DefaultOptions(s.inner).
		WithLogger(s.log).
		WithSyncWrites(true).
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(8).
		WithValueThreshold(1 << 10).
		WithMemTableSize(8 << 20).
		WithValueLogFileSize(32 << 20).
		WithValueLogMaxEntries(fillerEntries - 1)
	if o.testOnlyMemtable > 0 {
		opts = opts.WithMemTableSize(o.testOnlyMemtable)
	}
	if o.testOnlyValueLog > 0 {
		opts = opts.WithValueLogFileSize(o.testOnlyValueLog)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database can't be read: %w", drop.ErrDamaged)
		}
	}()
	db, err := badger.Open(opts)
	if err != nil {
		return fmt.Errorf("couldn't open the database: %w", err)
	}
	s.db = db
	return nil
}

// takeStock compares what is there with what COUNT says is there at least.
func (s *Store) takeStock(least count, acceptLoss bool) error {
	if s.stopped() && !acceptLoss {
		return fmt.Errorf("the database opened with errors: %w", drop.ErrDamaged)
	}
	now, err := s.recount()
	if err != nil {
		return err
	}
	s.now, s.bound = now, least
	if now.mark >= least.mark && now.records >= least.records {
		return nil
	}
	if !acceptLoss {
		return fmt.Errorf("records that were acknowledged are missing: %w", drop.ErrDamaged)
	}
	s.log.poisoned.Store(false)
	s.bound = now
	return s.file.write(now)
}

// recount reads the mark and counts the records.
func (s *Store) recount() (c count, err error) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	return countIn(txn)
}

func countIn(txn *badger.Txn) (c count, err error) {
	value, err := get(txn, markKey())
	if err != nil {
		return c, err
	}
	if value != nil {
		if c.mark, err = decodeMark(value); err != nil {
			return c, err
		}
	}
	for _, kind := range []byte{kindEnvelope, kindCard, kindInvitation} {
		eachKey(txn, []byte{kind}, nil, func([]byte) bool {
			c.records++
			return true
		})
	}
	return c, nil
}

// eachKey calls f with the keys that have a prefix, from the first that is not
// before from, until it returns false. The key is only f's until it returns.
func eachKey(txn *badger.Txn, prefix, from []byte, f func(key []byte) bool) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	if from == nil {
		from = prefix
	}
	for it.Seek(from); it.Valid(); it.Next() {
		if !f(it.Item().Key()) {
			return
		}
	}
}

// whileOpen runs f, and keeps the store from being closed meanwhile.
func (s *Store) whileOpen(f func() error) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return errClosed
	}
	return f()
}

// view runs f on what is committed.
func (s *Store) view(f func(txn *badger.Txn) error) error {
	return s.whileOpen(func() error {
		s.calls.Add(1)
		txn := s.db.NewTransaction(false)
		defer txn.Discard()
		return f(txn)
	})
}

// quitting tells whether Close has been called: what takes long ends early then.
func (s *Store) quitting() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// Close implements [drop.Store].
func (s *Store) Close() error {
	s.ending.Do(func() { close(s.quit) })
	s.beside.Wait()
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.ops)
	<-s.committed
	close(s.acknowledge)
	<-s.acknowledged
	if err := errors.Join(s.db.Close(), s.file.close()); err != nil {
		return fmt.Errorf("couldn't close the store: %w", err)
	}
	return nil
}
