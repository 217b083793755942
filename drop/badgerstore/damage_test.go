package badgerstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/transom-drop/transom/drop"
)

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
	overwrite(t, log, int64(bytes.Index(whole, ids[20][:])), make([]byte, 4))
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
		overwrite(t, name, 700, []byte("damage"))
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

// A damaged list of dead bytes has Badger look for a log for ever.
func TestDamagedDiscards(t *testing.T) {
	s := newStore(t, small)
	put(t, s, 10)
	for name, pairs := range map[string][]uint64{
		"a number too large":  {1, 500, 1<<40 + 7, 1 << 30},
		"a number twice":      {7, 500, 7, 1 << 30},
		"a log that is not":   {7, 1 << 30},
		"no end":              slices.Repeat([]uint64{7, 1 << 30}, 65536),
		"more than can be":    {1, 1 << 63},
		"nothing but a start": {1},
	} {
		dir := asKilled(t, s)
		var b []byte
		for _, n := range pairs {
			b = binary.BigEndian.AppendUint64(b, n)
		}
		list := filepath.Join(dir, badgerName, discardName)
		if err := os.WriteFile(list, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if len(pairs) > 1 {
			if err := os.Truncate(list, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		again, err := small.Open(dir)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if removed, err := again.Sweep(ctx, 32); err != nil || removed != 10 {
			t.Errorf("%s: removed %d, error %v", name, removed, err)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
