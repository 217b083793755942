package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop/client"
)

// sendFirst begins a thread, and prints its codename.
func (a *app) sendFirst(ctx context.Context, c *client.Client, r *client.Recipient, l link.Link, written client.Letter, f sendFlags) error {
	// On a connection of its own: none is to touch both the drop and the mailbox
	// for replies.
	reply, err := a.dial(l.Origin)
	if err != nil {
		return stating(err, nothingSent)
	}
	t := client.NewThread(c, reply, l, r)
	defer t.Disconnect()
	out, err := t.Write(written)
	if err != nil {
		return stating(notSealed(err, r), nothingSent)
	}
	words := t.Codename().String()
	if err := a.depositWithCopy(ctx, t, out); err != nil {
		switch {
		case out.Sent == nil:
			return err
		case isRefused(err):
			return takenBack(err, t.TakeBack(ctx, out))
		}
		// The copy may be there, and the words can't be given later.
		return errors.Join(err, a.printCodename(out.Letter, *out.Sent, words, f.json))
	}
	if err := a.printSent(out.Letter, *out.Sent, words, f.json); err != nil {
		return err
	}
	a.note("nobody can give it to you again, and who has it can read the replies")
	a.note("to see whether there is one: transom replies --server %s", l.Origin)
	a.note("it opens nothing after %s, unless you write or look again before", out.Kept.Expires)
	return nil
}

// sendNext writes again under a codename.
func (a *app) sendNext(cmd *cobra.Command, paths []string, f sendFlags) error {
	ctx := cmd.Context()
	for _, name := range []string{"sealed", "no-reply"} {
		if cmd.Flags().Changed(name) {
			return usage("--continue and --%s don't go together: transom send --help", name).stating(nothingSent)
		}
	}
	attachments, err := attach(paths)
	if err != nil {
		return stating(err, nothingSent)
	}
	message, write, err := a.message(f, nil, len(paths)+len(f.answers) > 0)
	if err != nil {
		return stating(err, nothingSent)
	}
	t, err := a.openThread(ctx, f.server, f.codenameFile, client.OpenOptions{LookAt: f.lookAt})
	if err != nil {
		return stating(err, nothingSent)
	}
	defer t.Disconnect()
	a.noteOdd(t)
	if err := mayWrite(t); err != nil {
		return stating(err, nothingSent)
	}
	written := client.Letter{Message: message, Files: attachments}
	if err := a.compose(ctx, t.Recipient, f, &written, write); err != nil {
		return stating(err, nothingSent)
	}
	out, err := t.Write(written)
	if err != nil {
		return stating(notSealed(err, t.Recipient), nothingSent)
	}
	if err := a.depositWithCopy(ctx, t, out); err != nil {
		return err
	}
	return a.printSent(out.Letter, *out.Sent, "", f.json)
}

// mayWrite says why nothing can be written in a thread.
func mayWrite(t *client.Thread) error {
	switch {
	case t.Ended:
		return fail(exitFailed, "the recipient has closed this conversation: what you write would be discarded unread").hinting("with their link you can begin another: transom send LINK")
	case t.CardError != nil:
		return noCard(t)
	}
	return nil
}

// noCard says why the recipient's card can't be had.
func noCard(t *client.Thread) error {
	if isNotFound(t.CardError) {
		return fail(exitNothing, "there is no longer a drop where this conversation began, at %s", t.Link.Origin).hinting("it may have expired, or was given up. Ask whoever gave you the link, by another way")
	}
	return t.CardError
}

// dial returns a client with connections of its own.
func (a *app) dial(origin string) (*client.Client, error) {
	return client.New(origin, client.Options{Proxy: a.proxyURL()})
}

// openThread opens the thread of a codename, which it reads or asks for.
func (a *app) openThread(ctx context.Context, server, codenameFile string, o client.OpenOptions) (*client.Thread, error) {
	if server == "" {
		return nil, usage("which server? The codename doesn't say").hinting("say which: --server https://…, as in the link that you had")
	}
	origin, err := link.ParseOrigin(server)
	if err != nil {
		return nil, err
	}
	name, err := a.codename(ctx, codenameFile)
	if err != nil {
		return nil, err
	}
	bar := a.countingProgress("looking at what waits")
	o.Today, o.Progress = today(), bar.count
	t, err := client.OpenThread(ctx, a.dial, origin, name, o)
	bar.done()
	if errors.Is(err, client.ErrNoCopy) {
		a.noteOdd(t)
	}
	return t, notOpened(err, origin)
}

// notOpened says what can be the matter with a codename in which there is no
// typing error. The server's answer is one and the same for all of it.
func notOpened(err error, origin string) error {
	switch {
	case err == nil:
		return nil
	case isNotFound(err):
		return fail(exitNothing, "there is nothing under this codename at %s", origin).hinting(
			"it may be another codename or another server's; or everything has expired, or was closed. A server could also withhold it")
	case errors.Is(err, client.ErrNoCopy):
		return fail(exitCannotOpen, "something waits under this codename, and %w", err).hinting(
			"your copies may have expired, or been withheld. Without one nobody can tell whom the rest is from, so nothing of it is shown")
	case errors.Is(err, client.ErrCopies):
		return fail(exitCannotOpen, "%w: somebody else has your codename, and has written with it", err).stating("Nothing of it is shown.").hinting(
			"don't write here any more. With the link you can begin anew: transom send LINK")
	}
	return err
}
