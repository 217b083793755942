package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop/client"
)

type sendersKey struct{}

// senders are the people whom a script writes as, by name.
type senders struct {
	words    map[string]codename.Codename
	prepared map[string]func() error // sends
}

func newSenders() *senders {
	return &senders{map[string]codename.Codename{}, map[string]func() error{}}
}

func dialServer(origin string) (*client.Client, error) { return client.New(origin, client.Options{}) }

// openThread opens the thread of a sender with nothing but the words.
func openThread(ts *testscript.TestScript, name string) *client.Thread {
	words, ok := ts.Value(sendersKey{}).(*senders).words[name]
	if !ok {
		ts.Fatalf("nobody is called %s", name)
	}
	t, err := client.OpenThread(context.Background(), dialServer, server(ts).URL, words, client.OpenOptions{Today: today()})
	ts.Check(err)
	return t
}

// sender NAME LINKFILE TEXT [-answer TEXT]… [FILE…] writes a letter, the first
// one or a further one of the same sender's; nobody wants no reply. Text has the
// escapes of Go. Answers are to the card's questions, in their order.
func cmdSender(ts *testscript.TestScript, _ bool, args []string) {
	name := args[0]
	t := writingThread(ts, name, linkIn(ts, args[1]))
	defer t.Disconnect()
	out := client.Letter{Message: unescape(ts, args[2]), Answers: map[string]string{}}
	var paths []string
	for rest := args[3:]; len(rest) > 0; rest = rest[1:] {
		if rest[0] == "-answer" {
			out.Answers[t.Recipient.Card.Questions[len(out.Answers)].ID] = unescape(ts, rest[1])
			rest = rest[1:]
			continue
		}
		paths = append(paths, ts.MkAbs(rest[0]))
	}
	var err error
	out.Files, err = attach(paths)
	ts.Check(err)
	if name == "nobody" {
		c, err := dialServer(server(ts).URL)
		ts.Check(err)
		sealed, err := t.Recipient.Seal(out)
		ts.Check(err)
		_, err = c.Send(context.Background(), t.Recipient, sealed, nil)
		ts.Check(err)
		return
	}
	sealed, err := t.Write(out)
	ts.Check(err)
	ts.Check(t.Send(context.Background(), sealed, nil))
}

// writingThread returns a sender's thread, a new one when there is none.
func writingThread(ts *testscript.TestScript, name string, l link.Link) *client.Thread {
	everyone := ts.Value(sendersKey{}).(*senders).words
	if _, ok := everyone[name]; ok {
		return openThread(ts, name)
	}
	c, err := dialServer(l.Origin)
	ts.Check(err)
	r, err := c.ReadCard(context.Background(), l.Code, today())
	ts.Check(err)
	reply, err := dialServer(l.Origin)
	ts.Check(err)
	t := client.NewThread(c, reply, l, r)
	if name != "nobody" {
		everyone[name] = t.Codename()
	}
	return t
}

func unescape(ts *testscript.TestScript, arg string) string {
	text, err := strconv.Unquote(`"` + arg + `"`)
	ts.Check(err)
	return text
}

// sees NAME FILE writes down what a sender sees of the thread: a line a letter.
func cmdSees(ts *testscript.TestScript, _ bool, args []string) {
	t := openThread(ts, args[0])
	defer t.Disconnect()
	var b strings.Builder
	for _, l := range t.Letters {
		if l.MissingBefore > 0 {
			fmt.Fprintf(&b, "missing %d\n", l.MissingBefore)
		}
		if l.Own {
			fmt.Fprintf(&b, "own %d %s %q\n", l.Seq, [...]string{"waiting", "collected", "answered", "unknown"}[l.State], l.UntrustedMessage)
			continue
		}
		var names []string
		for _, f := range l.Files {
			names = append(names, f.UntrustedName)
		}
		fmt.Fprintf(&b, "reply %d %q %v\n", l.Seq, l.UntrustedMessage, names)
	}
	fmt.Fprintf(&b, "ended %v, not genuine %d, unverified %d, missing %d\n", t.Ended, t.NotGenuine, t.Unverified, t.MissingAtEnd)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// leaves NAME closes a sender's thread.
func cmdLeaves(ts *testscript.TestScript, _ bool, args []string) {
	t := openThread(ts, args[0])
	defer t.Disconnect()
	_, err := t.End(context.Background(), nil)
	ts.Check(err)
}

// withdraws NAME N takes back the sender's Nth letter.
func cmdWithdraws(ts *testscript.TestScript, _ bool, args []string) {
	t := openThread(ts, args[0])
	defer t.Disconnect()
	for _, l := range t.Letters {
		if l.Own && strconv.FormatInt(l.Seq, 10) == args[1] {
			_, err := t.Withdraw(context.Background(), l)
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("%s has no letter %s", args[0], args[1])
}

// prepares NAME LINKFILE TEXT seals a letter, which late NAME sends: what a page
// does that was open before the thread was closed.
func cmdPrepares(ts *testscript.TestScript, _ bool, args []string) {
	t := writingThread(ts, args[0], linkIn(ts, args[1]))
	sealed, err := t.Write(client.Letter{Message: args[2]})
	ts.Check(err)
	ts.Value(sendersKey{}).(*senders).prepared[args[0]] = func() error { return t.Send(context.Background(), sealed, nil) }
}

func cmdLate(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Value(sendersKey{}).(*senders).prepared[args[0]]())
}
