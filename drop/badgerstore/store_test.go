package badgerstore

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/storetest"
)

// small has logs that rotate and tables that are compacted within a test.
var small = Options{testOnlyMemtable: 4 << 20, testOnlyValueLog: 1 << 20}

func newStore(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := o.Open(filepath.Join(t.TempDir(), "store"))
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
	storetest.Run(t, func(t *testing.T) drop.Store {
		s := newStore(t, small)
		t.Cleanup(func() { wantOwned(t, s) })
		return s
	})
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	var ids []drop.EnvelopeID
	for range 5 {
		s, err := small.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		more, _ := put(t, s, 20)
		ids = append(ids, more...)
		for _, id := range ids {
			if _, err := read(s, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFormat(t *testing.T) {
	filled := func(t *testing.T) string {
		dir := t.TempDir()
		s, err := small.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for name, test := range map[string]struct {
		change func(dir string) error
		want   error
	}{
		"a later format": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, formatName), []byte("transom badgerstore 2\n"), 0o600)
		}, drop.ErrFormat},
		"an empty FORMAT":   {func(dir string) error { return os.Truncate(filepath.Join(dir, formatName), 0) }, drop.ErrFormat},
		"no FORMAT":         {func(dir string) error { return os.Remove(filepath.Join(dir, formatName)) }, drop.ErrFormat},
		"no COUNT":          {func(dir string) error { return os.Remove(filepath.Join(dir, countName)) }, drop.ErrDamaged},
		"an empty COUNT":    {func(dir string) error { return os.Truncate(filepath.Join(dir, countName), 0) }, drop.ErrDamaged},
		"an older database": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, badgerName)) }, drop.ErrDamaged},
		"nothing":           {func(string) error { return nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			if err := test.change(dir); err != nil {
				t.Fatal(err)
			}
			s, err := small.Open(dir)
			if err == nil {
				defer s.Close()
			}
			wantError(t, err, test.want)
		})
	}
}

// A store that was never finished being made is made.
func TestHalfMade(t *testing.T) {
	for _, steps := range []int{0, 1, 2, 3} {
		dir := filepath.Join(t.TempDir(), "a", "b")
		inner := filepath.Join(dir, badgerName)
		var err error
		if steps > 0 {
			err = os.MkdirAll(inner, 0o700)
		}
		if steps > 1 {
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, countName), make([]byte, 100), 0o600))
		}
		if steps > 2 {
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, formatName+".new"), []byte("trans"), 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		put(t, s, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestModes(t *testing.T) {
	s := newStore(t, small)
	put(t, s, 1)
	dir := filepath.Dir(s.inner)
	for name, want := range map[string]fs.FileMode{
		".": fs.ModeDir | 0o700, badgerName: fs.ModeDir | 0o700, formatName: 0o600, countName: 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, error %v; want %v", name, info.Mode(), err, want)
		}
	}
}

func TestOpenTwice(t *testing.T) {
	s := newStore(t, small)
	put(t, s, 1)
	other, err := small.Open(filepath.Dir(s.inner))
	if err == nil {
		other.Close()
		t.Fatal("a store was opened twice")
	}
	if errors.Is(err, drop.ErrDamaged) || errors.Is(err, drop.ErrFormat) {
		t.Fatalf("error %v", err)
	}
	put(t, s, 1)
}

func TestClosed(t *testing.T) {
	s := newStore(t, small)
	ids, _ := put(t, s, 1)
	_, r, err := s.Open(ctx, drop.MailboxID{}, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.ReadAll(r); err == nil {
		t.Error("a reader outlives its store")
	}
	if _, _, err := s.Put(ctx, deposit(ids[0], nil)); err == nil {
		t.Error("Put after Close")
	}
	if _, err := s.Sweep(ctx, 5); err == nil {
		t.Error("Sweep after Close")
	}
}

// slowBody stops in the middle until it is let go on.
type slowBody struct {
	io.Reader
	at      int
	reached chan struct{}
	goOn    chan struct{}
}

func newSlowBody(body []byte, at int) *slowBody {
	return &slowBody{bytes.NewReader(body), at, make(chan struct{}), make(chan struct{})}
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.at <= 0 && b.reached != nil {
		close(b.reached)
		b.reached = nil
		<-b.goOn
	}
	n, err := b.Reader.Read(p[:min(len(p), 64<<10)])
	b.at -= n
	return n, err
}

// What a killed upload leaves is erased at open; what is still being uploaded
// is not erased by a sweep.
func TestUnfinishedUpload(t *testing.T) {
	s := newStore(t, small)
	id, body := drop.NewEnvelopeID(), randomBytes(4<<20)
	slow := newSlowBody(body, 3<<20)
	reached := slow.reached
	d := deposit(id, body)
	d.Body = slow
	done := make(chan error)
	go func() {
		_, _, err := s.Put(ctx, d)
		done <- err
	}()
	<-reached
	dir := asKilled(t, s)
	if kinds := countKinds(t, s); kinds["row"] < 2 || kinds["unowned"] != 1 || kinds["envelope"] != 0 {
		t.Fatalf("in the middle of an upload: %v", kinds)
	}
	if _, err := s.Sweep(ctx, 2); err != nil {
		t.Fatal(err)
	}
	close(slow.goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, id); err != nil || !bytes.Equal(got, body) {
		t.Fatalf("%d bytes, error %v", len(got), err)
	}
	wantOwned(t, s)

	killed, err := small.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer killed.Close()
	if kinds := countKinds(t, killed); kinds["row"]+kinds["unowned"]+kinds["envelope"] != 0 {
		t.Fatalf("after a kill in the middle of an upload: %v", kinds)
	}
}

// A sweep may find the note of an upload and act on it when the upload has ended
// and the body is owned.
func TestOwnedBodyIsNotErased(t *testing.T) {
	s := newStore(t, small)
	id, body := drop.NewEnvelopeID(), randomBytes(3<<20)
	mustPut(t, s, deposit(id, body))
	e, err := s.envelope(drop.MailboxID{}, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.eraseBody(e.body.key); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, id); err != nil || !bytes.Equal(got, body) {
		t.Fatalf("%d bytes, error %v", len(got), err)
	}
}

func countKinds(t *testing.T, s *Store) map[string]int {
	t.Helper()
	kinds := make(map[string]int)
	if err := Dump(s, func(r Record) error { kinds[r.Kind]++; return nil }); err != nil {
		t.Fatal(err)
	}
	return kinds
}

// What has been swept is gone from the files, and the room it took is free.
func TestSweepReclaims(t *testing.T) {
	s := newStore(t, small)
	canary := []byte("a canary that must not sing")
	body := append(bytes.Repeat(canary, 10), randomBytes(50000)...)
	for i := range 200 {
		d := deposit(drop.NewEnvelopeID(), body)
		if i%10 == 0 {
			d = deposit(drop.NewEnvelopeID(), randomBytes(50000))
			d.Expires = 400
		}
		mustPut(t, s, d)
	}
	before := diskUse(t, s, canary)
	removed, err := s.Sweep(ctx, 32)
	if err != nil || removed != 180 {
		t.Fatal(removed, err)
	}
	after := diskUse(t, s, canary)
	t.Logf("before %+v, after %+v", before, after)
	if before.canaries < 1500 || after.canaries > before.canaries/4 || after.bytes > before.bytes/2 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	stats, _, err := s.List(ctx, drop.MailboxID{}, nil, 1000)
	if err != nil || len(stats) != 20 {
		t.Fatal(len(stats), err)
	}
	for _, stat := range stats {
		if _, err := read(s, stat.ID); err != nil {
			t.Error(err)
		}
	}
}

type use struct{ bytes, canaries int }

// diskUse looks at all value logs but the newest, which cannot be collected.
func diskUse(t *testing.T, s *Store, canary []byte) (u use) {
	t.Helper()
	logs := files(t, filepath.Dir(s.inner), "*.vlog")
	for _, name := range logs[:len(logs)-1] {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		u.bytes += len(data)
		u.canaries += bytes.Count(data, canary)
	}
	return u
}

func TestDumpIsLiteral(t *testing.T) {
	s := newStore(t, small)
	mustPut(t, s, deposit(drop.EnvelopeID{0: 0xab}, []byte("sealed")))
	if err := s.Invite(ctx, [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutCard(ctx, drop.CardUpdate{Sealed: []byte("card"), Invitation: &[32]byte{1}, Day: 1}); err != nil {
		t.Fatal(err)
	}
	// docs/privacy.md prints this list. A field that is added here is a thing more
	// that the server knows.
	want := map[string]string{
		"envelope":   "mailbox, envelope, day, last day, withdraw hash, size, SHA-256, body, check",
		"expiry":     "last day, mailbox, envelope",
		"card":       "mailbox, day, size, SHA-256, body, check",
		"invitation": "hash, used, mailbox, check",
		"row":        "body, row, bytes",
		"mark":       "transactions, check",
	}
	got := make(map[string]string)
	err := Dump(s, func(r Record) error {
		var names []string
		for _, f := range r.Fields {
			names = append(names, f.Name)
		}
		got[r.Kind] = strings.Join(names, ", ")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind, fields := range want {
		if got[kind] != fields {
			t.Errorf("%s: %s; want %s", kind, got[kind], fields)
		}
		delete(got, kind)
	}
	if len(got) > 0 {
		t.Errorf("and %v", got)
	}
}
