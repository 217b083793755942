package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) threadsCommand() *cobra.Command {
	var asJSON bool
	var f filter
	var p pages
	cmd := &cobra.Command{
		Use:   "threads [DROP]",
		Short: "List the threads: the letters exchanged with one sender",
		Long: `List the threads in the vault, the one with the newest letter last: the number of
the letter that began it, drop, how many letters it has and how many of them are
unread, the day of the newest, how the newest begins - behind > when you wrote it -
and what there is to know. A filter lets through the threads that have a letter which
fits.

A thread is named by the number of any letter in it: transom read 12, transom
reply 12, transom transcript 12.

  $ transom threads
  THREAD  DROP          LETTERS  UNREAD  LAST        NEWEST
       7  the-newsroom        3       1  2026-11-22  One more page, from the…  1 missing
      11  the-newsroom        2       0  2026-11-22  > Thank you. Who else…    to be sent`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.check(cmd, asJSON); err != nil {
				return err
			}
			if err := f.dropArgument(args); err != nil {
				return err
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			fits, err := f.fits(v)
			if err != nil {
				return err
			}
			all := threadsOf(v, fits)
			from, to, err := p.of(len(all))
			if err != nil {
				return err
			}
			if err := a.printThreads(v, all[from:to], asJSON); err != nil {
				return err
			}
			if !asJSON {
				p.note(a, from, to, len(all), "threads")
			}
			return nil
		},
	}
	f.add(cmd)
	p.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// threadLine is what a list says of a thread.
type threadLine struct {
	thread  vault.Thread
	letters []int // by number
	unread  int
	newest  vault.Letter
	fits    bool
}

// threadsOf returns the threads that have a letter which fits, by their newest
// letters.
func threadsOf(v *vault.Vault, fits func(*vault.Letter) bool) []*threadLine {
	all := map[int]*threadLine{}
	for _, t := range v.Threads() {
		all[t.Number] = &threadLine{thread: t}
	}
	for _, l := range v.Letters() {
		t, ok := all[l.Thread]
		if !ok {
			continue
		}
		t.letters = append(t.letters, l.Number)
		if !l.Read {
			t.unread++
		}
		t.newest = l
		t.fits = t.fits || fits(&l)
	}
	var lines []*threadLine
	for _, t := range all {
		if t.fits {
			lines = append(lines, t)
		}
	}
	slices.SortFunc(lines, func(a, b *threadLine) int { return a.newest.Number - b.newest.Number })
	return lines
}

func (a *app) printThreads(v *vault.Vault, threads []*threadLine, asJSON bool) error {
	names, queued := dropNames(v), queuedIn(v)
	if asJSON {
		all := []vaultThreadJSON{}
		for _, t := range threads {
			all = append(all, toThreadJSON(v, t.thread, names.of(t.thread.Drop), t.letters, queued[t.thread.Number]))
		}
		return writeJSON(a.stdout, all, true)
	}
	if len(threads) == 0 {
		a.note("there are no such threads in the vault. transom collect looks for new letters.")
		return nil
	}
	rows := [][]string{{"THREAD", "DROP", "LETTERS", "UNREAD", "LAST", "NEWEST", ""}}
	columns := max(a.columns()-66, 20)
	for _, t := range threads {
		begins := line(summary(t.newest), columns)
		if t.newest.Sent {
			begins = line("> "+summary(t.newest), columns)
		}
		rows = append(rows, []string{
			strconv.Itoa(t.thread.Number), names.of(t.thread.Drop), strconv.Itoa(len(t.letters)), strconv.Itoa(t.unread),
			t.newest.Day.String(), begins, strings.Join(threadStates(v, t.thread, len(queued[t.thread.Number]) > 0), ", "),
		})
	}
	return table(a.stdout, rows)
}

// threadStates says in a few words each what there is to know of a thread.
func threadStates(v *vault.Vault, t vault.Thread, queued bool) []string {
	var states []string
	if t.Blocked {
		states = append(states, "blocked")
	}
	if t.SenderClosed {
		states = append(states, "closed by the sender")
	}
	if missing := v.Missing(t.Number); len(missing) > 0 {
		states = append(states, strings.ToLower(howManyMissing(missing))+" missing")
	}
	if queued {
		states = append(states, "to be sent")
	}
	return states
}

// queuedIn returns, by their threads, the replies that wait in the outbox.
func queuedIn(v *vault.Vault) map[int][]int {
	all := map[int][]int{}
	for _, q := range v.Outbox() {
		if q.Letter != 0 {
			all[q.Thread] = append(all[q.Thread], q.Letter)
		}
	}
	return all
}

// vaultThreadJSON is a thread for scripts.
type vaultThreadJSON struct {
	Thread  int     `json:"thread"`
	Drop    string  `json:"drop"`
	Letters []int   `json:"letters"` // in a list by number, of transom read in the order to be read in
	Missing []int64 `json:"missing"` // which of the sender's letters, counted from 1; of many the first 1000
	Blocked bool    `json:"blocked"`
	Closed  bool    `json:"closed"` // by the sender
	Queued  []int   `json:"queued"` // replies that wait in the outbox
}

func toThreadJSON(v *vault.Vault, t vault.Thread, drop string, letters, queued []int) vaultThreadJSON {
	return vaultThreadJSON{
		Thread: t.Number, Drop: drop, Letters: letters, Missing: append([]int64{}, v.Missing(t.Number)...),
		Blocked: t.Blocked, Closed: t.SenderClosed, Queued: append([]int{}, queued...),
	}
}
