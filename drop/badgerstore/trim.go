package badgerstore

import "time"

const (
	trimEvery   = time.Second
	trimTimes   = 10 // Badger may go on compacting for a while after a burst
	quietCalls  = 16 // more than these within trimEvery are a burst
	enoughCalls = 64 // these, however slowly they came, are worth a trim
)

// trimmer gives back the memory that a burst of work took, once it is over. It
// is the committer's.
type trimmer struct {
	s     *Store
	due   int
	calls int64
}

func (t *trimmer) tick() {
	n := t.s.calls.Swap(0)
	if n > quietCalls {
		t.due = trimTimes
		return
	}
	if t.calls += n; t.calls > enoughCalls {
		t.due = max(t.due, 1)
	}
	if t.due > 0 {
		t.due--
		t.calls = 0
		trim(t.s.inner)
	}
}
