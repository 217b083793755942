package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
)

func (a *app) listCommand() *cobra.Command {
	var asJSON, unread bool
	cmd := &cobra.Command{
		Use:   "list [DROP]",
		Short: "List the letters in the vault",
		Long: `List the letters in the vault: number, drop, the day it came, how it begins, and
how many files it has. A * marks what is unread. A bare letter was made with stock
tools and belongs to no thread. A refused one can only be exported or deleted.

  $ transom list
     N  DROP          DAY         BEGINS                         FILES
     6  the-newsroom  2026-11-20  Thank you for the article on…
  *  7  the-newsroom  2026-11-21  I work at the ministry and…    2 files`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			names := map[drop.MailboxID]string{}
			for _, d := range v.Drops() {
				names[d.Mailbox()] = d.Name
			}
			if len(args) > 0 {
				d, err := chooseDrop(v, args)
				if err != nil {
					return err
				}
				names = map[drop.MailboxID]string{d.Mailbox(): d.Name}
			}
			all := []letterJSON{}
			rows := [][]string{{"", "N", "DROP", "DAY", "BEGINS", "FILES"}}
			columns := a.columns() - 46
			for _, l := range v.Letters() {
				name, ok := names[l.Mailbox]
				if !ok || unread && l.Read {
					continue
				}
				if asJSON {
					all = append(all, toJSON(l, name))
					continue
				}
				mark := "*"
				if l.Read {
					mark = ""
				}
				rows = append(rows, []string{mark, strconv.Itoa(l.Number), name, l.Day.String(), line(summary(l), max(columns, 20)), files(l)})
			}
			if asJSON {
				return writeJSON(a.stdout, all, true)
			}
			if len(rows) == 1 {
				a.note("there are no such letters in the vault. transom collect looks for new ones.")
				return nil
			}
			return table(a.stdout, rows)
		},
	}
	cmd.Flags().BoolVar(&unread, "unread", false, "only what is unread")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
