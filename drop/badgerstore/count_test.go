package badgerstore

import (
	"path/filepath"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// A power cut in the middle of writing COUNT leaves the bound before it.
func TestTornCount(t *testing.T) {
	name := filepath.Join(t.TempDir(), countName)
	if err := createCount(name); err != nil {
		t.Fatal(err)
	}
	f, c, err := openCount(name)
	if err != nil || c != (count{}) {
		t.Fatal(c, err)
	}
	for n := range uint64(5) {
		if err := f.write(count{mark: n, records: 10 * n}); err != nil {
			t.Fatal(err)
		}
	}
	last := int64(f.generation%countSlots) * countSlot
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	reopen := func() (count, error) {
		f, c, err := openCount(name)
		if err == nil {
			f.close()
		}
		return c, err
	}
	if c, err := reopen(); err != nil || c != (count{4, 40}) {
		t.Fatal(c, err)
	}
	overwrite(t, name, last+10, []byte("torn"))
	if c, err := reopen(); err != nil || c != (count{3, 30}) {
		t.Fatal(c, err)
	}
	overwrite(t, name, countSlot-last+10, []byte("torn"))
	_, err = reopen()
	wantError(t, err, drop.ErrDamaged)
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
