package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
)

const (
	nothingSent = "Nothing was sent."
	// notTaken is for a refusal, which can come after the envelope has gone.
	notTaken = "The server did not take your letter. If any of it left this computer, it was sealed."
)

type sendFlags struct {
	message, messageFile, sealed, server, codenameFile string
	messageSet, json, noReply, goOn                    bool
	answers                                            []string
	lookAt                                             int
}

func (a *app) sendCommand() *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use:   "send LINK [FILE…] | send --continue --server URL [FILE…]",
		Short: "Send a letter to a drop",
		Long: `Seal a letter for the drop behind a link, and deposit it. The message comes from
--message, --message-file, stdin when that isn't a terminal, or else your editor
(VISUAL, EDITOR). LINK may be - to be asked for it, or to read it from the first
line of stdin: then it stays out of the shell's history.

The card behind the link is checked first: that it comes from the owner whom the
link names, and that it is valid by this computer's date. If anything is wrong,
nothing is sent. Its questions are asked on the terminal, or answered by --answer.

If the recipient sends replies, a codename is printed: twelve words that are the
only way to read a reply (transom replies) and to write again (--continue). Nobody
can give them to you a second time, and who has them reads the replies. For a
letter without any way back: --no-reply.

The server sees the address that you connect from. Through Tor it sees none:
--proxy socks5h://127.0.0.1:9050. Files are sent as they are: a photo can say
where it was taken, a document who wrote it.

  $ transom send --proxy socks5h://127.0.0.1:9050 - report.pdf < message.txt
  $ transom send https://drop.example.org/#drop1qyzv6lakq2… photo.jpg
  transom: writing to: The newsroom
  transom: your letter is on the server, sealed. Only the recipient can open it.
  transom: your codename, the only way to a reply. Keep it where nobody else finds it:
  tomato orbit lunar …
  $ transom replies --server https://drop.example.org
  $ transom send --continue --server https://drop.example.org
  Codename (twelve words, not shown):`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.messageSet = cmd.Flags().Changed("message")
			if err := atMostOne(cmd, "message", "message-file", "sealed"); err != nil {
				return stating(err, nothingSent)
			}
			if err := atMostOne(cmd, "sealed", "answer"); err != nil {
				return stating(err, nothingSent)
			}
			if f.goOn {
				return a.sendNext(cmd, args, f)
			}
			if f.codenameFile != "" {
				return usage("a codename goes with --continue: a new thread gets a new one").stating(nothingSent)
			}
			if len(args) == 0 {
				return usage("which drop? The link is missing").stating(nothingSent).hinting("transom send LINK [FILE…], or - to be asked for the link")
			}
			return a.send(cmd.Context(), args[0], args[1:], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.message, "message", "", "the message; other programs on this computer can see it here")
	flags.StringVar(&f.messageFile, "message-file", "", "read the message from `FILE`")
	flags.StringVar(&f.sealed, "sealed", "", "deposit `FILE.age`, which stock tools made")
	flags.StringArrayVar(&f.answers, "answer", nil, "answer a question: `ID=TEXT`; may be repeated")
	flags.BoolVar(&f.noReply, "no-reply", false, "want no reply: no codename, and no way back to you")
	flags.BoolVar(&f.goOn, "continue", false, "write again, under the codename that you have")
	flags.StringVar(&f.codenameFile, "codename-file", "", "read the codename from `FILE` instead of asking for it")
	flags.IntVar(&f.lookAt, "look-at", client.DefaultLookedAt, "with --continue, "+lookAtUsage)
	flags.StringVar(&f.server, "server", "", "the server's `URL`, with --continue or when only the link code is given")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (a *app) send(ctx context.Context, linkArg string, paths []string, f sendFlags) error {
	l, rest, err := a.link(ctx, linkArg, f.server)
	if err != nil {
		return stating(err, nothingSent)
	}
	if f.sealed != "" && len(paths) > 0 {
		return usage("a sealed letter can't take files any more").stating(nothingSent)
	}
	attachments, err := attach(paths)
	if err != nil {
		return stating(err, nothingSent)
	}
	message, write, err := a.message(f, rest, len(paths)+len(f.answers) > 0)
	if err != nil {
		return stating(err, nothingSent)
	}
	c, r, err := a.readCard(ctx, l)
	if err != nil {
		return stating(err, nothingSent)
	}
	defer c.Close()
	written := client.Letter{Message: message, Files: attachments}
	if err := a.compose(ctx, r, f, &written, write); err != nil {
		return stating(err, nothingSent)
	}
	if f.sealed == "" && !f.noReply {
		if r.TakesReplies() {
			return a.sendFirst(ctx, c, r, l, written, f)
		}
		a.note("this recipient sends no replies, so there is no codename")
	}
	sealed, err := a.seal(ctx, c, r, f, written)
	if err != nil {
		return stating(err, nothingSent)
	}
	return a.deposit(ctx, c, r, sealed, f)
}

// compose completes a letter with what is asked for on the terminal: answers, and
// with write the message.
func (a *app) compose(ctx context.Context, r *client.Recipient, f sendFlags, l *client.Letter, write bool) (err error) {
	a.note("writing to: %s", r.Card.Title)
	if len(l.Files) > 0 {
		a.note("files are sent as they are, with what they say about where they come from")
	}
	if f.sealed == "" {
		questions := r.Card.Questions
		if f.goOn && len(f.answers) == 0 {
			questions = nil // they were asked with the first letter
		}
		if l.Answers, err = a.answers(ctx, questions, f.answers); err != nil {
			return err
		}
	}
	if write {
		l.Message, err = edit(ctx)
	}
	return err
}

// seal makes the envelope, or reads the one that was made with stock tools.
func (a *app) seal(ctx context.Context, c *client.Client, r *client.Recipient, f sendFlags, l client.Letter) (*client.Sealed, error) {
	if f.sealed == "" {
		sealed, err := r.Seal(l)
		return sealed, notSealed(err, r)
	}
	info, err := c.Info(ctx)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(f.sealed)
	if err != nil {
		return nil, fail(exitFailed, "couldn't read the sealed letter: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, r.Largest+1))
	if err != nil {
		return nil, fail(exitFailed, "couldn't read the sealed letter: %w", err)
	}
	sealed, err := r.SealedElsewhere(data, info.Classes)
	switch {
	case errors.Is(err, gate.ErrHeader):
		return nil, fail(exitFailed, "%s isn't an age file (an armored one isn't taken)", f.sealed).hinting("seal it: age -R keys.txt -o letter.age letter.tar")
	case errors.Is(err, gate.ErrClass):
		return nil, fail(exitFailed, "%s isn't sealed to the kind of key that this drop takes", f.sealed).hinting("use the drop's own keys: transom card --keys LINK > keys.txt")
	case errors.Is(err, gate.ErrSize):
		return nil, fail(exitFailed, "what is sealed in %s isn't padded", f.sealed).hinting("pad it before it is sealed: transom pad letter.tar")
	}
	return sealed, tooLarge(err)
}

// notSealed says why a letter can't be for this recipient.
func notSealed(err error, r *client.Recipient) error {
	switch {
	case errors.Is(err, client.ErrEmpty):
		return fail(exitFailed, "the letter is empty")
	case errors.Is(err, client.ErrNoFiles):
		return fail(exitFailed, "%w", err).hinting("send the message alone")
	}
	return tooLarge(badAnswer(err, r.Card.Questions))
}

func tooLarge(err error) error {
	var s *client.SizeError
	if errors.As(err, &s) {
		return fail(exitFailed, "the sealed letter has %s, and this drop takes up to %s", size(s.Sealed), size(s.Largest)).hinting("send less at once")
	}
	return err
}

func isNotFound(err error) bool { return errors.Is(err, drop.ErrNotFound) }

// attach looks at the files before anything is sent.
func attach(paths []string) ([]client.Attachment, error) {
	var all []client.Attachment
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fail(exitFailed, "couldn't read a file: %w", err)
		}
		if !info.Mode().IsRegular() {
			return nil, fail(exitFailed, "%s isn't a file", path).hinting("put a folder into an archive first")
		}
		all = append(all, client.Attachment{
			Name: filepath.Base(path), Size: info.Size(),
			Open: func() (io.ReadCloser, error) { return os.Open(path) },
		})
	}
	return all, nil
}

// message returns the message, or says that it is still to be written.
func (a *app) message(f sendFlags, rest io.Reader, mayBeEmpty bool) (text string, write bool, err error) {
	switch {
	case f.sealed != "":
		return "", false, nil
	case f.messageSet:
		text = f.message
	case f.messageFile != "":
		file, err := os.Open(f.messageFile)
		if err != nil {
			return "", false, fail(exitFailed, "couldn't read the message: %w", err)
		}
		defer file.Close()
		text, err = readMessage(file)
		if err != nil {
			return "", false, err
		}
	case rest != nil:
		text, err = readMessage(rest)
	case !isTerminal(a.stdin):
		text, err = readMessage(a.stdin)
	default:
		return "", true, nil
	}
	if err == nil && text == "" && !mayBeEmpty {
		err = fail(exitFailed, "the letter is empty")
	}
	if err == nil && !utf8.ValidString(text) {
		err = fail(exitFailed, "the message isn't text in UTF-8").hinting("send it as a file")
	}
	return text, false, err
}

func readMessage(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, letter.MaxMessage+1))
	if err != nil {
		return "", fmt.Errorf("couldn't read the message: %w", err)
	}
	if len(data) > letter.MaxMessage {
		return "", fail(exitFailed, "the message is larger than %s", size(letter.MaxMessage)).hinting("send it as a file")
	}
	return string(data), nil
}
