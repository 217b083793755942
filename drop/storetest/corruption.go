package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

// Corruption damages a store's files, one place at a time, and opens it again.
// Either all that was acknowledged reads right, or an error says that it does
// not: at open, or by whatever reads the damaged part. Nothing wrong or empty is
// ever handed out, and nothing acknowledged is ever "not found". The package
// calls [Main].
//
// The store was closed once and then killed, so that it has every kind of file.
// Each kind is damaged that many times, wherever it has bytes other than zero.
func Corruption(t *testing.T, open func(dir string) (drop.Store, error), times int) {
	dir := t.TempDir()
	a := newAccount()
	runWriter(t, dir, a, 600*time.Millisecond, false, false)
	runWriter(t, dir, a, 300*time.Millisecond, false, true)
	book, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("undamaged", func(t *testing.T) {
		if verdict, err := examine(t, dir, book, func(string) {}); err != nil || verdict != "unharmed" {
			t.Fatalf("%s, error %v", verdict, err)
		}
	})
	rnd := rand.New(rand.NewPCG(1, 2))
	for kind, files := range byKind(t, filepath.Join(dir, "store")) {
		t.Run(kind, func(t *testing.T) {
			tally := make(map[string]int)
			for range times {
				file := files[rnd.IntN(len(files))]
				var damage string
				verdict, err := examine(t, dir, book, func(store string) {
					damage = harm(t, rnd, filepath.Join(store, file))
				})
				if err != nil {
					t.Errorf("%s, %s: the process ended: %v", file, damage, err)
				} else if strings.HasPrefix(verdict, "wrong") {
					t.Errorf("%s, %s: %s", file, damage, verdict)
				}
				tally[verdict]++
			}
			t.Log(tally)
		})
	}
}

// examine has a child look at a copy of a store, once something has been done to
// the copy.
func examine(t *testing.T, dir string, book []byte, do func(store string)) (verdict string, err error) {
	trial, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(trial)
	copyTree(t, dir, trial)
	if err := os.WriteFile(filepath.Join(trial, "account"), book, 0o600); err != nil {
		t.Fatal(err)
	}
	do(filepath.Join(trial, "store"))
	out, err := child(t, "check", trial).Output()
	return strings.TrimSpace(string(out)), err
}

// byKind groups the files below a folder by the ends of their names.
func byKind(t *testing.T, dir string) map[string][]string {
	kinds := make(map[string][]string)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(bytes.Trim(data, "\x00")) == 0 {
			return err
		}
		name, err := filepath.Rel(dir, path)
		kind := filepath.Ext(name)
		if kind == "" {
			kind = filepath.Base(name)
		}
		kinds[kind] = append(kinds[kind], name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// harm damages a file where it has content, and says how.
func harm(t *testing.T, rnd *rand.Rand, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const block = 64
	var full []int // blocks that are not all zeros
	for i := 0; i < len(data); i += block {
		if len(bytes.Trim(data[i:min(i+block, len(data))], "\x00")) > 0 {
			full = append(full, i)
		}
	}
	from := full[rnd.IntN(len(full))]
	at := from + rnd.IntN(min(block, len(data)-from))
	var how string
	var b []byte
	switch rnd.IntN(4) {
	case 0, 1:
		how = "one bit flipped"
		b = []byte{data[at] ^ 1<<rnd.IntN(8)}
	case 2:
		how = "four bytes zeroed"
		b = make([]byte, min(4, len(data)-at))
	case 3:
		how = "a sector zeroed"
		at -= at % 512
		b = make([]byte, min(512, len(data)-at))
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s at %d of %d", how, at, len(data))
}

// checkDamaged opens a store that has been damaged and says what became of it.
func checkDamaged(dir string, open func(dir string) (drop.Store, error)) error {
	book, err := os.ReadFile(filepath.Join(dir, "account"))
	if err != nil {
		return err
	}
	var a account
	if err := json.Unmarshal(book, &a); err != nil {
		return err
	}
	s, err := open(filepath.Join(dir, "store"))
	if err != nil {
		fmt.Println("refused")
		return nil
	}
	defer s.Close()
	reported, err := readAll(s, &a)
	if err != nil {
		fmt.Println("wrong:", err)
		return nil
	}
	// Whatever a sweep does to a damaged store, it takes nothing away that could be
	// read before.
	_, sweepErr := s.Sweep(ctx, today+1)
	after, err := readAll(s, &a)
	switch {
	case err != nil:
		fmt.Println("wrong after a sweep:", err)
	case after > reported:
		fmt.Printf("wrong: %d errors before a sweep, %d after\n", reported, after)
	case reported > 0 || sweepErr != nil:
		fmt.Println("reported")
	default:
		fmt.Println("unharmed")
	}
	return nil
}

// readAll reads everything that was acknowledged, and counts what a store
// reports as damaged. It returns an error for what is wrong without a report.
func readAll(s drop.Store, a *account) (reported int, err error) {
	listed := make(map[string]bool)
	stats, listErr := list(s, kept, 100)
	if listErr != nil {
		reported++
	}
	for _, stat := range stats {
		listed[stat.ID.String()] = true
	}
	for text := range a.Put {
		id, err := drop.ParseEnvelopeID(text)
		if err != nil {
			return 0, err
		}
		if a.Erased[text] && listed[text] {
			return 0, errors.New("an erased envelope is back")
		}
		if a.Erasing[text] {
			continue
		}
		if listErr == nil && !listed[text] {
			return 0, errors.New("an acknowledged envelope is not listed")
		}
		switch err := checkBody(s, kept, id); {
		case errors.Is(err, drop.ErrDamaged):
			reported++
		case err != nil:
			return 0, fmt.Errorf("an acknowledged envelope: %w", err)
		}
	}
	switch err := checkCard(s, a); {
	case errors.Is(err, drop.ErrDamaged):
		reported++
	case err != nil:
		return 0, err
	}
	return reported, nil
}

// copyTree copies a folder. Runs of zeros become holes: logs are mostly that.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		return copyFile(path, filepath.Join(to, name))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	const block = 64 << 10
	zeros := make([]byte, block)
	for i := 0; i < len(data) && err == nil; i += block {
		if b := data[i:min(i+block, len(data))]; !bytes.Equal(b, zeros[:len(b)]) {
			_, err = f.WriteAt(b, int64(i))
		}
	}
	return errors.Join(err, f.Truncate(int64(len(data))), f.Close())
}
