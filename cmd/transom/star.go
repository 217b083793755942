package main

import (
	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) starCommand() *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use:   "star N…",
		Short: "Put a star on letters, to find them again",
		Long: `Put a star on letters, or take it away with --undo. It stays in the vault; nobody
else learns of it.

  $ transom star 7 12
  $ transom list --starred`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.writeVault(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			letters, err := lettersOf(v, args)
			if err != nil {
				return stating(err, nothingChanged)
			}
			return v.Mark(numbersOf(letters), func(m *vault.Marks) { m.Starred = !undo })
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "take the star away")
	return cmd
}

const nothingChanged = "Nothing was changed."
