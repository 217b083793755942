package vault

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
)

// firstVault returns a copy of testdata/first: a vault that was made before there
// were threads, with a drop and letters 1 (read, with a file), 2 (read) and 4
// (refused). Letter 3 was deleted.
func firstVault(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "vault")
	check(t, os.CopyFS(dir, os.DirFS("testdata/first")))
	check(t, os.MkdirAll(filepath.Join(dir, "incoming"), 0o700))
	return dir
}

// TestFirstVault opens a vault of the first version, and goes on with it.
func TestFirstVault(t *testing.T) {
	v := open(t, firstVault(t))
	for _, round := range []string{"as it was", "written by this version"} {
		letters := v.Letters()
		if len(letters) != 3 || len(v.Threads()) != 0 || len(v.Outbox()) != 0 {
			t.Fatalf("%s: %d letters, %d threads, %d in the outbox", round, len(letters), len(v.Threads()), len(v.Outbox()))
		}
		first, refused := letters[0], letters[2]
		if first.Number != 1 || !first.Read || first.Kind != letter.KindFirst || first.Thread != 0 || first.Sent || first.Orphan ||
			first.Files[0] != (File{"report.txt", 7}) || refused.Number != 4 || refused.Refused != "damaged" || refused.Kind != "" {
			t.Errorf("%s: letters are %+v", round, letters)
		}
		d, err := v.Drop("desk")
		check(t, err)
		if d.Root.Seed() != (keys.RootFromSeed([32]byte{1})).Seed() || d.Secret != (link.Secret{2}) ||
			d.Epochs[0].Seed != (envelope.SealingSeed{3}) || d.Desk != nil || !d.Replies || !d.Receipts || d.Delay != 0 {
			t.Errorf("%s: the drop is not as it was", round)
		}
		if !v.Known(d.Mailbox(), first.Envelope) || len(v.state.erased) != 1 || !v.Known(d.Mailbox(), v.state.erased[0].envelope) {
			t.Errorf("%s: it forgot what was collected", round)
		}
		found, err := v.Search(t.Context(), []string{"before there were"}, nil)
		if err != nil || len(found) != 1 || found[0].Number != 1 {
			t.Errorf("%s: found %+v, %v", round, found, err)
		}
		check(t, v.replaceJournal(&v.state))
		v = reopen(t, v)
	}
	d, err := v.Drop("desk")
	check(t, err)
	d.Desk, d.Receipts, d.Delay = keys.NewRoot(), false, 4
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "a letter with a thread")
	if l, err := v.Letter(5); err != nil || l.Thread != 5 {
		t.Errorf("the next letter is %+v, %v", l, err)
	}
	check(t, v.Mark([]int{1}, func(m *Marks) { m.Starred = true }))
	check(t, v.Delete(2))
	v = reopen(t, v)
	if got, err := v.Drop("desk"); err != nil || got.Desk.Seed() != d.Desk.Seed() || got.Receipts || !got.Replies || got.Delay != 4 {
		t.Errorf("the drop is %+v, %v", got, err)
	}
	if l, err := v.Letter(1); err != nil || !l.Starred {
		t.Errorf("letter 1 is %+v, %v", l, err)
	}
}
