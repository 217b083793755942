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
