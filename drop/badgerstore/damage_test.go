package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/transom-drop/transom/drop"
)

var ctx = context.Background()

func deposit(id drop.EnvelopeID, body []byte) drop.Deposit {
	return drop.Deposit{ID: id, Size: int64(len(body)), Day: 1, Expires: 31, Body: bytes.NewReader(body)}
}

func mustPut(t *testing.T, s *Store, d drop.Deposit) {
	t.Helper()
	if _, created, err := s.Put(ctx, d); err != nil || !created {
		t.Fatalf("created %v, error %v", created, err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v; want %v", err, want)
	}
}

func read(s *Store, id drop.EnvelopeID) ([]byte, error) {
	_, r, err := s.Open(ctx, drop.MailboxID{}, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// asKilled returns a copy of an open store's folder: what a kill at this moment
// would leave.
func asKilled(t *testing.T, s *Store) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(filepath.Dir(s.inner))); err != nil {
		t.Fatal(err)
	}
	return to
}

// files returns the store's files with an ending, in order.
func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, badgerName, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// overwrite writes bytes into the middle of a file.
func overwrite(t *testing.T, name string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s *Store, n int) (ids []drop.EnvelopeID, body []byte) {
	t.Helper()
	body = randomBytes(5000)
	for range n {
		id := drop.NewEnvelopeID()
		mustPut(t, s, deposit(id, body))
		ids = append(ids, id)
	}
	return ids, body
}

// Four zeroed bytes in a write-ahead log make Badger drop what follows without a
// word. The store refuses, and before anything has been cut off: the bytes put
// back, nothing is lost.
func TestDamagedLogIsRefusedUntouched(t *testing.T) {
	s := newStore(t, small)
	ids, body := put(t, s, 50)
	dir := asKilled(t, s)
	log := files(t, dir, "*.mem")[0]
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, log, 3000, make([]byte, 4))
	damaged, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = small.Open(dir)
		wantError(t, err, drop.ErrDamaged)
	}
	if now, err := os.ReadFile(log); err != nil || !bytes.Equal(now, damaged) {
		t.Fatalf("the log was changed: error %v", err)
	}

	lossy := t.TempDir()
	if err := os.CopyFS(lossy, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	overwrite(t, log, 0, whole)
	restored, err := small.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	for _, id := range ids {
		if got, err := read(restored, id); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%d bytes, error %v", len(got), err)
		}
	}
	testAcceptLoss(t, lossy, len(ids))
}

// An operator without a backup can go on with what is left.
func testAcceptLoss(t *testing.T, dir string, before int) {
	accepting := small
	accepting.AcceptLoss = true
	s, err := accepting.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	stats, _, err := s.List(ctx, drop.MailboxID{}, nil, 1000)
	if err != nil || len(stats) == 0 || len(stats) >= before {
		t.Fatalf("%d of %d are left, error %v", len(stats), before, err)
	}
	for _, stat := range stats {
		if _, err := read(s, stat.ID); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = small.Open(dir); err != nil {
		t.Fatalf("once accepted, a loss is reported again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A log that is gone altogether, the list of tables, or the whole database.
func TestMissingFiles(t *testing.T) {
	s := newStore(t, small)
	put(t, s, 10)
	for _, pattern := range []string{"*.mem", "MANIFEST", "*", ""} {
		dir := asKilled(t, s)
		for _, name := range files(t, dir, pattern) {
			if err := os.RemoveAll(name); err != nil {
				t.Fatal(err)
			}
		}
		_, err := small.Open(dir)
		wantError(t, err, drop.ErrDamaged)
	}
}

// Killed between making a log and giving it a size, Badger leaves an empty file,
// and would not open again.
func TestEmptyLogs(t *testing.T) {
	s := newStore(t, small)
	ids, _ := put(t, s, 10)
	dir := asKilled(t, s)
	for _, name := range []string{"00099.mem", "000099.vlog"} {
		if err := os.WriteFile(filepath.Join(dir, badgerName, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := small.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, id := range ids {
		if _, err := read(again, id); err != nil {
			t.Error(err)
		}
	}
}

// A table that is damaged while it is open is found by the next sweep, and keeps
// it from compacting the damage into a loss.
func TestSweepFindsDamagedTable(t *testing.T) {
	dir := t.TempDir()
	s, err := small.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, 50)
	if err := s.Close(); err != nil { // the memtable becomes a table
		t.Fatal(err)
	}
	if s, err = small.Open(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Sweep(ctx, 2); err != nil {
		t.Fatal(err)
	}
	tables := files(t, dir, "*.sst")
	if len(tables) == 0 {
		t.Fatal("there is no table to damage")
	}
	for _, name := range tables {
		overwrite(t, name, 700, make([]byte, 4))
	}
	for range 2 {
		_, err = s.Sweep(ctx, 2)
		wantError(t, err, drop.ErrDamaged)
	}
}

// A damaged body is reported to whoever reads it, and to nobody else: the store
// goes on taking others.
func TestDamagedBodyPoisonsNothing(t *testing.T) {
	s := newStore(t, small)
	ids, body := put(t, s, 3)
	large, largeBody := drop.NewEnvelopeID(), randomBytes(2<<20)
	mustPut(t, s, deposit(large, largeBody))
	for _, name := range files(t, filepath.Dir(s.inner), "*.vlog") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]byte{body, largeBody[3<<19:]} {
			if at := bytes.Index(data, part[:1000]); at >= 0 {
				overwrite(t, name, int64(at)+100, []byte("damage"))
			}
		}
	}
	var damaged int
	for _, id := range append(ids, large) {
		got, err := read(s, id)
		switch {
		case errors.Is(err, drop.ErrDamaged):
			damaged++
		case err != nil || !bytes.Equal(got, body):
			t.Fatalf("%d bytes, error %v", len(got), err)
		}
	}
	if damaged != 2 {
		t.Fatalf("%d bodies were found damaged; want one small and the large one", damaged)
	}
	put(t, s, 1)
	for _, id := range ids {
		if err := s.Erase(ctx, drop.MailboxID{}, id); err != nil {
			t.Fatal(err)
		}
	}
}

// Badger removes a value log once it has moved what is left in it, and takes a
// damaged entry for the end: what follows would be gone. The store looks first.
func TestSweepLeavesDamagedValueLog(t *testing.T) {
	s := newStore(t, small)
	body := randomBytes(20000)
	var ids []drop.EnvelopeID
	for i := range 200 {
		id := drop.NewEnvelopeID()
		d := deposit(id, body)
		if i%2 == 0 {
			d.Expires = 5
		} else {
			ids = append(ids, id)
		}
		mustPut(t, s, d)
	}
	logs := files(t, filepath.Dir(s.inner), "*.vlog")
	if len(logs) < 3 {
		t.Fatalf("only %d value logs", len(logs))
	}
	for _, name := range logs[:len(logs)-1] {
		overwrite(t, name, 1000, []byte("damage"))
	}
	removed, err := s.Sweep(ctx, 6)
	if removed != 100 {
		t.Fatalf("removed %d", removed)
	}
	wantError(t, err, drop.ErrDamaged)
	var whole int
	for _, id := range ids {
		if _, err := read(s, id); err == nil {
			whole++
		} else {
			wantError(t, err, drop.ErrDamaged)
		}
	}
	if whole < len(ids)-len(logs) {
		t.Fatalf("%d of %d can still be read", whole, len(ids))
	}
}

// The count is of everything that was acknowledged, and of no more than there is,
// whenever the process is killed.
func TestCountFollows(t *testing.T) {
	s := newStore(t, small)
	check := func(what string, records uint64) {
		t.Helper()
		if _, c := readCount(s.file.f); c.records != records || c.mark != s.now.mark {
			t.Fatalf("after %s: COUNT says %+v; want %d records, mark %d", what, c, records, s.now.mark)
		}
	}
	ids, _ := put(t, s, 5)
	check("deposits", 5)
	large := drop.NewEnvelopeID()
	mustPut(t, s, deposit(large, randomBytes(3<<20)))
	check("a large deposit", 6)
	if err := s.Invite(ctx, [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	check("an invitation", 7)
	for range 2 {
		if _, err := s.PutCard(ctx, drop.CardUpdate{Sealed: []byte("sealed"), Invitation: &[32]byte{1}, Day: 1}); err != nil {
			t.Fatal(err)
		}
		check("a card", 8)
	}
	if err := s.Erase(ctx, drop.MailboxID{}, ids[0]); err != nil {
		t.Fatal(err)
	}
	check("an erasure", 7)
	if removed, err := s.Sweep(ctx, 300); err != nil || removed != 6 {
		t.Fatal(removed, err)
	}
	put(t, s, 1)
	check("a sweep and a deposit", 2)
}
