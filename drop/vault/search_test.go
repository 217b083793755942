package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/transom-drop/transom/crypto/letter"
)

func searchFor(t testing.TB, v *Vault, words ...string) []int {
	t.Helper()
	found, err := v.Search(t.Context(), words, nil)
	check(t, err)
	var all []int
	for _, f := range found {
		all = append(all, f.Number)
	}
	return all
}

func TestSearch(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	keep(t, v, d, "The quarterly\nnumbers were CHANGED after the audit.", nil)
	keep(t, v, d, "see the file", map[string]string{"Bilanz Straße.pdf": "numbers inside are not searched"})
	s := newSender(d)
	m := s.meta(letter.KindFirst)
	m.Answers = map[string]string{"q1": "the department of ΣΊΣΥΦΟΣ", "q2": "5"}
	keepMeta(t, v, d, m, "", true)
	reply(t, v, 3, "We have printed it: \u212Aelvin, Привет")
	check(t, v.Mark([]int{2}, func(m *Marks) { m.Labels, m.Note = []string{"tax"}, "ask  the\nlawyer" }))
	for _, round := range []string{"first", "again", "after opening again"} {
		for _, c := range []struct {
			words []string
			want  []int
		}{
			{[]string{"numbers"}, []int{1}}, // content of files isn't searched
			{[]string{"QUARTERLY numbers"}, []int{1}},
			{[]string{"audit", "changed"}, []int{1}},
			{[]string{"audit", "file"}, nil},
			{[]string{"the"}, []int{1, 2, 3}},
			{[]string{"STRAßE"}, []int{2}},
			{[]string{"straẞe"}, []int{2}}, // U+1E9E folds to ß
			{[]string{"σίσυφος"}, []int{3}},
			{[]string{"kelvin", "ПРИВЕТ"}, []int{4}},
			{[]string{"tax", "file", "lawyer"}, []int{2}},
			{[]string{"ask the lawyer"}, []int{2}},
			{[]string{"inside"}, nil},
			{[]string{"audit. see"}, nil},
			{[]string{" ", ""}, nil},
			{nil, nil},
		} {
			if got := searchFor(t, v, c.words...); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q is found in %v, want %v", round, c.words, got, c.want)
			}
		}
		if round == "again" {
			v = reopen(t, v)
		}
	}
}

func TestExcerpt(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	for message, want := range map[string]string{
		"short and\n\tneedle": "short and needle",
		strings.Repeat("x", 100) + " needle " + strings.Repeat("y", 300): "…" + strings.Repeat("x", 39) + " needle " + strings.Repeat("y", 153) + "…",
		// Folding makes the first shorter and the second longer.
		strings.Repeat("\u212A", 100) + "Needle": "…" + strings.Repeat("\u212A", 40) + "Needle",
		strings.Repeat("\u023A", 100) + "Needle": "…" + strings.Repeat("\u023A", 40) + "Needle",
	} {
		l := keep(t, v, d, message, nil)
		for range 2 {
			found, err := v.Search(t.Context(), []string{"NEEDLE"}, nil)
			check(t, err)
			if len(found) != 1 || found[0].Number != l.Number || found[0].UntrustedExcerpt != want {
				t.Errorf("found %+v, want %q", found, want)
			}
		}
		check(t, v.Delete(l.Number))
	}
	l := keep(t, v, d, "about something else", nil)
	check(t, v.Mark([]int{l.Number}, func(m *Marks) { m.Note = "needle" }))
	if found, err := v.Search(t.Context(), []string{"needle"}, nil); err != nil || found[0].UntrustedExcerpt != "about something else" {
		t.Errorf("found %+v, %v", found, err)
	}
}

// TestSearchIsAdded: each letter is opened for it once, and what an interrupted
// search has added stays.
func TestSearchIsAdded(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	for i := range 10 {
		keep(t, v, d, fmt.Sprintf("needle %d", i), nil)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var told []string
	progress := func(done, total int) {
		told = append(told, fmt.Sprintf("%d/%d", done, total))
		if done == 4 {
			cancel()
		}
	}
	if _, err := v.Search(ctx, []string{"needle"}, progress); !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted search got %v", err)
	}
	told = nil
	if got := searchFor(t, v, "needle"); len(got) != 10 {
		t.Errorf("found %v", got)
	}
	keep(t, v, d, "needle 10", nil)
	_, err := v.Search(t.Context(), []string{"needle"}, progress)
	check(t, err)
	if !slices.Equal(told, []string{"0/1", "1/1"}) {
		t.Errorf("progress was %v", told)
	}
}

// texts returns what stands in the file, by number.
func textsOf(t testing.TB, v *Vault) map[int]string {
	t.Helper()
	all := map[int]string{}
	f, err := os.Open(v.textsPath())
	check(t, err)
	defer f.Close()
	_, err = readTexts(f, v.key, func(number int, text []byte) {
		if _, twice := all[number]; twice {
			t.Errorf("letter %d is there twice", number)
		}
		all[number] = string(text)
	})
	check(t, err)
	return all
}

// TestSearchLeavesNoText: nothing that can be searched is readable on the disk, and
// of a deleted letter nothing is left that the vault's key opens.
func TestSearchLeavesNoText(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	keep(t, v, d, "a canary that stays", nil)
	gone := keep(t, v, d, "a canary that goes", map[string]string{"canaryfile": "x"})
	searchFor(t, v, "canary")
	check(t, os.WriteFile(v.textsPath()+".new", []byte("left by a crash"), 0o600))
	if got := textsOf(t, v); len(got) != 2 || !strings.Contains(got[2], "canaryfile") {
		t.Fatalf("the texts are %v", got)
	}
	check(t, v.Delete(gone.Number))
	if got := textsOf(t, v); len(got) != 1 || !strings.Contains(got[1], "stays") {
		t.Errorf("the texts are %v", got)
	}
	check(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		check(t, err)
		if strings.HasSuffix(path, ".new") {
			t.Errorf("%s is left", path)
		}
		if info.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		check(t, err)
		for _, text := range []string{"canary", "goes", "stays"} {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s can be read in %s", text, path)
			}
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	}))
	if got := searchFor(t, v, "canary"); !slices.Equal(got, []int{1}) {
		t.Errorf("found %v", got)
	}
	// Half a file that a crash left goes too when there is no whole one.
	check(t, os.Rename(v.textsPath(), v.textsPath()+".new"))
	check(t, v.Delete(1))
	if _, err := os.Stat(v.textsPath() + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file is left: %v", err)
	}
}

// TestDamagedTexts: whatever happens to the file, the search is right.
func TestDamagedTexts(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	for i := range 3 {
		keep(t, v, d, fmt.Sprintf("needle %d", i), nil)
		searchFor(t, v, "needle") // a frame each
	}
	whole, err := os.ReadFile(v.textsPath())
	check(t, err)
	damaged := [][]byte{nil, []byte("transom texts 1\n"), whole[:len(whole)-1], append(bytes.Clone(whole), 1, 2, 3), append(bytes.Clone(whole), make([]byte, 100)...)}
	for i := 0; i < len(whole); i += 3 {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		damaged = append(damaged, flipped)
	}
	for i, data := range damaged {
		check(t, os.WriteFile(v.textsPath(), data, 0o600))
		for range 2 {
			if got := searchFor(t, v, "needle"); !slices.Equal(got, []int{1, 2, 3}) {
				t.Fatalf("damage %d: found %v", i, got)
			}
		}
		if got := textsOf(t, v); len(got) != 3 {
			t.Fatalf("damage %d: the texts are %v", i, got)
		}
	}
	check(t, os.Remove(v.textsPath()))
	if got := searchFor(t, v, "needle"); len(got) != 3 {
		t.Errorf("found %v", got)
	}
}

// TestSearchReading: a vault that is only read is searched too, and not written.
func TestSearchReading(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	keep(t, v, d, "needle", nil)
	for _, there := range []bool{false, true} {
		r, err := Open(dir, passphrase, Options{ReadOnly: true})
		check(t, err)
		if got := searchFor(t, r, "needle"); len(got) == 0 {
			t.Errorf("found %v", got)
		}
		if _, err := os.Stat(v.textsPath()); (err == nil) != there {
			t.Errorf("the file is there: %v", err)
		}
		searchFor(t, v, "needle")
		keep(t, v, d, "needle", nil)
	}
}

// TestSearchDamagedLetter: one letter that can't be opened holds nothing up.
func TestSearchDamagedLetter(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	l := keep(t, v, d, "needle", nil)
	keep(t, v, d, "needle", nil)
	check(t, v.Mark([]int{1}, func(m *Marks) { m.Labels = []string{"label"} }))
	check(t, os.Remove(v.envelopePath(l.Mailbox, l.Envelope)))
	found, err := v.Search(t.Context(), []string{"needle"}, nil)
	if len(found) != 1 || found[0].Number != 2 || !errors.Is(err, ErrDamaged) {
		t.Errorf("found %+v, %v", found, err)
	}
	if found, err := v.Search(t.Context(), []string{"label"}, nil); len(found) != 1 || !errors.Is(err, ErrDamaged) {
		t.Errorf("found %+v, %v", found, err)
	}
}

func FuzzTexts(f *testing.F) {
	var key vaultKey
	var buf bytes.Buffer
	check(f, textsForm.write(&buf, key, func(yield func([]byte) bool) {
		_ = yield(encodeText(1, "one")) && yield(append(encodeText(2, "two"), encodeText(3, "three")...))
	}))
	f.Add(buf.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := readTexts(bytes.NewReader(data), key, func(int, []byte) {})
		if err != nil || log != nil && log.end > int64(len(data)) {
			t.Fatalf("%v; the texts end at %d of %d bytes", err, log.end, len(data))
		}
	})
}

// FuzzFold: texts that are equal but for their case fold to the same, character
// for character.
func FuzzFold(f *testing.F) {
	f.Add("Straße", "STRAẞE")
	f.Add("K\u017F", "\u212As")
	f.Add("\xff", "\uFFFD")
	f.Fuzz(func(t *testing.T, a, b string) {
		foldA, foldB := fold(nil, []byte(a)), fold(nil, []byte(b))
		if utf8.RuneCount(foldA) != utf8.RuneCountInString(a) {
			t.Errorf("%q is folded to %q", a, foldA)
		}
		if utf8.ValidString(a) && utf8.ValidString(b) && strings.EqualFold(a, b) != bytes.Equal(foldA, foldB) {
			t.Errorf("%q and %q are folded to %q and %q", a, b, foldA, foldB)
		}
		if again := fold(nil, foldA); !bytes.Equal(again, foldA) {
			t.Errorf("%q is folded twice to %q", foldA, again)
		}
		if at := bytes.Index(foldA, foldB); at >= 0 && a != "" {
			excerpt([]byte(a), foldA, at)
		}
	})
}
