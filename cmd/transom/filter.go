package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/vault"
)

// filter chooses letters of the vault. A letter has to fit all that is given.
type filter struct {
	unread, starred    bool
	labels             []string
	drop, since, until string
}

func (f *filter) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.unread, "unread", false, "only what is unread")
	flags.BoolVar(&f.starred, "starred", false, "only what has a star")
	flags.StringArrayVar(&f.labels, "label", nil, "only what has this `LABEL`; may be repeated")
	flags.StringVar(&f.drop, "drop", "", "only letters to this drop, by its `NAME`")
	flags.StringVar(&f.since, "since", "", "only from this `DAY` on, as 2026-11-21")
	flags.StringVar(&f.until, "until", "", "only up to this `DAY`")
}

// isSet says whether the filter leaves anything out.
func (f *filter) isSet() bool {
	return f.unread || f.starred || len(f.labels) > 0 || f.drop != "" || f.since != "" || f.until != ""
}

// dropArgument takes the name of a drop from where it is shorter to write.
func (f *filter) dropArgument(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if f.drop != "" && f.drop != args[0] {
		return usage("two drops were named, %s and %s: name one", args[0], f.drop)
	}
	f.drop = args[0]
	return nil
}

// choose returns the letters that fit, by number.
func (f *filter) choose(v *vault.Vault) ([]vault.Letter, error) {
	fits, err := f.fits(v)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(v.Letters(), func(l vault.Letter) bool { return !fits(&l) }), nil
}

// fits returns what tells whether a letter fits.
func (f *filter) fits(v *vault.Vault) (func(*vault.Letter) bool, error) {
	since, err := day(f.since)
	if err != nil {
		return nil, err
	}
	until, err := day(f.until)
	if err != nil {
		return nil, err
	}
	var mailbox drop.MailboxID
	if f.drop != "" {
		d, err := chooseDrop(v, []string{f.drop})
		if err != nil {
			return nil, err
		}
		mailbox = d.Mailbox()
	}
	return func(l *vault.Letter) bool {
		if f.unread && l.Read || f.starred && !l.Starred || f.drop != "" && l.Mailbox != mailbox ||
			f.since != "" && l.Day < since || f.until != "" && l.Day > until {
			return false
		}
		for _, label := range f.labels {
			if !slices.Contains(l.Labels, label) {
				return false
			}
		}
		return true
	}, nil
}

// numbers reads the numbers that a command is for, none when a filter is given.
// It is called before anybody is asked for a passphrase.
func (f *filter) numbers(args []string, command string) ([]int, error) {
	switch {
	case len(args) > 0 && f.isSet():
		return nil, usage("give numbers, or say which letters with flags, and not both: %s --help", command)
	case len(args) == 0 && !f.isSet():
		return nil, usage("which letters? Give their numbers, or flags: %s --help", command)
	}
	return numbers(args)
}

// several returns the letters of the numbers, each once, or without any those that
// fit the filter.
func (f *filter) several(v *vault.Vault, numbers []int) ([]vault.Letter, error) {
	if len(numbers) > 0 {
		return lettersOf(v, numbers)
	}
	letters, err := f.choose(v)
	if err == nil && len(letters) == 0 {
		err = fail(exitNothing, "there are no such letters in the vault")
	}
	return letters, err
}

// lettersOf returns the letters of these numbers, each once.
func lettersOf(v *vault.Vault, numbers []int) ([]vault.Letter, error) {
	var letters []vault.Letter
	taken := map[int]bool{}
	for _, n := range numbers {
		l, err := v.Letter(n)
		if err != nil {
			return nil, noLetter(n)
		}
		if !taken[n] {
			letters = append(letters, l)
		}
		taken[n] = true
	}
	return letters, nil
}

func numbersOf(letters []vault.Letter) []int {
	numbers := make([]int, len(letters))
	for i, l := range letters {
		numbers[i] = l.Number
	}
	return numbers
}

// day reads a day; none is 0.
func day(arg string) (drop.Day, error) {
	if arg == "" {
		return 0, nil
	}
	t, err := time.Parse(time.DateOnly, arg)
	if err != nil {
		return 0, usage("%q is not a day: write it like 2026-11-21", arg)
	}
	return drop.DayOf(t), nil
}

// pages says which part of a long list is shown. Page 1 is the newest: what is
// older is seldom asked for.
type pages struct {
	page, limit int
	all         bool
}

func (p *pages) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&p.page, "page", 1, "which page; 1 is the newest")
	flags.IntVar(&p.limit, "limit", 50, "how many a page has")
	flags.BoolVar(&p.all, "all", false, "everything on one page")
}

// check is to be called before anything else is done. A script that asks for JSON
// gets everything, unless it asks for a page.
func (p *pages) check(cmd *cobra.Command, asJSON bool) error {
	paged := cmd.Flags().Changed("page") || cmd.Flags().Changed("limit")
	switch {
	case p.all && paged:
		return usage("--all goes with neither --page nor --limit: %s --help", cmd.CommandPath())
	case p.page < 1 || p.limit < 1:
		return usage("--page and --limit are 1 or more: %s --help", cmd.CommandPath())
	}
	p.all = p.all || asJSON && !paged
	return nil
}

// of returns the range of the n things, oldest first, that are on the page.
func (p *pages) of(n int) (from, to int, err error) {
	if p.all || n == 0 {
		return 0, n, nil
	}
	if last := (n-1)/p.limit + 1; p.page > last {
		return 0, 0, fail(exitNothing, "there is no page %d: the last one is %d", p.page, last)
	}
	to = n - (p.page-1)*p.limit
	return max(to-p.limit, 0), to, nil
}

// note says that there is more than what is shown.
func (p *pages) note(a *app, from, to, n int, things string) {
	if to-from == n {
		return
	}
	more := "everything: --all"
	if from > 0 {
		more = fmt.Sprintf("older ones: --page %d; %s", p.page+1, more)
	}
	a.note("%d of %d %s; %s", to-from, n, things, more)
}
