package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

type saveFlags struct {
	dir       string
	yes, json bool
}

func (a *app) saveCommand() *cobra.Command {
	var s saveFlags
	var f filter
	cmd := &cobra.Command{
		Use:   "save N… | --FILTER… [--to DIR]",
		Short: "Write letters' messages and files into folders",
		Long: `Write the message (message.txt) and the files of a letter into a folder, letter-N
unless --to says another. A folder that isn't there is made, for you alone, and
appears when all is written. Nothing is ever replaced: in a folder that is there,
what has a name that is taken gets a number. File names are made safe. The paths
are printed.

Several letters, by their numbers or by a filter, go into a folder each, letter-N in
DIR. Those whose folder is there already are left out: stopped at any point, the
same command goes on. A filter saves only after you were asked, or with --yes.

Files come from somebody you don't know. Open them where they can do no harm.

  $ transom save 7 --to case-12
  case-12/message.txt
  case-12/report.pdf
  $ transom save --label urgent --to urgent
  Save 214 letters (1.2 GiB sealed) into urgent? [y/N] y
  urgent/letter-7/message.txt`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			numbers, err := f.numbers(args, cmd.CommandPath())
			if err != nil {
				return err
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			letters, err := f.several(v, numbers)
			if err != nil {
				return err
			}
			if len(args) > 0 && len(letters) == 1 {
				return a.saveOne(v, letters[0].Number, s)
			}
			return a.saveAll(cmd.Context(), v, letters, s, len(args) > 0 || s.yes)
		},
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.dir, "to", "", "write into `DIR` (default letter-N; of several letters, the folders are made here)")
	flags.BoolVar(&s.yes, "yes", false, "don't ask")
	flags.BoolVar(&s.json, "json", false, "print JSON")
	return cmd
}

// saveOne writes one letter into a folder of which the person may have said what
// it is called.
func (a *app) saveOne(v *vault.Vault, n int, s saveFlags) error {
	_, c, err := a.content(v, n)
	if err != nil {
		return err
	}
	if s.dir == "" {
		s.dir = fmt.Sprintf("letter-%d", n)
		if isThere(s.dir) {
			return fail(exitFailed, "%s is there already", s.dir).stating("Nothing was written.").hinting("say where to: transom save %d --to DIR", n)
		}
	}
	return a.save(c, s.dir, s.json, func() (*letter.Reader, io.Closer, error) { return v.OpenLetter(n) })
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// saveAll writes letters into a folder each.
func (a *app) saveAll(ctx context.Context, v *vault.Vault, letters []vault.Letter, s saveFlags, sure bool) error {
	total := int64(0)
	for _, l := range letters {
		total += l.Size
	}
	if s.dir == "" {
		s.dir = "."
	}
	if !sure {
		where := "into " + s.dir
		if s.dir == "." {
			where = "here"
		}
		ok, err := confirm(ctx, fmt.Sprintf("Save %s (%s sealed) %s?", count(len(letters), "letter", "letters"), size(total), where))
		if errors.Is(err, errNoTerminal) {
			return usage("there is no terminal to ask on: it would save %s", count(len(letters), "letter", "letters")).stating("Nothing was written.").hinting("if you are sure: transom save --yes")
		}
		if err != nil {
			return stating(err, "Nothing was written.")
		}
		if !ok {
			return fail(exitFailed, "nothing was written")
		}
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fail(exitFailed, "couldn't make a folder: %w", err).stating("Nothing was written.")
	}
	return a.saveEach(ctx, v, letters, s, total)
}

func (a *app) saveEach(ctx context.Context, v *vault.Vault, letters []vault.Letter, s saveFlags, total int64) error {
	var written int64
	var saved, there, refused int
	all := []fileJSON{}
	bar := a.progress("saving")
	defer bar.done()
	for _, l := range letters {
		if ctx.Err() != nil {
			return stating(ctx.Err(), savedSoFar)
		}
		written += l.Size
		dir := filepath.Join(s.dir, fmt.Sprintf("letter-%d", l.Number))
		switch {
		case l.Refused != "":
			refused++
			a.note("letter %d was refused and isn't saved: %s", l.Number, collect.Words(l.Refused))
			continue
		case isThere(dir):
			there++
			continue
		}
		_, c, err := a.content(v, l.Number)
		if err != nil {
			return stating(err, savedSoFar)
		}
		files, err := c.Save(dir, func() (*letter.Reader, io.Closer, error) { return v.OpenLetter(l.Number) })
		if err != nil {
			return stating(err, savedSoFar)
		}
		saved++
		for _, f := range files {
			if s.json {
				all = append(all, fileJSON{f.Path, f.Size})
				continue
			}
			bar.done()
			if _, err := fmt.Fprintln(a.stdout, letter.Visible(f.Path, false)); err != nil {
				return stating(err, savedSoFar)
			}
		}
		bar.set(written, total)
	}
	bar.done()
	a.note("saved %s%s", count(saved, "letter", "letters"), leftOut(there, refused))
	if s.json {
		return writeJSON(a.stdout, all, true)
	}
	return nil
}

const savedSoFar = "Each letter was saved whole or not at all; the same command goes on."

func leftOut(there, refused int) string {
	text := ""
	if there > 0 {
		text += fmt.Sprintf("; %s", count(there, "was there already", "were there already"))
	}
	if refused > 0 {
		text += fmt.Sprintf("; %s", count(refused, "was refused", "were refused"))
	}
	return text
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
