package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/transom-drop/transom/drop/client"
)

// sentJSON is a letter that was sent, for scripts.
type sentJSON struct {
	Envelope string `json:"envelope"`
	Day      string `json:"day"`
	Expires  string `json:"expires"`
	New      bool   `json:"new"` // false: the server had it already
	Codename string `json:"codename,omitempty"`
}

// deposit hands over an envelope to which no reply is wanted.
func (a *app) deposit(ctx context.Context, c *client.Client, r *client.Recipient, sealed *client.Sealed, f sendFlags) error {
	var receipt client.Receipt
	err := a.untilSent(ctx, sealed, func(handed func(int64)) (err error) {
		receipt, err = c.Send(ctx, r, sealed, handed)
		return err
	}, notDeposited)
	if err != nil {
		return err
	}
	return a.printSent(sealed, receipt, "", f.json)
}

// depositWithCopy hands over a letter of a thread, and its copy.
func (a *app) depositWithCopy(ctx context.Context, t *client.Thread, out *client.Outgoing) error {
	begun := t.Begun()
	return a.untilSent(ctx, out.Letter, func(handed func(int64)) error { return t.Send(ctx, out, handed) }, func(err error) *failure {
		if out.Sent == nil {
			return notDeposited(err)
		}
		return notKept(err, begun)
	})
}

// untilSent sends. On a terminal it goes on for as long as the person wants: what
// they wrote in an editor is nowhere but here.
func (a *app) untilSent(ctx context.Context, sealed *client.Sealed, send func(handed func(int64)) error, say func(error) *failure) error {
	for {
		bar := a.progress("sending")
		err := send(func(n int64) { bar.set(n, int64(len(sealed.Envelope))) })
		bar.done()
		if err == nil {
			return nil
		}
		failed := say(err)
		if ctx.Err() != nil || !client.Temporary(err) {
			return failed
		}
		a.note("%s", strings.Join(failed.lines(), "\n"))
		again, err := confirm(ctx, "Try again with the same letter?")
		if err != nil || !again {
			return failed
		}
	}
}

// printSent says that a letter is on the server, and prints the codename that it
// began a thread under, "" for none.
func (a *app) printSent(sealed *client.Sealed, r client.Receipt, words string, asJSON bool) error {
	a.note("your letter is on the server, sealed. Only the recipient can open it. It waits until %s.", r.Expires)
	if words != "" {
		a.note("your codename, the only way to a reply. Keep it where nobody else finds it:")
	}
	return a.printCodename(sealed, r, words, asJSON)
}

func (a *app) printCodename(sealed *client.Sealed, r client.Receipt, words string, asJSON bool) error {
	if asJSON {
		return writeJSON(a.stdout, sentJSON{sealed.ID.String(), r.Day.String(), r.Expires.String(), r.New, words}, true)
	}
	if words == "" {
		return nil
	}
	_, err := fmt.Fprintln(a.stdout, words)
	return err
}

// notDeposited says whether a letter that could not be sent may be there.
func notDeposited(err error) *failure {
	switch f := explain(err); {
	case isNotFound(err):
		return fail(exitNothing, "the server no longer knows this drop").stating(notTaken)
	case isRefused(err):
		f.state = notTaken
		return f
	default:
		f.state = "The letter may have arrived or not: the answer was lost. What left this computer was sealed."
		return f
	}
}

// notKept says what it means that a letter is sent and its copy isn't.
func notKept(err error, begun bool) *failure {
	f := explain(err)
	f.state = "Your letter is on the server. "
	switch {
	case begun && isRefused(err):
		f.state += "Your own copy of it is not: transom replies won't show it."
	case begun:
		f.state += "Whether your own copy of it is there is not known: transom replies shows whether it is."
	case isRefused(err):
		f.state += "Your own copy of it is not, and without that no reply could be read."
	default:
		f.state += "Whether your own copy of it is there is not known. If it isn't, the codename opens nothing: transom replies shows whether it is."
	}
	return f
}

// takenBack says what became of a first letter whose copy the server didn't take: a
// letter that nobody could read the answers to isn't left for the recipient to
// answer.
func takenBack(err, withdrawing error) *failure {
	f := explain(err)
	switch {
	case withdrawing == nil:
		f.state = "The server had no place for the copy that a codename needs. Your letter was taken back: it is erased from the server, and may already have been read."
	case isNotFound(withdrawing):
		f.state = "The server had no place for the copy that a codename needs. Your letter could not be taken back: it has been collected. You can't read what is answered to it."
	default:
		f.state = "The server had no place for the copy that a codename needs. Your letter is on the server and could not be taken back. You can't read what is answered to it."
	}
	return f.hinting("try again later, or want no reply: transom send --no-reply")
}

// isRefused tells a server that has said no from one whose answer is unknown.
func isRefused(err error) bool {
	var refusal *client.Error
	return errors.As(err, &refusal) && refusal.Kind != client.ErrAnswer && refusal.Kind != client.ErrServer
}
