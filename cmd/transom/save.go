package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) saveCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "save N [--to DIR]",
		Short: "Write a letter's message and files into a folder",
		Long: `Write the message (message.txt) and the files of a letter into a folder, letter-N
unless --to says another. A folder that isn't there is made, for you alone, and
appears when all is written. Nothing is ever replaced: in a folder that is there,
what has a name that is taken gets a number. File names are made safe. The paths
are printed.

Files come from somebody you don't know. Open them where they can do no harm.

  $ transom save 7 --to case-12
  case-12/message.txt
  case-12/report.pdf
  case-12/photo.jpg`,
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
			_, c, err := a.content(v, n)
			if err != nil {
				return err
			}
			if dir == "" {
				dir = fmt.Sprintf("letter-%d", n)
				if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
					return fail(exitFailed, "%s is there already", dir).stating("Nothing was written.").hinting("say where to: transom save %d --to DIR", n)
				}
			}
			return a.save(c, dir, asJSON, func() (*letter.Reader, io.Closer, error) { return v.OpenLetter(n) })
		},
	}
	cmd.Flags().StringVar(&dir, "to", "", "write into `DIR` (default letter-N)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// save writes a letter into a folder and prints where its files are.
func (a *app) save(c *vault.Content, dir string, asJSON bool, open func() (*letter.Reader, io.Closer, error)) error {
	saved, err := c.Save(dir, open)
	if err != nil {
		return stating(err, "Nothing of the letter was left behind.")
	}
	if asJSON {
		all := []fileJSON{}
		for _, s := range saved {
			all = append(all, fileJSON{s.Path, s.Size})
		}
		return writeJSON(a.stdout, all, true)
	}
	for _, s := range saved {
		if _, err := fmt.Fprintln(a.stdout, letter.Visible(s.Path, false)); err != nil {
			return err
		}
	}
	if len(saved) == 0 {
		a.note("the letter is empty: nothing was written")
	}
	return nil
}
