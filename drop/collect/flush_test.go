package collect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

// quiet is a desk whose drop sends no receipts, with threads of so many senders.
func quiet(t *testing.T, senders int) (*desk, []codename.Codename) {
	k := newDesk(t)
	d := k.drop()
	d.Receipts = false
	check(t, k.vault.PutDrop(d))
	var names []codename.Codename
	for i := range senders {
		names = append(names, k.begin(client.Letter{Message: fmt.Sprintf("from %d", i)}))
		k.tend()
	}
	return k, names
}

// recorded is what a server saw of deposits.
type recorded struct {
	mu     sync.Mutex
	bodies [][]byte
	paths  []string
	hashes []string
	peers  []string
}

// record looks at each deposit before something happens to it.
func (r *recorded) record(then droptest.Action) droptest.Action {
	return func(w http.ResponseWriter, q *http.Request, next http.Handler) {
		var body bytes.Buffer
		body.ReadFrom(q.Body)
		q.Body = http.NoBody
		if body.Len() > 0 {
			q.Body = readCloser{bytes.NewReader(body.Bytes())}
		}
		r.mu.Lock()
		r.bodies = append(r.bodies, body.Bytes())
		r.paths = append(r.paths, q.URL.Path)
		r.hashes = append(r.hashes, q.Header.Get("Transom-Withdraw-Hash"))
		r.peers = append(r.peers, q.RemoteAddr)
		r.mu.Unlock()
		then(w, q, next)
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

// TestFlushFaults: however the sending of a reply fails, it stays, goes out as the
// very same envelope, and arrives once.
func TestFlushFaults(t *testing.T) {
	full := []byte(`{"error":"full"}`)
	for name, c := range map[string]struct {
		do   droptest.Action
		want error // nil for a network error
	}{
		"lost request": {droptest.LoseRequest, nil},
		"lost answer":  {droptest.LoseAnswer, nil},
		"cut answer":   {droptest.CutAnswer(5), nil},
		"garbage":      {droptest.SwapBytes([]byte("<html>\x1b[31m")), client.ErrAnswer},
		"full":         {droptest.Answer(507, "application/json", full), drop.ErrFull},
		"too large":    {droptest.Answer(413, "application/json", []byte(`{"error":"too_large"}`)), client.ErrTooLarge},
		"not found":    {droptest.Answer(404, "application/json", []byte(`{"error":"not_found"}`)), drop.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			k, names := quiet(t, 1)
			k.reply(1, "answer")
			seen := &recorded{}
			k.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Do: seen.record(c.do)})
			for range 2 {
				var failed []error
				sent, left, err := Flush(ctx, k.vault, k.dial, now, FlushOptions{
					Sent:   func(vault.Queued, client.Receipt) { t.Error("told as sent") },
					Failed: func(_ vault.Queued, err error) { failed = append(failed, err) },
				})
				if sent != 0 || left != 1 || err != nil || len(failed) != 1 {
					t.Fatalf("%d sent, %d left, %v, %v", sent, left, failed, err)
				}
				if c.want != nil && !errors.Is(failed[0], c.want) || c.want == nil && !errors.As(failed[0], new(*client.NetworkError)) {
					t.Errorf("told of %v", failed[0])
				}
				k.reopen()
			}
			k.server.TestOnlyHeal()
			k.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Do: seen.record(pass)})
			sent, left, err := Flush(ctx, k.vault, k.dial, now, FlushOptions{})
			if sent != 1 || left != 0 || err != nil {
				t.Fatalf("%d sent, %d left, %v", sent, left, err)
			}
			for i := range seen.paths {
				if seen.paths[i] != seen.paths[0] || seen.hashes[i] != seen.hashes[0] || !bytes.Equal(seen.bodies[i], seen.bodies[0]) {
					t.Error("another envelope was sent the second time")
				}
			}
			if got := shown(k.openThread(names[0])); got != ">from 0(answered) <answer" {
				t.Errorf("the sender sees %s", got)
			}
		})
	}
}

// TestFlushOneByOne: one entry that fails holds no other up.
func TestFlushOneByOne(t *testing.T) {
	k, names := quiet(t, 3)
	for i := range names {
		k.reply(i+1, "answer")
	}
	to := drop.MailboxID(names[1].Keys().Mailbox()).String()
	k.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: to, Do: droptest.Answer(507, "application/json", []byte(`{"error":"full"}`))})
	sent, left, err := Flush(ctx, k.vault, k.dial, now, FlushOptions{})
	if sent != 2 || left != 1 || err != nil {
		t.Errorf("%d sent, %d left, %v", sent, left, err)
	}
	if queue := k.vault.Outbox(); queue[0].Thread != 2 {
		t.Errorf("the outbox has %+v", queue)
	}
	// One that is deleted before it went out never goes.
	check(t, k.vault.Delete(k.vault.Outbox()[0].Letter))
	k.server.TestOnlyHeal()
	if sent, left, err := Flush(ctx, k.vault, k.dial, now, FlushOptions{All: true}); sent != 0 || left != 0 || err != nil {
		t.Errorf("%d sent, %d left, %v", sent, left, err)
	}
}

// TestFlushApart: each entry goes over a connection of its own, in an order that
// has nothing to do with that of the letters.
func TestFlushApart(t *testing.T) {
	const senders = 6
	k, names := quiet(t, senders)
	mailboxes := map[string]int{}
	for i, name := range names {
		mailboxes[drop.MailboxID(name.Keys().Mailbox()).String()] = i
	}
	orders := map[string]bool{}
	for range 6 {
		for i := range names {
			k.reply(i+1, "answer")
		}
		seen := &recorded{}
		k.server.TestOnlyHeal()
		k.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Do: seen.record(pass)})
		dialled := 0
		sent, _, err := Flush(ctx, k.vault, func(origin string) (*client.Client, error) { dialled++; return k.dial(origin) }, now, FlushOptions{})
		if err != nil || sent != senders || dialled != senders {
			t.Fatalf("%d sent, %d dialled, %v", sent, dialled, err)
		}
		var order []int
		for _, path := range seen.paths {
			order = append(order, mailboxes[strings.Split(path, "/")[3]])
		}
		orders[fmt.Sprint(order)] = true
		if peers := slices.Compact(slices.Sorted(slices.Values(seen.peers))); len(peers) != senders {
			t.Errorf("%d entries went over %d connections", senders, len(peers))
		}
		slices.Sort(order)
		if !slices.Equal(order, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("sent to %v", order)
		}
	}
	if len(orders) < 4 { // all alike: one in 720 to the fifth
		t.Errorf("the orders were %v", orders)
	}
}

// TestFlushStops: interrupted, it says so, and the rest is still there.
func TestFlushStops(t *testing.T) {
	k, _ := quiet(t, 2)
	k.reply(1, "answer")
	k.reply(2, "answer")
	stopping, cancel := context.WithCancel(ctx)
	sent, left, err := Flush(stopping, k.vault, k.dial, now, FlushOptions{Sent: func(vault.Queued, client.Receipt) { cancel() }})
	if sent != 1 || left != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d sent, %d left, %v", sent, left, err)
	}
}

// TestReplyRefuses: what can't be sent isn't kept.
func TestReplyRefuses(t *testing.T) {
	k, _ := quiet(t, 1)
	k.send("without a thread", nil)
	k.tend()
	// No sender would fetch it, however much the server takes.
	d := k.drop()
	d.Largest = 4 * client.MaxReply
	check(t, k.vault.PutDrop(d))
	big := attachment("big", "")
	big.Size = client.MaxReply
	gone := attachment("gone", "1234")
	gone.Size++
	for name, c := range map[string]struct {
		thread int
		letter client.Letter
		want   func(error) bool
	}{
		"no such letter":     {99, client.Letter{Message: "x"}, func(err error) bool { return errors.Is(err, vault.ErrNoThread) }},
		"no thread":          {2, client.Letter{Message: "x"}, func(err error) bool { return errors.Is(err, vault.ErrNoThread) }},
		"empty":              {1, client.Letter{}, func(err error) bool { return errors.Is(err, client.ErrEmpty) }},
		"too large":          {1, client.Letter{Files: []client.Attachment{big}}, func(err error) bool { return errors.As(err, new(*client.SizeError)) }},
		"a file that shrank": {1, client.Letter{Files: []client.Attachment{gone}}, func(err error) bool { return err != nil }},
		"no text":            {1, client.Letter{Message: "\xff"}, func(err error) bool { return err != nil }},
		"too long":           {1, client.Letter{Message: strings.Repeat("x", letter.MaxMessage+1)}, func(err error) bool { return errors.Is(err, letter.ErrLimit) }},
	} {
		if _, err := Reply(k.vault, c.thread, c.letter, now); !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.Desk = nil
	check(t, k.vault.PutDrop(d))
	if _, err := Reply(k.vault, 1, client.Letter{Message: "x"}, now); !errors.Is(err, ErrNoDesk) {
		t.Errorf("without a desk: %v", err)
	}
	th, err := k.vault.Thread(1)
	if err != nil || th.Seq != 0 || len(k.vault.Outbox()) != 0 || len(k.vault.Letters()) != 2 {
		t.Errorf("something was kept: %d, %+v, %v", th.Seq, k.vault.Outbox(), err)
	}
	if left, err := os.ReadDir(filepath.Join(k.dir, "sent")); err != nil || len(left) != 0 {
		t.Errorf("half a reply is left: %v, %v", left, err)
	}
}

// TestDamagedFirst: a letter that is damaged here keeps nobody from collecting.
func TestDamagedFirst(t *testing.T) {
	k := newDesk(t)
	f := newForger(k)
	f.first("one")
	k.tend()
	envelope, err := k.vault.OpenEnvelope(1)
	check(t, err)
	envelope.Close()
	check(t, os.WriteFile(envelope.Name(), []byte("damaged"), 0o600))
	f.next("two")
	result, err := k.collect()
	if !errors.Is(err, vault.ErrDamaged) || result.Collected != 1 {
		t.Errorf("%+v, %v", result, err)
	}
	if result, err := k.collect(); err != nil || result != (Result{}) {
		t.Errorf("the next pass: %+v, %v", result, err)
	}
	if err := Block(k.vault, 2, now.Add(time.Hour)); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("blocking: %v", err)
	}
	if th, _ := k.vault.Thread(2); !th.Blocked {
		t.Error("it isn't blocked")
	}
}
