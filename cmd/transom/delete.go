package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) deleteCommand() *cobra.Command {
	var yes bool
	var f filter
	cmd := &cobra.Command{
		Use:   "delete N… | --FILTER…",
		Short: "Delete letters from the vault",
		Long: `Delete letters, by their numbers or by a filter: the envelope, and the key that
opens it. On a terminal you are asked first; elsewhere --yes is needed. A deleted
letter is never collected again. A reply that still waits in the outbox is not sent
then. A thread whose letters are all deleted is forgotten, and can't be answered any
more; that it is blocked is remembered.

What was saved or exported is not touched, nor are backups. What a disk keeps of
deleted files is out of a program's reach: encrypt the disk.

  $ transom delete 3 4
  Delete letters 3, 4 for good? [y/N] y
  transom: deleted 2 letters
  $ transom delete --until 2026-06-30 --label done
  Delete 214 letters for good? [y/N] y
  transom: deleted 214 letters`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			numbers, err := f.numbers(args, cmd.CommandPath())
			if err != nil {
				return stating(err, nothingDeleted)
			}
			v, err := a.writeVault(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			letters, err := f.several(v, numbers)
			if err != nil {
				return stating(err, nothingDeleted)
			}
			return stating(a.delete(cmd.Context(), v, letters, len(numbers) > 0, yes), nothingDeleted)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return cmd
}

const nothingDeleted = "Nothing was deleted."

func (a *app) delete(ctx context.Context, v *vault.Vault, letters []vault.Letter, named, yes bool) error {
	numbers := numbersOf(letters)
	which := count(len(letters), "letter", "letters")
	if named && len(letters) <= 20 {
		list := strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
		which = plural(len(letters), "letter ", "letters ") + list
	}
	if !yes {
		ok, err := confirm(ctx, "Delete "+which+" for good?")
		if errors.Is(err, errNoTerminal) {
			return usage("there is no terminal to ask on: it would delete %s", which).hinting("if you are sure: transom delete --yes")
		}
		if err != nil {
			return err
		}
		if !ok {
			return fail(exitFailed, "nothing was deleted")
		}
	}
	if err := v.Delete(numbers...); err != nil {
		return explain(err).stating("Some of it may be deleted: transom list shows what is there.")
	}
	a.note("deleted %s", count(len(letters), "letter", "letters"))
	return nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
