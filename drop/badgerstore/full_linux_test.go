package badgerstore

import (
	"bytes"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/transom-drop/transom/drop"
)

// smallDisk mounts a file system in memory, of 300 MiB.
func smallDisk(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=300m"); err != nil {
		t.Skipf("only where a file system can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDiskGetsRoom: on a full disk, what is erased makes room as soon as
// somebody asks for it, without a sweep; also when every value log holds some of
// what stays.
func TestFullDiskGetsRoom(t *testing.T) {
	s, err := Options{testOnlyPurge: time.Hour}.Open(filepath.Join(smallDisk(t), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body := randomBytes(300 << 10)
	var ids []drop.EnvelopeID
	fill := func() error {
		id := drop.NewEnvelopeID()
		_, _, err := s.Put(ctx, deposit(id, body))
		if err == nil {
			ids = append(ids, id)
		}
		return err
	}
	for err == nil {
		err = fill()
	}
	wantError(t, err, drop.ErrFull)
	for i, id := range ids {
		if i%3 > 0 {
			if err := s.Erase(ctx, drop.MailboxID{}, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	full := len(ids)
	for deadline := time.Now().Add(30 * time.Second); fill() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the room does not come back")
		}
	}
	wantPurged(t, s)
	for err = nil; err == nil; {
		err = fill()
	}
	if again := len(ids) - full; again < full/2 {
		t.Errorf("room for %d envelopes came back, of %d that were erased", again, 2*full/3)
	}
}

// TestFullDisk fills a real file system, a small one in memory, from several
// sides at once. Badger writes to mapped files: were it let to run out of room,
// the kernel would kill the process.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
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
