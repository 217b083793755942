package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) noticeCommand() *cobra.Command {
	var name string
	var remove int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "notice [TEXT]",
		Short: "Tell something to everyone with the link",
		Long: `Put a word on a drop's card, with today's date: everyone who opens the link reads it,
and that it is from you. It is published at once. Without TEXT the notices are
listed; --remove takes one away by its number.

Everyone means everyone: also those whom a sender wrote about. "We heard you" says
that somebody wrote; say less where that is too much. For one sender there is
transom reply.

  $ transom notice "We heard you: the canteen opens at 11 from Monday on."
  transom: published on the card of feedback
  $ transom notice
  1  2026-11-21  We heard you: the canteen opens at 11 from Monday on.
  $ transom notice --remove 1`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			removing := cmd.Flags().Changed("remove")
			switch {
			case removing && len(args) > 0:
				return usage("a text and --remove don't go together: transom notice --help")
			case removing:
				return a.changeDrop(cmd.Context(), name, func(d *vault.Drop) (string, error) {
					if remove < 1 || remove > len(d.Notices) {
						return "", fail(exitNothing, "%s has no notice %d", d.Name, remove).hinting("see which there are: transom notice")
					}
					n := d.Notices[remove-1]
					d.Notices = slices.Delete(slices.Clone(d.Notices), remove-1, remove)
					return "no longer on the card of " + d.Name + ": " + n.Text, nil
				})
			case len(args) > 0:
				return a.publishNotice(cmd, name, args[0])
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			return a.listNotices(v, name, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&name, "drop", "", "the drop's `NAME`, when there are several")
	flags.IntVar(&remove, "remove", 0, "take away the notice of this `NUMBER`")
	flags.BoolVar(&asJSON, "json", false, "print JSON, when notices are listed")
	return cmd
}

const (
	maxNotices = 50
	maxNotice  = 5000 // bytes
)

func (a *app) publishNotice(cmd *cobra.Command, name, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNotice {
		return usage("a notice has 1 to %d bytes", maxNotice).stating(nothingChanged)
	}
	return a.changeDrop(cmd.Context(), name, func(d *vault.Drop) (string, error) {
		if len(d.Notices) >= maxNotices {
			return "", fail(exitFailed, "%s has %d notices, which is the most", d.Name, maxNotices).hinting("take one away: transom notice --remove NUMBER")
		}
		d.Notices = append(slices.Clone(d.Notices), card.Notice{Day: int(today()), Text: text})
		return "published on the card of " + d.Name, nil
	})
}

func (a *app) listNotices(v *vault.Vault, name string, asJSON bool) error {
	var names []string
	if name != "" {
		names = []string{name}
	}
	d, err := chooseDrop(v, names)
	if err != nil {
		return err
	}
	type noticeJSON struct {
		Number int    `json:"number"`
		Day    string `json:"day"`
		Text   string `json:"text"`
	}
	all := []noticeJSON{}
	var rows [][]string
	for i, n := range d.Notices {
		all = append(all, noticeJSON{i + 1, drop.Day(n.Day).String(), n.Text})
		rows = append(rows, []string{strconv.Itoa(i + 1), drop.Day(n.Day).String(), line(n.Text, max(a.columns()-20, 20))})
	}
	if asJSON {
		return writeJSON(a.stdout, all, true)
	}
	if len(all) == 0 {
		a.note("%s has no notices", d.Name)
		return nil
	}
	return table(a.stdout, rows)
}
