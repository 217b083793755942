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
		Long: `Show the message of a letter, where it stands in its thread, what was answered to
your questions, and the names of its files, and mark it as read. What you wrote
yourself is shown too, and whether it was sent and seen.

Control characters, and those that change the direction or the look of text, stand
as <U+202E>. Everything above the first empty line is from transom; lines of others
in it are set off by two spaces. With --json the message is as it came.

  $ transom read 9
  Letter 9 to the-newsroom, 2026-11-22
  Thread 7, letter 2 of 2, after letter 7.
  One letter is missing, the sender's 2nd: it has expired or was withdrawn, or the
  server has lost or withheld it.
  File: report.pdf (1.2 MiB)

  One more page, from the annex.
  $ transom reply 9 --message "Thank you. Who else knows of this?"`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.ExactArgs(1),
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
	d, err := v.DropOf(l.Mailbox)
	if err != nil {
		d.Name = "?" // of a damaged vault
	}
	answers := answersOf(d, c.Meta)
	if asJSON {
		err = a.printLetterJSON(v, l, d, c, answers)
	} else {
		head := append(place(v, l), markLines(l)...)
		err = printContent(a.stdout, heading(l, d.Name), append(head, answerLines(answers)...), c)
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

// heading names a letter.
func heading(l vault.Letter, drop string) string {
	switch {
	case l.Sent:
		return fmt.Sprintf("Reply %d from %s, %s", l.Number, drop, l.Day)
	case l.Bare:
		return fmt.Sprintf("Bare letter %d to %s, %s", l.Number, drop, l.Day)
	}
	return fmt.Sprintf("Letter %d to %s, %s", l.Number, drop, l.Day)
}

// markLines are what the recipient has put on a letter.
func markLines(l vault.Letter) []string {
	var lines []string
	if l.Starred {
		lines = append(lines, "Starred.")
	}
	for _, label := range l.Labels {
		lines = append(lines, "Label: "+letter.Visible(label, false))
	}
	if l.Note != "" {
		lines = append(lines, "Note: "+indent(letter.Visible(strings.TrimRight(l.Note, "\n"), true)))
	}
	return lines
}

func (a *app) printLetterJSON(v *vault.Vault, l vault.Letter, d vault.Drop, c *vault.Content, answers []answer) error {
	j := struct {
		letterJSON
		ThreadState *vaultThreadJSON `json:"threadState,omitempty"`
		Answers     []answer         `json:"answers"`
		Message     string           `json:"message"`
	}{letterJSON: toJSON(l, d.Name), Answers: append([]answer{}, answers...), Message: c.UntrustedMessage}
	if t, err := v.Thread(l.Number); err == nil {
		thread := toThreadJSON(v, t, d.Name, numbersOf(v.ThreadLetters(t.Number)), queuedIn(v)[t.Number])
		j.ThreadState = &thread
	}
	return writeJSON(a.stdout, j, true)
}

// printContent shows a letter to a person. What is said about it stands above the
// message, so that no message can add to it.
func printContent(w io.Writer, heading string, about []string, c *vault.Content) error {
	var b strings.Builder
	fmt.Fprintln(&b, heading)
	for _, f := range c.Files {
		fmt.Fprintf(&b, "File: %s (%s)\n", letter.Visible(f.Name, false), size(f.Size))
	}
	for _, line := range about {
		fmt.Fprintln(&b, line)
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
