package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
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
can read it. A letter that is damaged in the vault is said to be, in its place, and
the exit code is 1 then.

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
			text, left, err := a.transcript(v, t)
			if err != nil {
				return err
			}
			print := func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
			if path == "" || path == "-" {
				err = print(a.stdout)
			} else {
				err = writeNew(path, print)
			}
			if err != nil {
				return err
			}
			return damagedOnes(left)
		},
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to `FILE`, which must not be there; - is stdout")
	return cmd
}

// transcript returns a thread as a text, and the letters that are damaged: one that
// is takes no other with it.
func (a *app) transcript(v *vault.Vault, t vault.Thread) (text string, left []int, err error) {
	letters := v.ThreadLetters(t.Number)
	missing, queued := v.Missing(t.Number), queuedReplies(v)
	more := len(missing) >= vault.MaxMissing
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
		err := a.transcribe(&b, v, d, l, queued)
		if errors.Is(err, vault.ErrDamaged) {
			left = append(left, l.Number)
			b.WriteString("\n(this letter is damaged in the vault and cannot be shown)\n")
		} else if err != nil {
			return "", nil, err
		}
	}
	// Of letters that were deleted here, the numbers are still known.
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\n== %s\n", missingWords(missing))
	}
	if more {
		fmt.Fprintf(&b, "\n== More letters may be missing: only the first %d gaps are told.\n", vault.MaxMissing)
	}
	if t.SenderClosed {
		b.WriteString("\n== The sender has closed the thread.\n")
	}
	return b.String(), left, nil
}

// damagedOnes is how a command ends that could not read all letters, nil when it could.
func damagedOnes(numbers []int) error {
	if len(numbers) == 0 {
		return nil
	}
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = strconv.Itoa(n)
	}
	return fail(exitFailed, "%s damaged in the vault: %s", plural(len(numbers), "a letter is", "letters are"), strings.Join(all, ", ")).stating(
		"What is in the others was written.").hinting("put the vault back from a backup")
}

// transcribe writes one letter of a transcript: of a damaged one, the heading.
func (a *app) transcribe(b *strings.Builder, v *vault.Vault, d vault.Drop, l vault.Letter, queued map[int]vault.Queued) error {
	if l.Sent {
		waits := ""
		if _, ok := queued[l.Number]; ok {
			waits = ", not sent yet"
		}
		fmt.Fprintf(b, "\n== Reply %d, to the sender, %s%s\n", l.Number, l.Day, waits)
	} else {
		fmt.Fprintf(b, "\n== Letter %d, from the sender, %s\n", l.Number, l.Day)
	}
	_, c, err := a.content(v, l.Number)
	if err != nil {
		return err
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
