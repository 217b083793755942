package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) transcriptCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "transcript N [-o FILE]",
		Short: "Write a whole thread as a text to read",
		Long: `Write the thread that letter N belongs to, from its beginning, as a text: messages,
answers and the names of files, from both sides, and where a letter is missing. Your
notes, stars and labels are not in it. Nothing is marked as read.

Messages are set off by four spaces, so that none can pass for a heading, and what
is dangerous to look at is made visible, as by transom read. Without -o it goes to
stdout; -o makes a new file that only you can read. It is not sealed: who has it
can read it.

  $ transom transcript 7 -o thread-7.txt
  $ head -4 thread-7.txt
  Thread 7 of the-newsroom: 3 letters, 2026-11-21 to 2026-11-23

  == Letter 7, from the sender, 2026-11-21
  File: report.pdf (1.2 MiB)`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := number(args[0])
			if err != nil {
				return err
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			t, err := thread(v, n)
			if err != nil {
				return err
			}
			text, err := a.transcript(v, t)
			if err != nil {
				return err
			}
			print := func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
			if path == "" || path == "-" {
				return print(a.stdout)
			}
			return writeNew(path, print)
		},
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to `FILE`, which must not be there; - is stdout")
	return cmd
}

// transcript returns a thread as a text.
func (a *app) transcript(v *vault.Vault, t vault.Thread) (string, error) {
	letters := v.ThreadLetters(t.Number)
	missing, queued := v.Missing(t.Number), queuedReplies(v)
	name := dropNames(v).of(t.Drop)
	d, _ := v.DropOf(t.Drop)
	var b strings.Builder
	fmt.Fprintf(&b, "Thread %d of %s: %s%s\n", t.Number, name, count(len(letters), "letter", "letters"), days(letters))
	for _, l := range letters {
		if !l.Sent {
			var before []int64
			for len(missing) > 0 && missing[0] < l.Seq {
				before, missing = append(before, missing[0]), missing[1:]
			}
			if len(before) > 0 {
				fmt.Fprintf(&b, "\n== %s\n", missingWords(before))
			}
		}
		if err := a.transcribe(&b, v, d, l, queued); err != nil {
			return "", err
		}
	}
	// Of letters that were deleted here, the numbers are still known.
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\n== %s\n", missingWords(missing))
	}
	if t.SenderClosed {
		b.WriteString("\n== The sender has closed the thread.\n")
	}
	return b.String(), nil
}

// transcribe writes one letter of a transcript.
func (a *app) transcribe(b *strings.Builder, v *vault.Vault, d vault.Drop, l vault.Letter, queued map[int]vault.Queued) error {
	_, c, err := a.content(v, l.Number)
	if err != nil {
		return err
	}
	if l.Sent {
		waits := ""
		if _, ok := queued[l.Number]; ok {
			waits = ", not sent yet"
		}
		fmt.Fprintf(b, "\n== Reply %d, to the sender, %s%s\n", l.Number, l.Day, waits)
	} else {
		fmt.Fprintf(b, "\n== Letter %d, from the sender, %s\n", l.Number, l.Day)
	}
	for _, f := range c.Files {
		fmt.Fprintf(b, "File: %s (%s)\n", letter.Visible(f.Name, false), size(f.Size))
	}
	for _, line := range answerLines(answersOf(d, c.Meta)) {
		fmt.Fprintln(b, line)
	}
	text := strings.TrimRight(letter.Visible(c.UntrustedMessage, true), "\n")
	if text == "" {
		return nil
	}
	b.WriteByte('\n')
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			line = "    " + line
		}
		fmt.Fprintln(b, line)
	}
	return nil
}

// days says between which days letters came and went.
func days(letters []vault.Letter) string {
	if len(letters) == 0 {
		return ""
	}
	first, last := letters[0].Day, letters[0].Day
	for _, l := range letters {
		first, last = min(first, l.Day), max(last, l.Day)
	}
	if first == last {
		return ", " + first.String()
	}
	return ", " + first.String() + " to " + last.String()
}
