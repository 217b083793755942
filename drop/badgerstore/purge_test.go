package badgerstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// canary is an envelope or a card whose bytes are looked for in the files.
type canary struct {
	what  string
	id    drop.EnvelopeID
	body  []byte
	proof [32]byte
}

// marks are pieces of a canary that must be found while it is stored, and not
// after: of its body's beginning, middle and end, and of its record.
func (c canary) marks() map[string][]byte {
	hash := sha256.Sum256(c.body)
	n := len(c.body)
	marks := map[string][]byte{"beginning": c.body[:20], "middle": c.body[n/2 : n/2+20], "end": c.body[n-20:], "SHA-256": hash[:]}
	if c.id != (drop.EnvelopeID{}) {
		marks["ID"], marks["withdraw hash"] = c.id[:], c.proof[:]
	}
	return marks
}

// inFiles reads a whole data folder and returns which marks of the canaries are
// in it, and where.
func inFiles(t *testing.T, dir string, canaries []canary) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // flushed meanwhile
		}
		for _, c := range canaries {
			for what, mark := range c.marks() {
				if bytes.Contains(b, mark) {
					found = append(found, fmt.Sprintf("the %s of %s in %s", what, c.what, filepath.Base(path)))
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func (c canary) put(t *testing.T, s *Store, expires drop.Day) {
	t.Helper()
	d := deposit(c.id, c.body)
	d.Withdraw, d.Expires = c.proof, expires
	mustPut(t, s, d)
}

func newCanary(what string, size int) canary {
	return canary{what, drop.NewEnvelopeID(), randomBytes(size), [32]byte(randomBytes(32))}
}

// eraseInEveryWay puts canaries among others' letters, and erases each in another
// way.
func eraseInEveryWay(t *testing.T, s *Store) (gone []canary, left map[drop.EnvelopeID][]byte) {
	t.Helper()
	left = map[drop.EnvelopeID][]byte{}
	others := func() {
		ids, body := put(t, s, 15)
		for _, id := range ids {
			left[id] = body
		}
		large := newCanary("another", 2<<20)
		large.put(t, s, 31)
		left[large.id] = large.body
	}
	erased, withdrawn, expired, tiny := newCanary("what was erased", 40<<10), newCanary("what was withdrawn", 3<<20), newCanary("what expired", 34<<10), newCanary("a tiny one", 500)
	first, second := canary{what: "the first card", body: randomBytes(5000)}, randomBytes(5000)
	others()
	for i, c := range []canary{erased, withdrawn, expired, tiny} {
		c.put(t, s, drop.Day(5+20*(i&1)))
		others()
	}
	publish := func(sealed []byte, replaces *[32]byte) {
		if _, err := s.PutCard(ctx, drop.CardUpdate{Sealed: sealed, Replaces: replaces, Day: 5}); err != nil {
			t.Fatal(err)
		}
	}
	publish(first.body, nil)
	others()
	gone = []canary{erased, withdrawn, expired, tiny, first}
	for _, c := range gone {
		if n := len(inFiles(t, filepath.Dir(s.inner), []canary{c})); n < len(c.marks()) {
			t.Fatalf("of %s only %d marks are found while it is there: this test sees nothing", c.what, n)
		}
	}
	hash := sha256.Sum256(first.body)
	publish(second, &hash)
	for _, err := range []error{
		s.Erase(ctx, drop.MailboxID{}, erased.id),
		s.Withdraw(ctx, drop.MailboxID{}, withdrawn.id, withdrawn.proof),
		s.Erase(ctx, drop.MailboxID{}, tiny.id),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return gone, left
}

// expireOnly sweeps without the purge at its end.
func expireOnly(t *testing.T, s *Store, today drop.Day) {
	t.Helper()
	if n, err := s.sweepEnvelopes(ctx, today); n == 0 || err != nil {
		t.Fatalf("%d expired, %v", n, err)
	}
}

func wantLeft(t *testing.T, s *Store, left map[drop.EnvelopeID][]byte) {
	t.Helper()
	for id, body := range left {
		if got, err := read(s, id); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("another's letter: %d bytes, %v", len(got), err)
		}
	}
}

// wantPurged waits until a store owes nothing.
func wantPurged(t *testing.T, s *Store) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); s.owed.Load(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what was erased is still owed")
		}
	}
}

// TestErasedFromFiles erases, withdraws, lets expire and replaces. Within the
// time that a store is given nothing of it is in any of its files, and all else
// reads as it was sent.
func TestErasedFromFiles(t *testing.T) {
	for name, o := range map[string]Options{"small": small, "as shipped": {}} {
		t.Run(name, func(t *testing.T) {
			o.testOnlyPurge = 300 * time.Millisecond
			s := newStore(t, o)
			gone, left := eraseInEveryWay(t, s)
			expireOnly(t, s, 6)
			wantPurged(t, s)
			if found := inFiles(t, filepath.Dir(s.inner), gone); len(found) > 0 {
				t.Errorf("still there: %q", found)
			}
			if _, err := os.Stat(s.erasedFile()); err != nil {
				t.Error(err)
			}
			wantLeft(t, s, left)
			wantOwned(t, s)
		})
	}
}

// TestErasedAfterRestart: a store that ended before its purge remembers that it
// owes one, also when the power went and with it what Badger knew of dead bytes;
// and it remembers nothing else.
func TestErasedAfterRestart(t *testing.T) {
	s := newStore(t, small)
	gone, left := eraseInEveryWay(t, s)
	expireOnly(t, s, 6)
	if !s.owed.Load() {
		t.Fatal("nothing is owed")
	}
	flushed := func() {
		if err := s.do(&op{alone: func() error { _, err := s.flush(); return err }}); err != nil {
			t.Fatal(err)
		}
		if err := s.db.Flatten(1); err != nil {
			t.Fatal(err)
		}
	}
	kills := map[string]string{"killed at once": asKilled(t, s)}
	flushed()
	kills["killed after a compaction"] = asKilled(t, s)
	kills["power cut after a compaction"] = asKilled(t, s)
	if err := os.Truncate(filepath.Join(kills["power cut after a compaction"], badgerName, discardName), 0); err != nil {
		t.Fatal(err)
	}
	for what, dir := range kills {
		t.Run(what, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(dir, erasedName)); err == nil {
				t.Fatal("the debt is not noted")
			}
			s, err := small.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if found := inFiles(t, dir, gone); len(found) == 0 {
				t.Fatal("nothing was left: this test sees nothing")
			}
			if _, err := s.Sweep(ctx, 6); err != nil {
				t.Fatal(err)
			}
			if s.owed.Load() {
				t.Error("still owed")
			}
			if found := inFiles(t, dir, gone); len(found) > 0 {
				t.Errorf("still there: %q", found)
			}
			wantLeft(t, s, left)
		})
	}
}

// TestPurgeUnderReaders: whoever reads or lists while a purge runs neither keeps
// erased bytes in the files nor sees anything wrong.
func TestPurgeUnderReaders(t *testing.T) {
	s := newStore(t, small)
	gone, left := eraseInEveryWay(t, s)
	stop := make(chan struct{})
	done := make(chan error, 4)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				if _, _, err := s.List(ctx, drop.MailboxID{}, nil, 1000); err != nil {
					done <- err
					return
				}
				for id, body := range left {
					if got, err := read(s, id); err != nil || !bytes.Equal(got, body) {
						done <- fmt.Errorf("%d bytes, %w", len(got), err)
						return
					}
					break
				}
			}
		}()
	}
	for tries := 0; s.owed.Load(); tries++ {
		if _, err := s.Sweep(ctx, 6); err != nil || tries == 5 {
			t.Errorf("after %d purges: %v", tries, err)
			break
		}
	}
	close(stop)
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if found := inFiles(t, filepath.Dir(s.inner), gone); len(found) > 0 {
		t.Errorf("still there: %q", found)
	}
}

// TestNothingOwed: a store that erased nothing does nothing, and says so.
func TestNothingOwed(t *testing.T) {
	s := newStore(t, small)
	put(t, s, 50)
	before := files(t, filepath.Dir(s.inner), "*")
	if _, err := s.Sweep(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if s.owed.Load() || !slices.Equal(files(t, filepath.Dir(s.inner), "*"), before) {
		t.Error("a purge where nothing was erased")
	}
	if b, err := os.ReadFile(s.erasedFile()); string(b) != erasedText || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// TestPurgesDoNotPileUp: purge after purge, the files stay as few and as large as
// what is in them needs.
func TestPurgesDoNotPileUp(t *testing.T) {
	s := newStore(t, Options{})
	rnd := rand.New(rand.NewPCG(1, 1))
	var ids []drop.EnvelopeID
	for range 30 {
		more, _ := put(t, s, 20)
		ids = append(ids, more...)
		for range 10 {
			i := rnd.IntN(len(ids))
			if err := s.Erase(ctx, drop.MailboxID{}, ids[i]); err != nil {
				t.Fatal(err)
			}
			ids = slices.Delete(ids, i, i+1)
		}
		if _, err := s.Sweep(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if s.owed.Load() {
			t.Error("still owed")
		}
	}
	if n := len(files(t, filepath.Dir(s.inner), "*")); n > 15 {
		t.Errorf("%d files for %d letters: %q", n, len(ids), files(t, filepath.Dir(s.inner), "*"))
	}
	room, err := Room(filepath.Dir(s.inner))
	free, _ := freeBytes(s.inner)
	if used := room - free; err != nil || used > 20<<20 {
		t.Errorf("%d bytes on the disk for %d letters, %v", used, len(ids), err)
	}
}

// TestDiscards: the list that is worked out anew says of every log what Badger's
// own says, and Badger reads it.
func TestDiscards(t *testing.T) {
	dead := map[uint64]uint64{}
	for i := range uint64(70_000) { // more than fit into the size that Badger begins with
		dead[i+1] = i
	}
	dir := t.TempDir()
	if err := writeDiscards(dir, dead); err != nil {
		t.Fatal(err)
	}
	got, err := readDiscards(dir)
	if err != nil || len(got) != len(dead) || got[70_000] != 69_999 {
		t.Errorf("%d logs, %v", len(got), err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, discardName))
	if n := binary.BigEndian.Uint64(b); n != 1 {
		t.Errorf("the first is log %d: Badger looks them up by halving", n)
	}
}

// TestFillerAfterKill: what a purge has written for its own ends does not outlive
// the process for long.
func TestFillerAfterKill(t *testing.T) {
	s := newStore(t, small)
	ids, _ := put(t, s, 2)
	if err := s.Erase(ctx, drop.MailboxID{}, ids[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(txn *badger.Txn) error {
		return errors.Join(txn.Set([]byte{kindFiller, 0, 7}, make([]byte, fillerSize)), txn.Set([]byte{kindScratch}, nil))
	}); err != nil {
		t.Fatal(err)
	}
	kinds := func(s *Store) map[string]int {
		n := map[string]int{}
		if err := Dump(s, func(r Record) error { n[r.Kind]++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := kinds(s); n["filler"] != 1 || n["scratch"] != 1 {
		t.Fatalf("%v", n)
	}
	again, err := small.Open(asKilled(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := kinds(again); n["filler"]+n["scratch"] != 0 || n["envelope"] != 1 {
		t.Errorf("%v", n)
	}
	if err := s.eraseFiller(); err != nil {
		t.Error(err)
	}
}
