package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) openCommand() *cobra.Command {
	var keyFiles []string
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "open [-i KEYFILE] FILE.age [--to DIR]",
		Short: "Open an envelope from a file, without network or vault",
		Long: `Open an exported envelope, for instance on a computer that has no network. With -i
(what transom identity printed; may be repeated) no vault is needed; without it the
keys of the vault are tried. The message is shown and the files are listed; --to
writes them into a folder, as transom save does.

Whether the letter was meant for the place where it was found is what transom
collect checks. Here it is only shown, with --json.

  $ transom open -i key.txt letter.age --to case-12
  Letter
  File: report.pdf (1.2 MiB)

  I work at the ministry and…
  case-12/message.txt
  case-12/report.pdf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.open(cmd.Context(), args[0], keyFiles, dir, asJSON)
		},
	}
	cmd.Flags().StringArrayVarP(&keyFiles, "identity", "i", nil, "a `KEYFILE` with age identities")
	cmd.Flags().StringVar(&dir, "to", "", "write message and files into `DIR`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) open(ctx context.Context, path string, keyFiles []string, dir string, asJSON bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fail(exitFailed, "couldn't open the envelope: %w", err)
	}
	defer f.Close()
	ids, err := a.identities(ctx, keyFiles)
	if err != nil {
		return err
	}
	reopen := func() (*letter.Reader, io.Closer, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, nil, fail(exitFailed, "%s can't be read twice", path).hinting("copy it into a file first")
		}
		opened, err := envelope.Open(f, ids...)
		if err != nil {
			return nil, nil, err
		}
		return letter.NewReader(opened), io.NopCloser(nil), nil
	}
	var c *vault.Content
	r, _, err := reopen()
	if err == nil {
		c, err = vault.ReadContent(r)
	}
	if err != nil {
		return refused(path, err)
	}
	if err := a.printOpened(c, asJSON); err != nil || dir == "" {
		return err
	}
	return a.save(c, dir, false, reopen)
}

// refused says why an envelope isn't opened.
func refused(path string, err error) error {
	category := collect.Refusal(err)
	if category == "" {
		return fmt.Errorf("couldn't read %s: %w", path, err)
	}
	if category == "identity" {
		return fail(exitCannotOpen, "%s: none of these keys opens it", path).hinting("give the right one: transom open -i KEYFILE %s", path)
	}
	return fail(exitCannotOpen, "%s is refused: %s", path, collect.Words(category)).stating("Nothing of it was shown or written.")
}

func (a *app) printOpened(c *vault.Content, asJSON bool) error {
	if asJSON {
		j := struct {
			Bare     bool              `json:"bare"`
			Kind     string            `json:"kind,omitempty"`
			Mailbox  string            `json:"mailbox,omitempty"`
			Envelope string            `json:"envelope,omitempty"`
			Answers  map[string]string `json:"answers,omitempty"` // by the questions' IDs
			Message  string            `json:"message"`
			Files    []fileJSON        `json:"files"`
		}{Bare: c.Bare, Message: c.UntrustedMessage, Files: []fileJSON{}}
		if c.Meta != nil {
			j.Kind, j.Answers = c.Meta.Kind, c.Meta.Answers
			j.Mailbox, j.Envelope = drop.MailboxID(c.Meta.Mailbox).String(), drop.EnvelopeID(c.Meta.Envelope).String()
		}
		for _, f := range c.Files {
			j.Files = append(j.Files, fileJSON{f.Name, f.Size})
		}
		return writeJSON(a.stdout, j, true)
	}
	heading := "Letter"
	if c.Bare {
		heading = "Bare letter"
	}
	return printContent(a.stdout, heading, answerLines(answersOf(vault.Drop{}, c.Meta)), c)
}

// identities reads key files, or takes the keys of the vault when there are none.
func (a *app) identities(ctx context.Context, keyFiles []string) (ids []age.Identity, err error) {
	if len(keyFiles) == 0 {
		v, err := a.readVault(ctx)
		if errors.Is(err, vault.ErrNone) {
			return nil, usage("there is no vault, so a key is needed").hinting("give it in a file: transom open -i KEYFILE FILE.age")
		}
		if err != nil {
			return nil, err
		}
		for _, d := range v.Drops() {
			ids = append(ids, d.Identities()...)
		}
		return ids, nil
	}
	for _, path := range keyFiles {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fail(exitFailed, "couldn't read a key: %w", err)
		}
		some, err := age.ParseIdentities(bytes.NewReader(data))
		if err != nil {
			// The error could quote the line, and the line could be a key.
			return nil, fail(exitFailed, "%s holds no age identities, or something else too", path).hinting("make one with transom identity")
		}
		ids = append(ids, some...)
	}
	return ids, nil
}
