package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) identityCommand() *cobra.Command {
	var yes bool
	var path string
	cmd := &cobra.Command{
		Use:   "identity [DROP] [-o FILE]",
		Short: "Print a drop's secret key for stock age",
		Long: `Print the secret sealing key of a drop as an age identity (age 1.3 or later reads
it). Whoever has it can open every letter that was sealed to it, also those that
you have deleted, if they have the envelopes. On a terminal you are asked first;
elsewhere --yes is needed. With -o it goes to a new file that only you can read.

  $ transom identity --yes -o key.txt
  transom: this is the key to all letters of the-newsroom: keep it where nobody else reads it
  $ cat key.txt
  # drop: the-newsroom, epoch 1
  # public key: age1pq1…
  AGE-SECRET-KEY-PQ-1…`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			d, err := chooseDrop(v, args)
			if err != nil {
				return err
			}
			a.note("this is the key to all letters of %s: keep it where nobody else reads it", d.Name)
			if !yes {
				ok, err := confirm(cmd.Context(), "Print it?")
				if errors.Is(err, errNoTerminal) {
					return usage("there is no terminal to ask on").stating("Nothing was printed.").hinting("if you are sure: transom identity --yes")
				}
				if err != nil {
					return err
				}
				if !ok {
					return fail(exitFailed, "nothing was printed")
				}
			}
			e := d.Epochs[len(d.Epochs)-1]
			print := func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "# drop: %s, epoch %d\n# public key: %s\n%s\n", d.Name, e.Number, e.Seed.Recipient(), e.Seed.String())
				return err
			}
			if path == "" || path == "-" {
				return print(a.stdout)
			}
			return writeNew(path, print)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to `FILE`, which must not be there; - is stdout")
	return cmd
}
