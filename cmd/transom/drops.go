package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
)

func (a *app) dropsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "drops",
		Short: "List the drops",
		Long: `List the drops in the vault, with how many letters each has, how many of them are
unread, and the last day on which its card is valid.

  $ transom drops
  NAME          LETTERS  UNREAD  CARD UNTIL  SERVER                    TITLE
  the-newsroom       12       3  2026-12-21  https://drop.example.org  The newsroom`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			letters, unread := map[drop.MailboxID]int{}, map[drop.MailboxID]int{}
			for _, l := range v.Letters() {
				if l.Sent {
					continue
				}
				letters[l.Mailbox]++
				if !l.Read {
					unread[l.Mailbox]++
				}
			}
			type dropJSON struct {
				Name    string `json:"name"`
				Title   string `json:"title"`
				Server  string `json:"server"`
				Letters int    `json:"letters"`
				Unread  int    `json:"unread"`
				Expires string `json:"expires,omitempty"` // not when unpublished
			}
			all := []dropJSON{}
			rows := [][]string{{"NAME", "LETTERS", "UNREAD", "CARD UNTIL", "SERVER", "TITLE"}}
			for _, d := range v.Drops() {
				j := dropJSON{d.Name, d.Title, d.Server, letters[d.Mailbox()], unread[d.Mailbox()], ""}
				until := "unpublished"
				if d.Published > 0 {
					j.Expires = d.Expires.String()
					until = j.Expires
				}
				all = append(all, j)
				rows = append(rows, []string{j.Name, strconv.Itoa(j.Letters), strconv.Itoa(j.Unread), until, j.Server, line(j.Title, 60)})
			}
			if asJSON {
				return writeJSON(a.stdout, all, true)
			}
			if len(all) == 0 {
				a.note("there is no drop yet")
				return nil
			}
			return table(a.stdout, rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
