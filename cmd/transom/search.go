package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) searchCommand() *cobra.Command {
	var asJSON bool
	var f filter
	var p pages
	cmd := &cobra.Command{
		Use:   "search WORD…",
		Short: "Find letters by what is in them",
		Long: `Find the letters that have all the words, in the message, an answer, the name of a
file, or your note. Capitals count as small letters, and a word also fits inside
another one. Words in one argument have to stand together. The newest is last; the
filter leaves letters out.

The text of letters is nowhere on the disk but sealed.

  $ transom search accounts 2019
     N  THREAD  DROP          DAY         FOUND
     7       7  the-newsroom  2026-11-21  …look at the 2019 accounts, page 14…
  $ transom search "page 14" --since 2026-11-01`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.check(cmd, asJSON); err != nil {
				return err
			}
			for _, word := range args {
				if strings.TrimSpace(word) == "" {
					return usage("a word to search for is empty")
				}
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			fits, err := f.fits(v)
			if err != nil {
				return err
			}
			bar := a.countingProgress("searching")
			found, err := v.Search(cmd.Context(), args, bar.count)
			bar.done()
			if err != nil {
				return err
			}
			return a.printFound(v, found, fits, &p, asJSON)
		},
	}
	f.add(cmd)
	p.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) printFound(v *vault.Vault, found []vault.Found, fits func(*vault.Letter) bool, p *pages, asJSON bool) error {
	var letters []vault.Letter
	excerpts := map[int]string{}
	for _, f := range found {
		l, err := v.Letter(f.Number)
		if err != nil {
			return fmt.Errorf("couldn't read letter %d: %w", f.Number, err)
		}
		if fits(&l) {
			letters = append(letters, l)
			excerpts[l.Number] = f.UntrustedExcerpt
		}
	}
	from, to, err := p.of(len(letters))
	if err != nil {
		return err
	}
	names := dropNames(v)
	if asJSON {
		type foundJSON struct {
			letterJSON
			Excerpt string `json:"excerpt"`
		}
		all := []foundJSON{}
		for _, l := range letters[from:to] {
			all = append(all, foundJSON{toJSON(l, names.of(l.Mailbox)), excerpts[l.Number]})
		}
		return writeJSON(a.stdout, all, true)
	}
	if len(letters) == 0 {
		return fail(exitNothing, "no letter in the vault has these words")
	}
	rows := [][]string{{"", "N", "THREAD", "DROP", "DAY", "FOUND"}}
	columns := max(a.columns()-46, 20)
	for _, l := range letters[from:to] {
		rows = append(rows, []string{
			marks(l), strconv.Itoa(l.Number), threadNumber(l), names.of(l.Mailbox), l.Day.String(), line(excerpts[l.Number], columns),
		})
	}
	if err := table(a.stdout, rows); err != nil {
		return err
	}
	p.note(a, from, to, len(letters), "letters")
	return nil
}
