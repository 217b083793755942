package vault

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/letter"
)

// letterOf writes a letter, unsealed.
func letterOf(t testing.TB, message string, files ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := letter.NewWriter(&buf)
	check(t, w.Meta(letter.Meta{Kind: letter.KindFirst, Seq: 1}))
	check(t, w.Message(message))
	for _, name := range files {
		check(t, w.File(name, int64(len(name)), strings.NewReader(name)))
	}
	check(t, w.Close())
	return buf.Bytes()
}

func reader(data []byte) func() (*letter.Reader, io.Closer, error) {
	return func() (*letter.Reader, io.Closer, error) {
		return letter.NewReader(bytes.NewReader(data)), io.NopCloser(nil), nil
	}
}

func content(t testing.TB, data []byte) *Content {
	t.Helper()
	r, _, _ := reader(data)()
	c, err := ReadContent(r)
	check(t, err)
	return c
}

func names(t testing.TB, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestSaveNew(t *testing.T) {
	data := letterOf(t, "hi", "a.txt", "message.txt")
	parent := t.TempDir()
	dir := filepath.Join(parent, "new")
	saved, err := content(t, data).Save(dir, reader(data))
	check(t, err)
	want := []string{"message.txt", "a.txt", "message-2.txt"}
	for i, s := range saved {
		if s.Path != filepath.Join(dir, want[i]) {
			t.Errorf("saved %s, want %s", s.Path, want[i])
		}
	}
	if got := names(t, parent); !slices.Equal(got, []string{"new"}) {
		t.Errorf("beside it is %v", got)
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v", info.Mode())
	}
}

// TestSaveIntoOthers: nothing that is there is touched, whatever it is.
func TestSaveIntoOthers(t *testing.T) {
	data := letterOf(t, "hi", "a.txt", "b.txt", "c.txt")
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	check(t, os.WriteFile(filepath.Join(dir, "A.TXT"), []byte("mine"), 0o600))
	check(t, os.Symlink(outside, filepath.Join(dir, "b.txt")))
	check(t, os.Mkdir(filepath.Join(dir, "c.txt"), 0o700))
	saved, err := content(t, data).Save(dir, reader(data))
	check(t, err)
	var got []string
	for _, s := range saved {
		got = append(got, filepath.Base(s.Path))
	}
	if want := []string{"message.txt", "a-2.txt", "b-2.txt", "c-2.txt"}; !slices.Equal(got, want) {
		t.Errorf("saved %v, want %v", got, want)
	}
	if mine, _ := os.ReadFile(filepath.Join(dir, "A.TXT")); string(mine) != "mine" {
		t.Error("a file was replaced")
	}
	if _, err := os.Lstat(outside); !errors.Is(err, os.ErrNotExist) {
		t.Error("a link was followed")
	}
}

// TestSaveFailure: when writing fails in the middle, nothing is left.
func TestSaveFailure(t *testing.T) {
	data := letterOf(t, "hi", "a.txt", "b.txt")
	c := content(t, data)
	broken := errors.New("the disk has failed")
	for name, open := range map[string]func() (*letter.Reader, io.Closer, error){
		"broken in the middle": func() (*letter.Reader, io.Closer, error) {
			return letter.NewReader(io.MultiReader(bytes.NewReader(data[:2600]), &failing{broken})), io.NopCloser(nil), nil
		},
		"cut at the end": reader(data[:len(data)-512]),
		"another letter": reader(letterOf(t, "hi", "a.txt", "b.txt", "c.txt")),
		"not opened":     func() (*letter.Reader, io.Closer, error) { return nil, nil, broken },
	} {
		parent, existing := t.TempDir(), t.TempDir()
		if _, err := c.Save(filepath.Join(parent, "new"), open); err == nil {
			t.Errorf("%s: saved into a new folder", name)
		}
		if got := names(t, parent); got != nil {
			t.Errorf("%s: %v is left", name, got)
		}
		check(t, os.WriteFile(filepath.Join(existing, "a.txt"), []byte("mine"), 0o600))
		if _, err := c.Save(existing, open); err == nil {
			t.Errorf("%s: saved into a folder", name)
		}
		if got := names(t, existing); !slices.Equal(got, []string{"a.txt"}) {
			t.Errorf("%s: %v is left", name, got)
		}
	}
}

// TestSaveRace: what comes into the folder while we write into it isn't touched.
func TestSaveRace(t *testing.T) {
	data := letterOf(t, "hi", "a.txt")
	dir := t.TempDir()
	mine := filepath.Join(dir, "a.txt")
	_, err := content(t, data).Save(dir, func() (*letter.Reader, io.Closer, error) {
		check(t, os.WriteFile(mine, []byte("mine"), 0o600))
		return reader(data)()
	})
	if !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(mine); string(got) != "mine" || len(names(t, dir)) != 1 {
		t.Errorf("it holds %q; in the folder is %v", got, names(t, dir))
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestReadContentToTheEnd: a letter whose end is wrong has no content.
func TestReadContentToTheEnd(t *testing.T) {
	data := letterOf(t, "hi", "a.txt")
	data[len(data)-1] = 1
	if c, err := ReadContent(letter.NewReader(bytes.NewReader(data))); c != nil || !errors.Is(err, letter.ErrTrailing) {
		t.Errorf("got %v, %v", c, err)
	}
}
