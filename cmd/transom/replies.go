package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

type repliesFlags struct {
	server, codenameFile, save string
	json, yes, end             bool
	lookAt                     int
	remove, withdraw           []int
}

const lookAtUsage = "look at `N` envelopes at most: others can put junk there"

func (a *app) repliesCommand() *cobra.Command {
	var f repliesFlags
	cmd := &cobra.Command{
		Use:   "replies --server URL",
		Short: "Show what was written under your codename, by both sides",
		Long: `Ask for the codename that transom send printed, and show the conversation: your own
letters as you keep them, the replies, how far each letter has come, and what is
missing. Nothing that isn't signed by the recipient is shown. What is said of days
is the server's word.

  on the server   not known to have been collected
  collected       the recipient has acknowledged it
  answered        a reply was written by somebody who had read it

--save writes the replies and their files into folders DIR/reply-N, as transom save
does. --delete erases a reply from the server, or your own copy of a letter.
--withdraw erases a letter that hasn't been collected. --close withdraws what hasn't
been collected, tells the recipient, and erases everything: the codename opens
nothing any more.

To write again: transom send --continue.

  $ transom replies --server https://drop.example.org
  Codename (twelve words, not shown):
  To: The newsroom, https://drop.example.org

  Letter 1, yours, 2026-11-21: answered
    I work at the ministry and…

  Letter 2, the recipient's, 2026-11-23
    File: questions.pdf (40.0 KiB)
    Thank you. We have three questions.
  $ transom replies --server https://drop.example.org --save answers
  answers/reply-2/message.txt
  answers/reply-2/questions.pdf`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := atMostOne(cmd, "save", "delete", "withdraw", "close"); err != nil {
				return err
			}
			return a.replies(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "", "the server's `URL`")
	flags.StringVar(&f.codenameFile, "codename-file", "", "read the codename from `FILE` instead of asking for it")
	flags.StringVar(&f.save, "save", "", "write the replies and their files into `DIR`")
	flags.IntSliceVar(&f.remove, "delete", nil, "erase letter `N` from the server for good")
	flags.IntSliceVar(&f.withdraw, "withdraw", nil, "erase your letter `N`, if it hasn't been collected")
	flags.BoolVar(&f.end, "close", false, "withdraw, tell the recipient, and erase everything")
	flags.IntVar(&f.lookAt, "look-at", client.DefaultLookedAt, lookAtUsage)
	flags.BoolVar(&f.yes, "yes", false, "don't ask")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (a *app) replies(ctx context.Context, f repliesFlags) error {
	t, err := a.openThread(ctx, f.server, f.codenameFile, client.OpenOptions{LookAt: f.lookAt})
	if t != nil {
		defer t.Disconnect()
	}
	if errors.Is(err, client.ErrNoCopy) && f.end {
		return a.endThread(ctx, t, f) // to erase what is there needs nobody's name
	}
	if err != nil {
		return err
	}
	switch {
	case f.end:
		return a.endThread(ctx, t, f)
	case len(f.remove) > 0:
		return a.deleteLetters(ctx, t, f)
	case len(f.withdraw) > 0:
		return a.withdrawLetters(ctx, t, f)
	}
	a.noteThread(t)
	switch {
	case f.save != "":
		return a.saveReplies(ctx, t, f)
	case f.json:
		return writeJSON(a.stdout, threadJSON(t), true)
	}
	columns := 0
	if isTerminal(a.stdout) {
		columns = a.columns()
	}
	_, err = io.WriteString(a.stdout, threadText(t, columns))
	return err
}

// noteThread says what is wrong, and what to expect.
func (a *app) noteThread(t *client.Thread) {
	if t.CardError != nil {
		a.note("replies can't be checked, and none is shown, because the recipient's card can't be had:")
		a.note("%s", strings.Join(explain(noCard(t)).lines(), "\n"))
	}
	a.noteOdd(t)
	for i, l := range t.Letters {
		if l.Deleted {
			a.note("letter %d: the server has kept what you deleted, or the recipient has gone on from a backup. To erase it: --delete %d", i+1, i+1)
		}
	}
	a.note("the codename opens nothing after %s, unless you write or look again before", t.Expires)
}

// noteOdd says what there is that isn't shown.
func (a *app) noteOdd(t *client.Thread) {
	for _, n := range []struct {
		count     int
		one, many string
	}{
		{t.Unverified, "envelope may be a reply", "envelopes may be replies"},
		{t.NotGenuine, "envelope is neither yours nor the recipient's: somebody else has put it here, and nothing of it is shown",
			"envelopes are neither yours nor the recipient's: somebody else has put them here, and nothing of them is shown"},
		{t.Damaged, "letter is damaged, or withheld by the server", "letters are damaged, or withheld by the server"},
		{t.TooLarge, "envelope is too large to be a reply, and wasn't fetched", "envelopes are too large to be replies, and weren't fetched"},
		{t.Left, "envelope wasn't looked at: somebody is filling this mailbox. To look at more: --look-at",
			"envelopes weren't looked at: somebody is filling this mailbox. To look at more: --look-at"},
	} {
		if n.count > 0 {
			a.note("%s", count(n.count, n.one, n.many))
		}
	}
}

// threadLetters returns the letters that were named, each of which has to be there.
func threadLetters(t *client.Thread, numbers []int) ([]client.ThreadLetter, error) {
	var letters []client.ThreadLetter
	for _, n := range numbers {
		if n < 1 || n > len(t.Letters) {
			return nil, fail(exitNothing, "there is no letter %d in this conversation", n).stating("Nothing was erased.").hinting("see which there are: transom replies")
		}
		letters = append(letters, t.Letters[n-1])
	}
	return letters, nil
}

// sure asks before something is erased.
func sure(ctx context.Context, yes bool, question string) error {
	const state = "Nothing was erased."
	if yes {
		return nil
	}
	ok, err := confirm(ctx, question)
	if errors.Is(err, errNoTerminal) {
		return usage("there is no terminal to ask on").stating(state).hinting("if you are sure: --yes")
	}
	if err == nil && !ok {
		err = fail(exitFailed, "nothing was erased")
	}
	return stating(err, state)
}

func (a *app) deleteLetters(ctx context.Context, t *client.Thread, f repliesFlags) error {
	letters, err := threadLetters(t, f.remove)
	if err != nil {
		return err
	}
	for i, l := range letters {
		what := "this reply from the server for good"
		if l.Own {
			what = "your own copy of this letter (the letter itself stays where it is)"
		}
		a.note("letter %d, %s: %s", f.remove[i], l.Day, line(l.UntrustedMessage, a.columns()-40))
		if err := sure(ctx, f.yes, "Erase "+what+"?"); err != nil {
			return err
		}
		if err := t.Delete(ctx, l); err != nil {
			return stating(err, fmt.Sprintf("Letter %d may not be erased yet: do it again.", f.remove[i]))
		}
		a.note("letter %d is erased from the server", f.remove[i])
	}
	return nil
}

func (a *app) withdrawLetters(ctx context.Context, t *client.Thread, f repliesFlags) error {
	letters, err := threadLetters(t, f.withdraw)
	if err != nil {
		return err
	}
	for i, l := range letters {
		n := f.withdraw[i]
		if !l.Own {
			return usage("letter %d isn't yours", n).hinting("to erase it from the server: --delete %d", n)
		}
		a.note("letter %d, %s: %s", n, l.Day, line(l.UntrustedMessage, a.columns()-40))
		if err := sure(ctx, f.yes, "Withdraw this letter?"); err != nil {
			return err
		}
		gone, err := t.Withdraw(ctx, l)
		switch {
		case err == nil:
			a.note("letter %d is erased from the server. It may already have been read.", n)
		case gone:
			return stating(err, fmt.Sprintf("Letter %d is erased from the server, and may already have been read. Your own copy of it may still be there: --delete %d.", n, n))
		case isNotFound(err):
			return fail(exitNothing, "letter %d is no longer there: collected, withdrawn or expired", n).hinting("your own copy stays, until --delete %d", n)
		default:
			return stating(err, fmt.Sprintf("Letter %d may be withdrawn or not: do it again.", n))
		}
	}
	return nil
}

func (a *app) endThread(ctx context.Context, t *client.Thread, f repliesFlags) error {
	if err := sure(ctx, f.yes, "Close this conversation for good? Everything in it is erased from the server, and the codename opens nothing any more."); err != nil {
		return err
	}
	bar := a.countingProgress("erasing")
	e, err := t.End(ctx, bar.count)
	bar.done()
	if e.Withdrawn > 0 {
		a.note("%s withdrawn, and may already have been read", count(e.Withdrawn, "letter was", "letters were"))
	}
	if err != nil {
		return stating(err, "The conversation isn't closed, or not all of it is erased: do it again.")
	}
	if e.Told {
		a.note("the recipient is told that you have closed it")
	} else if !t.Ended && e.Withdrawn < ownLetters(t) {
		// Receipts may be off or late, or the card can't be had.
		a.note("the recipient isn't told that you have closed it, and may still answer what they have collected")
	}
	a.note("%s erased from the server. The codename opens nothing any more.", count(e.Erased, "envelope is", "envelopes are"))
	return nil
}

// ownLetters counts the sender's own letters of which there are copies.
func ownLetters(t *client.Thread) (n int) {
	for _, l := range t.Letters {
		if l.Own {
			n++
		}
	}
	return n
}

// saveReplies writes each reply into a folder of its own. Files are fetched for
// it, and never held.
func (a *app) saveReplies(ctx context.Context, t *client.Thread, f repliesFlags) error {
	if !slices.ContainsFunc(t.Letters, func(l client.ThreadLetter) bool { return !l.Own }) {
		return fail(exitNothing, "there is no reply to save")
	}
	if err := os.Mkdir(f.save, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fail(exitFailed, "couldn't make a folder: %w", err)
	}
	all := []fileJSON{}
	for i, l := range t.Letters {
		if l.Own {
			continue
		}
		c := &vault.Content{HasMessage: true, UntrustedMessage: l.UntrustedMessage}
		for _, file := range l.Files {
			c.Files = append(c.Files, vault.ContentFile{UntrustedName: file.UntrustedName, Size: file.Size})
		}
		dir := filepath.Join(f.save, fmt.Sprintf("reply-%d", i+1))
		saved, err := c.Save(dir, func() (*letter.Reader, io.Closer, error) { return t.Open(ctx, l) })
		if err != nil {
			return stating(err, "Nothing of reply "+strconv.Itoa(i+1)+" was left behind.")
		}
		for _, s := range saved {
			all = append(all, fileJSON{s.Path, s.Size})
			if !f.json {
				fmt.Fprintln(a.stdout, letter.Visible(s.Path, false))
			}
		}
	}
	if f.json {
		return writeJSON(a.stdout, all, true)
	}
	return nil
}
