package vault

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	for _, message := range []string{"one", "two", "three"} {
		keep(t, v, d, message, nil)
	}
	check(t, v.Mark([]int{1, 3}, func(m *Marks) {
		m.Starred = true
		m.Labels = append(m.Labels, "tax", "audit", "tax")
		m.Note = "ask the lawyer"
	}))
	check(t, v.MarkRead(2))
	check(t, v.Mark([]int{3}, func(m *Marks) { m.Read, m.Labels = true, nil }))
	check(t, v.Mark([]int{2}, func(m *Marks) { m.Read = false }))
	want := []Marks{
		{Starred: true, Labels: []string{"audit", "tax"}, Note: "ask the lawyer"},
		{},
		{Read: true, Starred: true, Note: "ask the lawyer"},
	}
	for _, round := range []string{"as written", "from the journal", "after writing it anew"} {
		for i, l := range v.Letters() {
			if got := (Marks{l.Read, l.Starred, l.Labels, l.Note}); !reflect.DeepEqual(got, want[i]) {
				t.Errorf("%s: letter %d has %+v, want %+v", round, l.Number, got, want[i])
			}
		}
		if round == "as written" {
			v = reopen(t, v)
		} else {
			check(t, v.replaceJournal(&v.state))
		}
	}
	// A list that was handed out doesn't change behind its owner's back.
	mine := v.Letters()[0].Labels
	check(t, v.Mark([]int{1}, func(m *Marks) { m.Labels[0] = "zzz" }))
	if !slices.Equal(mine, []string{"audit", "tax"}) {
		t.Errorf("labels changed to %v", mine)
	}
}

// TestMarkLimits: all letters are marked or none.
func TestMarkLimits(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	keep(t, v, d, "one", nil)
	end := v.log.end
	mustBe(t, v.Mark([]int{1, 2}, func(m *Marks) { m.Starred = true }), ErrNoLetter)
	for name, change := range map[string]func(*Marks){
		"an empty label": func(m *Marks) { m.Labels = []string{""} },
		"a long label":   func(m *Marks) { m.Labels = []string{strings.Repeat("x", MaxLabel+1)} },
		"a long note":    func(m *Marks) { m.Note = strings.Repeat("x", MaxNote+1) },
		"many labels": func(m *Marks) {
			for i := range MaxLabels + 1 {
				m.Labels = append(m.Labels, string(rune('a'+i)))
			}
		},
	} {
		if err := v.Mark([]int{1}, change); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	check(t, v.Mark([]int{1}, func(m *Marks) {}))
	if l, _ := v.Letter(1); l.Starred || v.log.end != end {
		t.Error("something was written")
	}
	check(t, v.Mark([]int{1}, func(m *Marks) {
		m.Labels, m.Note = []string{strings.Repeat("x", MaxLabel)}, strings.Repeat("x", MaxNote)
	}))
	reopen(t, v)
}

// TestMarkMany marks more letters than one frame is good for.
func TestMarkMany(t *testing.T) {
	_, v := newVault(t)
	var all []int
	for i := range manyMarks + 1 {
		v.state.letters = append(v.state.letters, Letter{Number: i + 1})
		all = append(all, i+1)
	}
	v.state.next = len(all) + 1
	check(t, v.replaceJournal(&v.state))
	check(t, v.Mark(all, func(m *Marks) { m.Labels = []string{"export"} }))
	v = reopen(t, v)
	for _, l := range v.Letters() {
		if !slices.Equal(l.Labels, []string{"export"}) || l.Number < 1 {
			t.Fatalf("letter %d has %v", l.Number, l.Labels)
		}
	}
}

// TestNoteIsGone: what was written about a source and taken back is not kept in
// older frames.
func TestNoteIsGone(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	keep(t, v, d, "one", nil)
	check(t, v.Mark([]int{1}, func(m *Marks) { m.Note = "it is the accountant" }))
	if !bytes.Contains(plaintext(t, v), []byte("accountant")) {
		t.Fatal("the test doesn't see notes")
	}
	check(t, v.Mark([]int{1}, func(m *Marks) { m.Note = "" }))
	if bytes.Contains(plaintext(t, v), []byte("accountant")) {
		t.Error("the note is still in the journal")
	}
}
