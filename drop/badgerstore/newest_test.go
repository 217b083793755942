package badgerstore

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// TestFlippedBitTakesNoNeighbours flips one bit in the middle of the newest value
// log: after a clean stop, and after the process was killed (a copy of the folder
// of a running store is what a kill leaves). Badger would cut off all letters
// behind it; the store must refuse instead, and open again, with every letter,
// once the bit is put right.
func TestFlippedBitTakesNoNeighbours(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	letters := map[drop.EnvelopeID][]byte{}
	for range 6 {
		id, body := drop.NewEnvelopeID(), randomBytes(40<<10)
		if _, _, err := s.Put(ctx, deposit(id, body)); err != nil {
			t.Fatal(err)
		}
		letters[id] = body
	}
	killed := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for how, dir := range map[string]string{"closed": dir, "killed": killed} {
		t.Run(how, func(t *testing.T) {
			name := newestLog(t, dir)
			at := int64(100 << 10) // in the third letter
			flip(t, name, at)
			before := size(t, name)
			if s, err := Open(dir); !errors.Is(err, drop.ErrDamaged) {
				if err == nil {
					s.Close()
				}
				t.Fatalf("opened a damaged store: %v", err)
			}
			if after := size(t, name); after != before {
				t.Fatalf("refusing changed the log from %d to %d bytes", before, after)
			}
			lossy := filepath.Join(t.TempDir(), "store")
			if err := os.CopyFS(lossy, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if s, err := (Options{AcceptLoss: true}).Open(lossy); err != nil {
				t.Errorf("an operator who accepts the loss is refused: %v", err)
			} else if err := s.Close(); err != nil {
				t.Error(err)
			}
			flip(t, name, at)
			readAll(t, dir, letters)
		})
	}
}

// TestTornTailIsNoDamage: what a crash leaves behind the last whole value is not
// pointed to by anything.
func TestTornTailIsNoDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	id, body := drop.NewEnvelopeID(), randomBytes(40<<10)
	if _, _, err := s.Put(ctx, deposit(id, body)); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name := newestLog(t, killed)
	end, _, err := cutOff(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(randomBytes(1000), end); err != nil {
		t.Fatal(err)
	}
	f.Close()
	readAll(t, killed, map[drop.EnvelopeID][]byte{id: body})
}

func newestLog(t *testing.T, dir string) string {
	t.Helper()
	names, err := filesOf(filepath.Join(dir, "badger"), ".vlog")
	if err != nil || len(names) == 0 {
		t.Fatalf("no value log: %v", err)
	}
	return names[len(names)-1]
}

func flip(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

func size(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func readAll(t *testing.T, dir string, letters map[drop.EnvelopeID][]byte) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, want := range letters {
		_, r, err := s.Open(ctx, deposit(id, nil).Mailbox, id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("a letter came back as %d bytes: %v", len(got), err)
		}
		r.Close()
	}
}
