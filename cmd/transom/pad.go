package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
)

func (a *app) padCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "pad [FILE.tar] [-o FILE]",
		Short: "Pad a tar archive, so that its size says little",
		Long: `Pad a tar archive to the size of a letter, for senders who seal with stock tools: a
server takes no others. The archive is checked as a letter first: plain files
only, no name twice, nothing behind its end. A FILE is padded in place; without one
the archive comes from stdin and goes to stdout.

  $ tar -cf letter.tar --owner=0 --group=0 --mtime=@0 message.txt report.pdf
  $ transom pad letter.tar
  $ transom card --keys LINK > keys.txt
  $ age -R keys.txt -o letter.age letter.tar
  $ transom send --sealed letter.age LINK`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			err := a.pad(args, path)
			if errors.Is(err, letter.ErrTar) || errors.Is(err, letter.ErrType) || errors.Is(err, letter.ErrName) ||
				errors.Is(err, letter.ErrDuplicate) || errors.Is(err, letter.ErrTrailing) || errors.Is(err, letter.ErrOrder) || errors.Is(err, letter.ErrCanonical) {
				return stating(err, "Nothing was changed.")
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to `FILE`, which must not be there")
	return cmd
}

// maxPiped is how large an archive may be that is held in memory: it is checked
// to its end before anything of it is passed on.
const maxPiped = 1 << 30

func (a *app) pad(args []string, path string) error {
	if len(args) == 0 || args[0] == "-" {
		return a.padStream(a.stdin, path)
	}
	if path != "" {
		f, err := os.Open(args[0])
		if err != nil {
			return fail(exitFailed, "couldn't read the archive: %w", err)
		}
		defer f.Close()
		return writeNew(path, func(w io.Writer) error { return letter.Pad(w, f) })
	}
	f, err := os.OpenFile(args[0], os.O_RDWR, 0)
	if err != nil {
		return fail(exitFailed, "couldn't open the archive: %w", err)
	}
	defer f.Close()
	var size counter
	if err := letter.Pad(&size, f); err != nil {
		return err
	}
	// What is missing are zeros, and a file that is made longer has those.
	if err := errors.Join(f.Truncate(int64(size)), f.Sync()); err != nil {
		return fmt.Errorf("couldn't pad the archive: %w", err)
	}
	return nil
}

// padStream pads stdin into a new file, or to stdout when all of it is right.
func (a *app) padStream(r io.Reader, path string) error {
	if path != "" {
		return writeNew(path, func(w io.Writer) error { return letter.Pad(w, r) })
	}
	if isTerminal(a.stdout) {
		return usage("an archive doesn't go to a terminal").hinting("write it to a file: transom pad -o FILE")
	}
	var padded bytes.Buffer
	limited := &io.LimitedReader{R: r, N: maxPiped}
	err := letter.Pad(&padded, limited)
	if limited.N == 0 {
		return fail(exitFailed, "the archive is too large to be piped").hinting("pad it in place: transom pad FILE.tar")
	}
	if err != nil {
		return err
	}
	_, err = padded.WriteTo(a.stdout)
	return err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
