package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) listCommand() *cobra.Command {
	var asJSON bool
	var f filter
	var p pages
	cmd := &cobra.Command{
		Use:   "list [DROP]",
		Short: "List the letters in the vault",
		Long: `List the letters in the vault, the newest last: number, the thread it belongs to,
drop, the day it came, how it begins, and what else it has. The newest fifty are
shown; --page 2 has those before them. With --json all are listed, unless --page
or --limit is given.

In front stand * for what is unread, ! for a star, and > for what you wrote. What a
sender begins with a sign and not with a word is in quotes, so that it can't pass
for one of transom's own remarks, which are in brackets. A thread is named by the
number of the letter that began it. A bare letter was made with stock tools and
belongs to no thread. A refused one can only be exported or deleted.

  $ transom list --unread --since 2026-11-01
     N  THREAD  DROP          DAY         BEGINS
  *  7       7  the-newsroom  2026-11-21  I work at the ministry and…    2 files
  *  9       7  the-newsroom  2026-11-22  One more page, from the…       1 file, #urgent`,
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
			letters, err := f.choose(v)
			if err != nil {
				return err
			}
			from, to, err := p.of(len(letters))
			if err != nil {
				return err
			}
			if err := a.printList(v, letters[from:to], asJSON); err != nil {
				return err
			}
			if !asJSON {
				p.note(a, from, to, len(letters), "letters")
			}
			return nil
		},
	}
	f.add(cmd)
	p.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printList prints letters, a line each.
func (a *app) printList(v *vault.Vault, letters []vault.Letter, asJSON bool) error {
	names := dropNames(v)
	if asJSON {
		all := make([]letterJSON, len(letters))
		for i, l := range letters {
			all[i] = toJSON(l, names.of(l.Mailbox))
		}
		return writeJSON(a.stdout, all, true)
	}
	if len(letters) == 0 {
		a.note("there are no such letters in the vault. transom collect looks for new ones.")
		return nil
	}
	rows := [][]string{{"", "N", "THREAD", "DROP", "DAY", "BEGINS", ""}}
	columns := max(a.columns()-54, 20)
	for _, l := range letters {
		rows = append(rows, []string{
			marks(l), strconv.Itoa(l.Number), threadNumber(l), names.of(l.Mailbox), l.Day.String(), line(summary(l), columns), extras(l),
		})
	}
	return table(a.stdout, rows)
}

// marks are what stands in front of a letter in a list.
func marks(l vault.Letter) string {
	mark := ""
	switch {
	case l.Sent:
		mark = ">"
	case !l.Read:
		mark = "*"
	}
	if l.Starred {
		mark += "!"
	}
	return mark
}

func threadNumber(l vault.Letter) string {
	if l.Thread == 0 {
		return ""
	}
	return strconv.Itoa(l.Thread)
}

// extras says what a letter has besides its message.
func extras(l vault.Letter) string {
	words := []string{}
	if len(l.Files) > 0 {
		words = append(words, count(len(l.Files), "file", "files"))
	}
	if l.Answers > 0 {
		words = append(words, count(l.Answers, "answer", "answers"))
	}
	if l.Bare {
		words = append(words, "bare")
	}
	if l.Orphan {
		words = append(words, "without its beginning")
	}
	if l.Note != "" {
		words = append(words, "note")
	}
	for _, label := range l.Labels {
		words = append(words, "#"+line(label, 40))
	}
	return strings.Join(words, ", ")
}

// names are what the recipient calls the drops.
type names map[drop.MailboxID]string

func dropNames(v *vault.Vault) names {
	all := names{}
	for _, d := range v.Drops() {
		all[d.Mailbox()] = d.Name
	}
	return all
}

// of returns ? for a drop whose record a damaged vault has lost.
func (n names) of(m drop.MailboxID) string {
	if name, ok := n[m]; ok {
		return name
	}
	return "?"
}
