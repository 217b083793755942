package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) linkCommand() *cobra.Command {
	var qr, asJSON bool
	cmd := &cobra.Command{
		Use:   "link [DROP] [--qr]",
		Short: "Print the link of a drop",
		Long: `Print the link that senders use. With more than one drop, name it.

  $ transom link the-newsroom
  https://drop.example.org/#drop1qyzv6lakq2…`,
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
			if d.Published == 0 {
				a.note("this drop isn't published yet, so its link leads nowhere. To go on: transom new --name %s", d.Name)
			}
			return a.printLink(d, asJSON, qr)
		},
	}
	cmd.Flags().BoolVar(&qr, "qr", false, "show it as a QR code too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printLink prints the link to stdout and its QR code to stderr.
func (a *app) printLink(d vault.Drop, asJSON, qr bool) error {
	if qr {
		qrterminal.GenerateHalfBlock(d.Link(), qrterminal.M, a.stderr)
	}
	if asJSON {
		return writeJSON(a.stdout, struct {
			Drop    string `json:"drop"`
			Link    string `json:"link"`
			Expires string `json:"expires"`
		}{d.Name, d.Link(), d.Expires.String()}, true)
	}
	_, err := fmt.Fprintln(a.stdout, d.Link())
	return err
}

// chooseDrop returns the drop that was named, or the only one.
func chooseDrop(v *vault.Vault, args []string) (vault.Drop, error) {
	var names []string
	for _, d := range v.Drops() {
		names = append(names, d.Name)
	}
	switch {
	case len(names) == 0:
		return vault.Drop{}, fail(exitNothing, "there is no drop yet").hinting(`make one: transom new --server https://… --title "…"`)
	case len(args) == 0 && len(names) == 1:
		return v.Drop(names[0])
	case len(args) == 0:
		return vault.Drop{}, usage("there are several drops: name one of %s", strings.Join(names, ", "))
	}
	d, err := v.Drop(args[0])
	if errors.Is(err, vault.ErrNoDrop) {
		return d, fail(exitNothing, "there is no drop %q", args[0]).hinting("there is: %s", strings.Join(names, ", "))
	}
	return d, err
}
