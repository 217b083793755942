package main

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) noteCommand() *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "note N [TEXT]",
		Short: "Keep a note of your own on a letter",
		Long: `Keep a note of your own on a letter, in place of the one before. The text comes from
the command line, from stdin when that isn't a terminal, or else from your editor
(VISUAL, EDITOR), which opens the present note. --remove takes the note away.

A note stays in the vault, sealed like the letters. It is shown by transom read,
and nobody else learns of it. transom search finds it.

  $ transom note 7 "Called the archive: page 14 is real."
  $ transom note 7 < notes.txt
  $ transom note 7 --remove`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if remove && len(args) > 1 {
				return usage("a text and --remove don't go together: transom note --help")
			}
			return a.putNote(cmd.Context(), args, remove)
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "take the note away")
	return cmd
}

func (a *app) putNote(ctx context.Context, args []string, remove bool) error {
	n, err := number(args[0])
	if err != nil {
		return err
	}
	open, err := a.unlock(ctx)
	if err != nil {
		return err
	}
	text := ""
	if !remove {
		present, err := presentNote(open, n)
		if err != nil {
			return err
		}
		if text, err = a.noteText(ctx, args[1:], present); err != nil {
			return stating(err, nothingChanged)
		}
	}
	v, err := a.openWritten(ctx, open)
	if err != nil {
		return stating(err, nothingChanged)
	}
	defer v.Close()
	if _, err := v.Letter(n); err != nil {
		return noLetter(n)
	}
	return v.Mark([]int{n}, func(m *vault.Marks) { m.Note = text })
}

func presentNote(open func(vault.Options) (*vault.Vault, error), n int) (string, error) {
	v, err := open(vault.Options{ReadOnly: true})
	if err != nil {
		return "", err
	}
	defer v.Close()
	l, err := v.Letter(n)
	if err != nil {
		return "", noLetter(n)
	}
	return l.Note, nil
}

// noteText returns what the note is to be.
func (a *app) noteText(ctx context.Context, args []string, present string) (text string, err error) {
	switch {
	case len(args) > 0:
		text = args[0]
	case !isTerminal(a.stdin):
		text, err = readMessage(a.stdin)
	default:
		text, err = editFrom(ctx, present)
	}
	text = strings.TrimSpace(text)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", fail(exitFailed, "the note is empty").hinting("to take it away: --remove")
	case len(text) > vault.MaxNote:
		return "", fail(exitFailed, "the note has %s, and may have up to %s", size(int64(len(text))), size(vault.MaxNote))
	case !utf8.ValidString(text):
		return "", fail(exitFailed, "the note isn't text in UTF-8")
	}
	return text, nil
}
