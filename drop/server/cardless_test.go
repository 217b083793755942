package server_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

// thread is a mailbox without a card, as its owner knows it.
func (r *rig) thread() *rig {
	root := keys.NewRoot()
	return &rig{t: r.t, url: r.url, store: r.store, server: r.server, root: root, mailbox: root.Mailbox(), client: r.client, now: r.clock()}
}

// TestWithoutCard: a mailbox that has no card takes, lists, hands out and erases
// letters like one that has.
func TestWithoutCard(t *testing.T) {
	r := newRig(t, nil).thread()
	l, other := newLetter(), newLetter()
	r.asOwner("GET", r.listPath(), nil).want(t, "before anything", 404, saysNotFound)
	r.deposit(l).want(t, "a letter", 201, saysDeposited)
	r.deposit(l).want(t, "the same again", 200, saysDeposited)
	r.deposit(other).want(t, "another", 201, saysDeposited)
	if got := r.ids(); len(got) != 2 {
		t.Fatalf("listed %v", got)
	}
	r.asOwner("GET", r.path(l.id), nil).want(t, "reading it", 200, string(l.body))
	r.do("GET", r.cardPath(), nil).want(t, "its card", 404, saysNotFound)
	r.withdraw(l).want(t, "withdrawing it", 204, "")
	r.asOwner("DELETE", r.path(other.id), nil).want(t, "erasing the other", 204, "")
	r.asOwner("GET", r.listPath(), nil).want(t, "after all of it", 404, saysNotFound)
}

// TestWithoutCardTooLarge: a mailbox that nobody was invited to have takes no
// envelope of more than drop.MaxPooled, whatever the server takes elsewhere.
func TestWithoutCardTooLarge(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.MaxEnvelope = 2 * drop.MaxPooled })
	small := length(drop.MaxPooled) + "Expect: 100-continue\r\n"
	large := length(drop.MaxPooled+1) + "Expect: 100-continue\r\n"
	says := func(r *rig, head, want string) {
		t.Helper()
		conn := r.dial()
		line := make([]byte, len(want))
		conn.Write([]byte(r.head(newLetter(), head)))
		if n, err := conn.Read(line); string(line[:n]) != want {
			t.Errorf("%q, %v; want %q", line[:n], err, want)
		}
	}
	says(r, small, "HTTP/1.1 100 ")
	says(r, large, "HTTP/1.1 413 ")
	r.publish()
	says(r, large, "HTTP/1.1 100 ")
	r.setClock((today + drop.CardDays + 1).Time())
	says(r, large, "HTTP/1.1 413 ") // its time is over, swept or not
	if _, err := r.store.Sweep(t.Context(), today+drop.CardDays+1); err != nil {
		t.Fatal(err)
	}
	says(r, large, "HTTP/1.1 413 ")
}

// TestDepositsLookAlike: whoever deposits into a mailbox learns nothing about it
// from the answer: whether it has a card, had one, holds letters, or was never
// written to by anybody.
func TestDepositsLookAlike(t *testing.T) {
	r := newRig(t, nil)
	r.publish()
	full := r.thread()
	full.deposited()
	emptied := r.thread()
	emptied.asOwner("DELETE", emptied.path(emptied.deposited().id), nil).want(t, "emptying", 204, "")
	later := r.thread() // its card comes after its letters
	later.deposited()
	later.publish()
	places := map[string]*rig{"a card": r, "no card": full, "emptied": emptied, "never used": r.thread(), "a card that came later": later}

	for what, first := range map[string]reply{
		"a letter": {status: 201, body: saysDeposited}, "again": {status: 200, body: saysDeposited},
		"another under its ID": {status: 409, body: saysConflict}, "not sealed": {status: 422, body: saysNotSealed},
		"too large": {status: 413, body: saysTooLarge}, "no hash": {status: 400, body: saysBadRequest},
	} {
		l := newLetter()
		var header map[string][]string
		for name, place := range places {
			send := map[string]func() reply{
				"a letter":             func() reply { return place.deposit(l) },
				"again":                func() reply { place.deposit(l); return place.deposit(l) },
				"another under its ID": func() reply { place.deposit(l); o := newLetter(); o.id = l.id; return place.deposit(o) },
				"not sealed":           func() reply { return place.deposit(letter{id: l.id, body: l.body[1:], secret: l.secret}) },
				"too large": func() reply {
					return place.deposit(letter{id: l.id, body: droptest.Envelope(1 << 20), secret: l.secret})
				},
				"no hash": func() reply { return place.do("PUT", place.path(l.id), l.body) },
			}[what]
			got := send()
			got.want(t, what+" into a mailbox with "+name, first.status, first.body)
			got.header.Del("Date")
			if header == nil {
				header = got.header
			}
			if !maps.EqualFunc(got.header, header, slices.Equal) {
				t.Errorf("%s into a mailbox with %s: the headers are %v, elsewhere %v", what, name, got.header, header)
			}
		}
	}
}

// TestPool: a full pool refuses letters to mailboxes without a card and to no
// other; what is collected makes room.
func TestPool(t *testing.T) {
	body := len(newLetter().body)
	var logged output
	r := newRig(t, func(c *server.Config) {
		c.Pool, c.Log = int64(2*body), slog.New(server.NewLogHandler(&logged))
	})
	r.publish()
	r.deposited()
	a, b := r.thread(), r.thread()
	first := a.deposited()
	b.deposited()
	l := newLetter()
	a.deposit(l).want(t, "a full pool, in a mailbox that is used", 507, saysFull)
	r.thread().deposit(l).want(t, "a full pool, in a new mailbox", 507, saysFull)
	a.deposit(first).want(t, "what is there, again", 200, saysDeposited)
	r.deposited()
	if want := "the pool for replies is full; letters to mailboxes without a card are refused\n"; !strings.HasSuffix(logged.String(), want) || strings.Count(logged.String(), "\n") != 1 {
		t.Errorf("logged %q, want %q once", logged.String(), want)
	}
	a.asOwner("DELETE", a.path(first.id), nil).want(t, "collecting", 204, "")
	a.deposit(l).want(t, "after that", 201, saysDeposited)
	a.deposit(newLetter()).want(t, "full again", 507, saysFull)
	b.publish() // b's letters are the pool's no more
	b.deposited()
	a.deposited()
	a.deposit(newLetter()).want(t, "and full again", 507, saysFull)
	r.setClock((today + 31).Time())
	if _, err := r.store.Sweep(t.Context(), today+31); err != nil {
		t.Fatal(err)
	}
	if got := a.deposit(newLetter()); got.status != 201 {
		t.Errorf("after the sweep: %+v", got)
	}
}

// TestCounting: a store that has just been opened and does not know yet how full
// the pool is asks for patience, but only where it matters.
func TestCounting(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Store = counting{c.Store} })
	r.publish()
	r.deposited()
	r.thread().deposit(newLetter()).want(t, "without a card", 503, saysBusy)
}

// counting has just been opened.
type counting struct{ drop.Store }

func (c counting) Put(ctx context.Context, d drop.Deposit) (drop.Stat, bool, error) {
	if _, _, err := c.Card(ctx, d.Mailbox); err != nil {
		return drop.Stat{}, false, drop.ErrCounting
	}
	return c.Store.Put(ctx, d)
}
