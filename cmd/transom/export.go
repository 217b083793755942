package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) exportCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "export N [-o FILE]",
		Short: "Hand out a letter's envelope as it came",
		Long: `Write a letter's envelope, an age file, as it came from the server: for a computer
without a network, or for other tools. Without -o it goes to stdout, and on a
terminal to letter-N.age. Refused letters can be exported too.

  $ transom export 7 -o letter.age
  $ transom identity --yes -o key.txt
  $ age -d -i key.txt -o letter.tar letter.age
  $ mkdir letter && tar -xf letter.tar -C letter`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := number(args[0])
			if err != nil {
				return err
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			if _, err := v.Letter(n); err != nil {
				return noLetter(n)
			}
			f, err := v.OpenEnvelope(n)
			if err != nil {
				return err
			}
			defer f.Close()
			if path == "" && isTerminal(a.stdout) {
				path = fmt.Sprintf("letter-%d.age", n)
				defer func() {
					if err == nil {
						a.note("wrote %s", path)
					}
				}()
			}
			if path == "" || path == "-" {
				_, err = io.Copy(a.stdout, f)
				return err
			}
			err = writeNew(path, func(w io.Writer) error { _, err := io.Copy(w, f); return err })
			return err
		},
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to `FILE`, which must not be there; - is stdout")
	return cmd
}
