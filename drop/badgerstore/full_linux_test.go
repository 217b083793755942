package badgerstore

import (
	"bytes"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/transom-drop/transom/drop"
)

// TestFullDisk fills a real file system, a small one in memory, from several
// sides at once. Badger writes to mapped files: were it let to run out of room,
// the kernel would kill the process.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=300m"); err != nil {
		t.Skipf("only where a file system can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	s, err := Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body := randomBytes(300 << 10)
	for round := range 4 {
		var mu sync.Mutex
		var ids []drop.EnvelopeID
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for {
					id := drop.NewEnvelopeID()
					_, _, err := s.Put(ctx, deposit(id, body))
					if errors.Is(err, drop.ErrFull) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					ids = append(ids, id)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		t.Logf("round %d: full after %d envelopes of 300 KiB", round, len(ids))
		if len(ids) < 100 {
			t.Error("too few")
		}
		for i, id := range ids {
			if got, err := read(s, id); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%d bytes, error %v", len(got), err)
			}
			if i%2 == 0 {
				if err := s.Erase(ctx, drop.MailboxID{}, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := s.Sweep(ctx, 2); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sweep(ctx, 32); err != nil {
			t.Fatal(err)
		}
	}
}
