package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/badgerstore"
)

func newSalvage(o *options, stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "salvage --data DIR",
		Short: "Go on with what is left of a damaged data folder",
		Long: `Opens a data folder that lacks something which was acknowledged, keeps what is
left, and counts anew, so that the server starts again. What is missing then stays
missing, and nobody is told: senders were told that their letters are safe.

It is for an operator without a backup. Stop the server and copy the folder first.`,
		Example: `  $ cp -a /var/lib/transom /var/lib/transom.damaged
  $ transomd salvage --data /var/lib/transom
  transom: /var/lib/transom opens with what is left of it`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := o.checkData(); err != nil {
				return err
			}
			if _, err := os.Stat(o.data); err != nil {
				return failed(fmt.Errorf("there is no folder %s", o.data), "give the server's data folder with --data DIR")
			}
			store, err := badgerstore.Options{AcceptLoss: true}.Open(o.data)
			switch {
			case errors.Is(err, drop.ErrDamaged):
				return failed(fmt.Errorf("couldn't open the data folder: %w", err), "what is left of it cannot be told from damage: restore a backup, or keep the folder and start with an empty one")
			case err != nil:
				return openError(o.data, err)
			}
			if err := closeWithin(store, closeTime); err != nil {
				return failed(errors.New("couldn't close the store"), "look at the disk, then try again")
			}
			_, err = fmt.Fprintf(stderr, "transom: %s opens with what is left of it\n", o.data)
			return err
		},
	}
}
