package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

type replyFlags struct {
	sendFlags
	canned string
}

func (a *app) replyCommand() *cobra.Command {
	var f replyFlags
	cmd := &cobra.Command{
		Use:   "reply N… [FILE…]",
		Short: "Answer the sender of a letter",
		Long: `Answer the thread that letter N belongs to. Only who has its codename can read the
reply. The message comes from --message, --message-file, stdin when that isn't a
terminal, or else your editor (VISUAL, EDITOR). --canned FILE puts an opening in
front of it, for what you say to everyone.

Several numbers get the same reply, each sealed for itself; a thread that is named
twice gets it once. Files follow the numbers, or -- where one has a number for a
name.

A reply is sealed into the outbox first, and is then sent: at once, or after the
random delay that transom drop --delay asks for. What can't be sent stays in the
outbox. transom read shows of each reply whether the sender has seen it.

The server sees the address that you connect from. Files are sent as they are: a
document can say who wrote it.

  $ transom reply 7 --message "Thank you. Who else knows of this?"
  transom: reply 12 to thread 7 is on the server, sealed for its sender. It waits until 2026-12-22.
  $ transom reply 7 9 15 --canned thanks.txt --message "We publish on Monday." -- 2026.pdf`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := atMostOne(cmd, "message", "message-file"); err != nil {
				return stating(err, nothingSent)
			}
			f.messageSet = cmd.Flags().Changed("message")
			numbers, paths, err := replyArguments(args, cmd.ArgsLenAtDash())
			if err != nil {
				return stating(err, nothingSent)
			}
			return stating(a.reply(cmd.Context(), numbers, paths, f), nothingSent)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.message, "message", "", "the message; other programs on this computer can see it here")
	flags.StringVar(&f.messageFile, "message-file", "", "read the message from `FILE`")
	flags.StringVar(&f.canned, "canned", "", "put the text of `FILE` in front of the message")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// replyArguments tells numbers from files. Before -- all are numbers; without it,
// as many as there are.
func replyArguments(args []string, dash int) (all []int, paths []string, err error) {
	n := dash
	if n < 0 {
		n = slices.IndexFunc(args, func(arg string) bool { _, err := strconv.Atoi(arg); return err != nil })
	}
	if n < 0 {
		n = len(args)
	}
	if n == 0 {
		return nil, nil, usage("answer which letter? Its number is missing: transom reply N").hinting("see which there are: transom list")
	}
	all, err = numbers(args[:n])
	return all, args[n:], err
}

func (a *app) reply(ctx context.Context, numbers []int, paths []string, f replyFlags) error {
	attachments, err := attach(paths)
	if err != nil {
		return err
	}
	open, err := a.unlock(ctx)
	if err != nil {
		return err
	}
	// Who can't be answered is better known before anything is written.
	threads, err := answerable(open, numbers)
	if err != nil {
		return err
	}
	message, err := a.replyMessage(ctx, f, len(paths) > 0)
	if err != nil {
		return err
	}
	if len(attachments) > 0 {
		a.note("files are sent as they are, with what they say about where they come from")
	}
	v, err := a.openWritten(ctx, open)
	if err != nil {
		return err
	}
	defer v.Close()
	var replies []vault.Letter
	for _, n := range threads {
		l, err := collect.Reply(v, n, client.Letter{Message: message, Files: attachments}, time.Now())
		if err != nil {
			return notQueued(err, n, replies)
		}
		replies = append(replies, l)
	}
	sent, err := a.flush(ctx, v, collect.FlushOptions{})
	if err != nil {
		return err
	}
	return a.tellReplies(v, replies, sent, f.json)
}

// answerable returns the threads of letters, each once, if all can be answered.
func answerable(open func(vault.Options) (*vault.Vault, error), numbers []int) (threads []int, err error) {
	v, err := open(vault.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer v.Close()
	for _, n := range numbers {
		t, err := thread(v, n)
		switch {
		case err != nil:
			return nil, err
		case t.SenderClosed:
			return nil, senderClosed(t.Number)
		case t.Blocked:
			return nil, blocked(t.Number)
		}
		if !slices.Contains(threads, t.Number) {
			threads = append(threads, t.Number)
		}
	}
	return threads, nil
}

func senderClosed(thread int) *failure {
	return fail(exitFailed, "the sender has closed thread %d: nobody would read a reply", thread)
}

func blocked(thread int) *failure {
	return fail(exitFailed, "you have blocked thread %d, and its sender was told that it is closed", thread).hinting("take letters again first: transom block %d --undo", thread)
}

// replyMessage returns the message with its opening. In an editor, the opening
// stands there already.
func (a *app) replyMessage(ctx context.Context, f replyFlags, files bool) (string, error) {
	opening, err := readCanned(f.canned)
	if err != nil {
		return "", err
	}
	message, write, err := a.message(f.sendFlags, nil, files || opening != "")
	if err != nil {
		return "", err
	}
	switch {
	case !write && message == "":
		return strings.TrimSuffix(opening, "\n"), nil
	case !write:
		return opening + message, nil
	}
	if message, err = editFrom(ctx, opening); err == nil && message == "" {
		err = fail(exitFailed, "the message is empty").hinting(`to send files alone: --message ""`)
	}
	return message, err
}

// readCanned returns an opening, with an empty line behind it.
func readCanned(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fail(exitFailed, "couldn't read the opening: %w", err)
	}
	defer file.Close()
	text, err := readMessage(file)
	if err != nil {
		return "", err
	}
	if !utf8.ValidString(text) {
		return "", fail(exitFailed, "the opening in %s isn't text in UTF-8", path)
	}
	if text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n"); text == "" {
		return "", fail(exitFailed, "the opening in %s is empty", path)
	}
	return text + "\n\n", nil
}

// notQueued says why a reply could not be made, and what became of those to other
// threads.
func notQueued(err error, thread int, before []vault.Letter) error {
	var f *failure
	var tooLarge *client.SizeError
	switch {
	case errors.Is(err, collect.ErrClosed):
		f = senderClosed(thread)
	case errors.Is(err, collect.ErrBlocked):
		f = blocked(thread)
	case errors.Is(err, collect.ErrNoDesk):
		f = fail(exitFailed, "the card of this drop doesn't say yet who signs your replies").hinting("publish a new one: transom collect")
	case errors.Is(err, client.ErrEmpty):
		f = fail(exitFailed, "the reply is empty")
	case errors.As(err, &tooLarge):
		f = fail(exitFailed, "the sealed reply has %s, and one may have up to %s", size(tooLarge.Sealed), size(tooLarge.Largest)).hinting("send less at once")
	default:
		f = explain(fmt.Errorf("couldn't make the reply to thread %d: %w", thread, err))
	}
	if len(before) > 0 {
		return f.stating(fmt.Sprintf("The same reply to %s is in the outbox: transom outbox", count(len(before), "other thread", "other threads")))
	}
	return f.stating(nothingSent)
}

// replyJSON is what became of a reply, for scripts.
type replyJSON struct {
	Number    int    `json:"number"`
	Thread    int    `json:"thread"`
	State     string `json:"state"`               // sent, queued, or failed: then it is queued too
	NotBefore string `json:"notBefore,omitempty"` // of a queued one
	Expires   string `json:"expires,omitempty"`   // of a sent one
}

// tellReplies tells of each reply what became of it. It fails when one could not
// be sent.
func (a *app) tellReplies(v *vault.Vault, replies []vault.Letter, f flushed, asJSON bool) error {
	all := []replyJSON{}
	var failed error
	queued, now := queuedReplies(v), time.Now()
	for _, l := range replies {
		j := replyJSON{Number: l.Number, Thread: l.Thread}
		name := fmt.Sprintf("reply %d to thread %d", l.Number, l.Thread)
		q, waits := queued[l.Number]
		switch sent, err := f.of(l.Number); {
		case sent != nil:
			j.State, j.Expires = "sent", sent.receipt.Expires.String()
			a.note("%s is on the server, sealed for its sender. It waits until %s.", name, sent.receipt.Expires)
		case err != nil:
			j.State = "failed"
			a.note("%s could not be sent yet: %v", name, err)
			failed = explain(err).stating("It is in the outbox, sealed, and nothing is lost.").hinting("try again: transom outbox --send")
		case waits && q.NotBefore.After(now):
			j.State, j.NotBefore = "queued", q.NotBefore.UTC().Format(time.RFC3339)
			a.note("%s is in the outbox, sealed. It leaves with the first transom collect after %s.", name, localTime(q.NotBefore))
		default:
			j.State = "queued"
			a.note("%s is in the outbox, sealed, behind others to the same thread: transom outbox", name)
		}
		all = append(all, j)
	}
	if asJSON {
		if err := writeJSON(a.stdout, all, true); err != nil {
			return err
		}
	}
	return failed
}

// of returns what became of a reply: both are nil when it wasn't due.
func (f flushed) of(letter int) (*sentEntry, error) {
	for i := range f.sent {
		if f.sent[i].Letter == letter {
			return &f.sent[i], nil
		}
	}
	for _, e := range f.failed {
		if e.Letter == letter {
			return nil, e.err
		}
	}
	return nil, nil
}
