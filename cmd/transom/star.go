package main

import (
	"context"

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
			return a.mark(cmd.Context(), args, func(m *vault.Marks) { m.Starred = !undo })
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "take the star away")
	return cmd
}

// mark changes the marks of letters, of all of them or of none.
func (a *app) mark(ctx context.Context, args []string, change func(*vault.Marks)) error {
	all, err := numbers(args)
	if err != nil {
		return stating(err, nothingChanged)
	}
	v, err := a.writeVault(ctx)
	if err != nil {
		return stating(err, nothingChanged)
	}
	defer v.Close()
	letters, err := lettersOf(v, all)
	if err != nil {
		return stating(err, nothingChanged)
	}
	return stating(v.Mark(numbersOf(letters), change), nothingChanged)
}

const nothingChanged = "Nothing was changed."
