package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) labelCommand() *cobra.Command {
	var add, remove []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "label [N…] [--add LABEL] [--remove LABEL]",
		Short: "Put labels on letters, or list the labels",
		Long: `Put labels on letters, or take them away. A label is up to 100 bytes of any text on
one line. It stays in the vault; nobody else learns of it. Without numbers, the
labels that are in use are listed, with how many letters have each.

  $ transom label 7 9 --add urgent --add "case 12"
  $ transom label
  LABEL    LETTERS
  case 12        2
  urgent         2
  $ transom list --label urgent`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch changes := len(add)+len(remove) > 0; {
			case len(args) == 0 && changes:
				return usage("on which letters? Give their numbers: transom label N… --add LABEL")
			case len(args) > 0 && !changes:
				return usage("which label? --add LABEL or --remove LABEL: transom label --help")
			}
			if len(args) == 0 {
				v, err := a.readVault(cmd.Context())
				if err != nil {
					return err
				}
				return a.listLabels(v, asJSON)
			}
			for _, label := range add {
				if !isLabel(label) {
					return usage("%q can't be a label", label).stating(nothingChanged).hinting("it has 1 to %d bytes on one line, and no invisible characters", vault.MaxLabel)
				}
			}
			return a.mark(cmd.Context(), args, func(m *vault.Marks) {
				m.Labels = slices.DeleteFunc(m.Labels, func(l string) bool { return slices.Contains(remove, l) })
				m.Labels = append(m.Labels, add...) // sorted, each once, by the vault
			})
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&add, "add", nil, "put this `LABEL` on; may be repeated")
	flags.StringArrayVar(&remove, "remove", nil, "take this `LABEL` away; may be repeated")
	flags.BoolVar(&asJSON, "json", false, "print JSON, when labels are listed")
	return cmd
}

// isLabel: a label is shown in lists, and typed again to find it.
func isLabel(s string) bool {
	return s != "" && len(s) <= vault.MaxLabel && strings.TrimSpace(s) == s && letter.Visible(s, false) == s
}

func (a *app) listLabels(v *vault.Vault, asJSON bool) error {
	letters := map[string]int{}
	for _, l := range v.Letters() {
		for _, label := range l.Labels {
			letters[label]++
		}
	}
	type labelJSON struct {
		Label   string `json:"label"`
		Letters int    `json:"letters"`
	}
	all := []labelJSON{}
	rows := [][]string{{"LABEL", "LETTERS"}}
	for _, label := range sortedKeys(letters) {
		all = append(all, labelJSON{label, letters[label]})
		rows = append(rows, []string{letter.Visible(label, false), strconv.Itoa(letters[label])})
	}
	if asJSON {
		return writeJSON(a.stdout, all, true)
	}
	if len(all) == 0 {
		a.note("there are no labels yet. transom label N --add LABEL puts one on.")
		return nil
	}
	return table(a.stdout, rows)
}
