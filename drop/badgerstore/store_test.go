package badgerstore

import (
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/storetest"
)

// small has logs that rotate and tables that are compacted within a test.
var small = Options{testOnlyMemtable: 4 << 20, testOnlyValueLog: 1 << 20}

func newStore(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := o.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) drop.Store { return newStore(t, Options{}) })
}

func TestSmallStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) drop.Store { return newStore(t, small) })
}
