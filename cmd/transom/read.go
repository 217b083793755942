package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) readCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "read N",
		Short: "Show a letter and mark it as read",
		Long: `Show the message of a letter and the names of its files, and mark it as read.
Control characters, and those that change the direction or the look of text, stand
as <U+202E>. With --json the message is as it came.

  $ transom read 7
  Letter 7 to the-newsroom, 2026-11-21
  File: report.pdf (1.2 MiB)
  File: photo.jpg (340.0 KiB)

  I work at the ministry and…`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := number(args[0])
			if err != nil {
				return err
			}
			return a.read(cmd.Context(), n, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) read(ctx context.Context, n int, asJSON bool) error {
	// Reading goes on while letters are collected.
	v, err := a.openVault(ctx, vault.Options{}, true)
	if err != nil {
		return err
	}
	defer v.Close()
	if !v.Writable() {
		a.note("the letter isn't marked as read: the vault is in use or damaged")
	}
	l, c, err := a.content(v, n)
	if l.Refused != "" && v.Writable() {
		// To know why it was refused is all that can be read of it.
		err = errors.Join(v.MarkRead(n), err)
	}
	if err != nil {
		return err
	}
	name := dropName(v, l.Mailbox)
	if asJSON {
		err = writeJSON(a.stdout, struct {
			letterJSON
			Message string `json:"message"`
		}{toJSON(l, name), c.UntrustedMessage}, true)
	} else {
		kind := "Letter"
		if l.Bare {
			kind = "Bare letter"
		}
		err = printContent(a.stdout, fmt.Sprintf("%s %d to %s, %s", kind, n, name, l.Day), c)
	}
	if err != nil || !v.Writable() {
		return err
	}
	return v.MarkRead(n)
}

// content reads a letter of the vault to its end.
func (a *app) content(v *vault.Vault, n int) (vault.Letter, *vault.Content, error) {
	l, err := v.Letter(n)
	if err != nil {
		return l, nil, noLetter(n)
	}
	r, closer, err := v.OpenLetter(n)
	if errors.Is(err, vault.ErrRefused) {
		return l, nil, fail(exitCannotOpen, "letter %d was refused: %s", n, collect.Words(l.Refused)).hinting(
			"hand its envelope out as it came: transom export %d -o letter-%d.age\nor delete it: transom delete %d", n, n, n)
	}
	if err != nil {
		return l, nil, err
	}
	defer closer.Close()
	c, err := vault.ReadContent(r)
	if err != nil {
		return l, nil, fmt.Errorf("%w: letter %d: %w", vault.ErrDamaged, n, err)
	}
	return l, c, nil
}

// printContent shows a letter to a person.
func printContent(w io.Writer, heading string, c *vault.Content) error {
	var b strings.Builder
	fmt.Fprintln(&b, heading)
	for _, f := range c.Files {
		fmt.Fprintf(&b, "File: %s (%s)\n", letter.Visible(f.Name, false), size(f.Size))
	}
	text := letter.Visible(c.UntrustedMessage, true)
	if text != "" {
		fmt.Fprintf(&b, "\n%s", text)
		if !strings.HasSuffix(text, "\n") {
			b.WriteByte('\n')
		}
	} else {
		fmt.Fprintln(&b, "\n(no message)")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
