package main

import (
	"slices"
	"strconv"
	"testing"

	"github.com/spf13/cobra"
)

// TestGroups: every command stands under a heading, except those that are about
// the program itself, and each once.
func TestGroups(t *testing.T) {
	var unsorted []string
	for _, c := range (&app{}).root().Commands() {
		if c.GroupID == "" {
			unsorted = append(unsorted, c.Name())
		}
	}
	if want := []string{"version"}; !slices.Equal(unsorted, want) {
		t.Errorf("under no heading are %v, want %v", unsorted, want)
	}
	for _, c := range (&app{}).root().Commands() {
		if c.Long == "" || c.Short == "" {
			t.Errorf("%s says nothing of itself", c.Name())
		}
	}
}

func TestPages(t *testing.T) {
	for _, c := range []struct {
		page, limit int
		all         bool
		n           int
		from, to    int
		fails       bool
	}{
		{page: 1, limit: 50, n: 0},
		{page: 1, limit: 50, n: 1, to: 1},
		{page: 1, limit: 50, n: 50, to: 50},
		{page: 1, limit: 50, n: 51, from: 1, to: 51},
		{page: 2, limit: 50, n: 51, to: 1},
		{page: 2, limit: 50, n: 100, to: 50},
		{page: 2, limit: 50, n: 50, fails: true},
		{page: 1 << 40, limit: 1 << 40, n: 50, fails: true},
		{page: 1, limit: 1<<63 - 1, n: 50, to: 50},
		{page: 9, limit: 1, all: true, n: 50, to: 50},
	} {
		p := &pages{page: c.page, limit: c.limit, all: c.all}
		from, to, err := p.of(c.n)
		if from != c.from || to != c.to || (err != nil) != c.fails {
			t.Errorf("%+v: %d to %d, %v", c, from, to, err)
		}
	}
}

func TestPagesJSON(t *testing.T) {
	for _, c := range []struct {
		args   []string
		asJSON bool
		all    bool
		fails  bool
	}{
		{nil, false, false, false},
		{nil, true, true, false},
		{[]string{"--page", "2"}, true, false, false},
		{[]string{"--limit", "9"}, true, false, false},
		{[]string{"--all"}, false, true, false},
		{[]string{"--all", "--limit", "9"}, false, true, true},
		{[]string{"--page", "0"}, false, false, true},
		{[]string{"--limit", "-1"}, false, false, true},
	} {
		var p pages
		cmd := &cobra.Command{}
		p.add(cmd)
		if err := cmd.ParseFlags(c.args); err != nil {
			t.Fatal(err)
		}
		if err := p.check(cmd, c.asJSON); p.all != c.all || (err != nil) != c.fails {
			t.Errorf("%v, JSON %v: all %v, %v", c.args, c.asJSON, p.all, err)
		}
	}
}

func TestReplyArguments(t *testing.T) {
	for _, c := range []struct {
		args    []string
		dash    int
		numbers []int
		paths   []string
	}{
		{[]string{"7"}, -1, []int{7}, nil},
		{[]string{"7", "a.pdf"}, -1, []int{7}, []string{"a.pdf"}},
		{[]string{"7", "9", "a.pdf", "12"}, -1, []int{7, 9}, []string{"a.pdf", "12"}},
		{[]string{"7", "12"}, 1, []int{7}, []string{"12"}},
		{[]string{"7", "9"}, 2, []int{7, 9}, nil},
		{[]string{"a.pdf"}, -1, nil, nil},
		{[]string{"a.pdf"}, 0, nil, nil},
		{[]string{"7", "a.pdf", "b.pdf"}, 2, nil, nil},
		{[]string{"0"}, -1, nil, nil},
		{[]string{"-1"}, -1, nil, nil},
		{[]string{strconv.Itoa(1 << 40)}, -1, nil, nil},
		{nil, -1, nil, nil},
	} {
		numbers, paths, err := replyArguments(c.args, c.dash)
		if (err != nil) != (c.numbers == nil) {
			t.Errorf("%q, %d: %v", c.args, c.dash, err)
		}
		if err == nil && (!slices.Equal(numbers, c.numbers) || !slices.Equal(paths, c.paths)) {
			t.Errorf("%q, %d: %v and %q", c.args, c.dash, numbers, paths)
		}
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int64]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 101: "101st", 112: "112th"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
