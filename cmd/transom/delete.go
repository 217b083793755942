package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) deleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete N…",
		Short: "Delete letters from the vault",
		Long: `Delete letters: the envelope, and the key that opens it. On a terminal you are
asked first; elsewhere --yes is needed. A deleted letter is never collected again.

What was saved or exported is not touched, nor are backups. What a disk keeps of
deleted files is out of a program's reach: encrypt the disk.

  $ transom delete 3 4
  Delete letters 3, 4 for good? [y/N] y
  transom: deleted 2 letters`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var numbers []int
			for _, arg := range args {
				n, err := number(arg)
				if err != nil {
					return err
				}
				numbers = append(numbers, n)
			}
			v, err := a.writeVault(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			list := ""
			for i, n := range numbers {
				if _, err := v.Letter(n); err != nil {
					return stating(noLetter(n), "Nothing was deleted.")
				}
				if i > 0 {
					list += ", "
				}
				list += fmt.Sprint(n)
			}
			if !yes {
				ok, err := confirm(cmd.Context(), "Delete "+plural(len(numbers), "letter ", "letters ")+list+" for good?")
				if errors.Is(err, errNoTerminal) {
					return usage("there is no terminal to ask on").stating("Nothing was deleted.").hinting("if you are sure: transom delete --yes")
				}
				if err != nil {
					return stating(err, "Nothing was deleted.")
				}
				if !ok {
					return fail(exitFailed, "nothing was deleted")
				}
			}
			if err := v.Delete(numbers...); err != nil {
				return err
			}
			a.note("deleted %s", count(len(numbers), "letter", "letters"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return cmd
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
