package client

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// TestJunk: a mailbox full of what others have put there.
func TestJunk(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := droptest.PlaceOf(d.inbox()[0])
	d.write(p, "two", nil)
	junk := droptest.Envelope(droptest.Smallest)
	for i := range 1000 {
		sealed := []byte("junk")
		if i%100 == 0 {
			sealed = junk
		}
		check(t, d.server.TestOnlyPut(p.Mailbox, drop.NewEnvelopeID(), sealed))
	}
	// Sealed as it should be, and not by whom it should be: 64 of them with a message
	// of a megabyte. No more than the beginning is read.
	for range 64 {
		d.write(p, strings.Repeat("FORGED ", 140_000), func(w *droptest.Writing) { w.Sign = d.Root })
	}
	open := func(o OpenOptions) *Thread {
		t.Helper()
		o.Today = today
		got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), o)
		check(t, err)
		return got
	}
	told := 0
	got := open(OpenOptions{LookAt: 2000, Progress: func(done, total int) {
		if done != told || total != 1066 {
			t.Fatalf("progress %d of %d", done, total)
		}
		told++
	}})
	if texts(got) != ">one <two" || got.NotGenuine != 1064 || got.Left != 0 || got.Damaged != 0 {
		t.Errorf("shown is %q; %d not genuine, %d damaged", texts(got), got.NotGenuine, got.Damaged)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got = open(OpenOptions{LookAt: 2000})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 8<<20 {
		t.Errorf("%d bytes are held", held)
	}
	runtime.KeepAlive(got)

	// By default so many are looked at, and what is left is told.
	seen := len(d.server.Seen())
	got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today})
	if err != nil && !errors.Is(err, ErrNoCopy) {
		t.Fatal(err)
	}
	if n := len(d.server.Seen()) - seen; got.Left != 566 || n > 2*DefaultLookedAt+10 {
		t.Errorf("%d were left, after %d requests", got.Left, n)
	}
	// What is larger than any reply isn't begun.
	huge := drop.NewEnvelopeID()
	check(t, d.server.TestOnlyPut(p.Mailbox, huge, make([]byte, MaxReply+1)))
	if got := open(OpenOptions{LookAt: 2000}); got.TooLarge != 1 || texts(got) != ">one <two" {
		t.Errorf("%d are too large, shown is %q", got.TooLarge, texts(got))
	}
	for _, s := range d.server.Seen() {
		if strings.Contains(s.Path, huge.String()) {
			t.Error("the huge one was fetched")
		}
	}
}

// TestJunkConnections: small junk is no reason to connect again each time.
func TestJunkConnections(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	for range 50 {
		check(t, d.server.TestOnlyPut(th.keys.Mailbox(), drop.NewEnvelopeID(), droptest.Envelope(droptest.Smallest)))
	}
	var mu sync.Mutex
	connections := map[string]bool{}
	d.server.TestOnlyFault(droptest.Fault{Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		connections[r.RemoteAddr] = true
		mu.Unlock()
		next.ServeHTTP(w, r)
	}})
	if got := d.open(th.Codename()); got.NotGenuine != 50 || len(connections) > 2 {
		t.Errorf("%d not genuine, by %d connections", got.NotGenuine, len(connections))
	}
}

// TestChoose: a flood on one day doesn't hide what came on others.
func TestChoose(t *testing.T) {
	var all []Waiting
	for i := range 10_000 {
		all = append(all, Waiting{ID: drop.EnvelopeID{byte(i >> 8), byte(i)}, Day: 7})
	}
	for day := range drop.Day(5) {
		all = append(all, Waiting{ID: drop.EnvelopeID{0xff, byte(day)}, Day: day})
	}
	got := choose(all, 500)
	if len(got) != 500 || len(choose(all[:3], 500)) != 3 || len(choose(nil, 500)) != 0 {
		t.Fatalf("%d chosen", len(got))
	}
	for day := range drop.Day(5) {
		if got[day].Day != day {
			t.Errorf("day %d isn't looked at", day)
		}
	}
}

// TestDamaged: a genuine reply that is cut short or withheld hides no other, and a
// server that is gone is no empty mailbox.
func TestDamaged(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := droptest.PlaceOf(d.inbox()[0])
	bad := d.write(p, strings.Repeat("long ", 100_000), nil)
	d.write(p, "good", nil)
	all, err := d.server.Envelopes(p.Mailbox)
	check(t, err)
	sealed := all[bad]
	flipped := append([]byte{}, sealed...)
	flipped[len(flipped)-1] ^= 1
	for name, do := range map[string]droptest.Action{
		"cut by the network":  droptest.CutAnswer(100_000),
		"changed":             droptest.SwapBytes(flipped),
		"of another size":     droptest.SwapBytes(sealed[:len(sealed)-1]),
		"cut by the server":   chunked(sealed[:100_000]),
		"withheld":            droptest.Answer(404, "application/json", []byte(`{"error":"not_found"}`)),
		"damaged over there":  droptest.Answer(500, "application/json", []byte(`{"error":"internal"}`)),
		"answered by another": droptest.Answer(200, "text/html", []byte("<html>")),
	} {
		d.server.TestOnlyHeal()
		d.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: bad.String(), Do: do})
		if got := d.open(th.Codename()); texts(got) != ">one ? <good" || got.Damaged != 1 {
			t.Errorf("%s: shown is %q, %d damaged", name, texts(got), got.Damaged)
		}
	}
	for name, do := range map[string]droptest.Action{
		"gone":    droptest.LoseRequest,
		"failing": droptest.Answer(503, "application/json", []byte(`{"error":"busy"}`)),
	} {
		d.server.TestOnlyHeal()
		d.server.TestOnlyFault(droptest.Fault{Path: p.Mailbox.String(), Skip: 2, Do: do})
		if got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today}); err == nil || got != nil || errors.Is(err, drop.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.server.TestOnlyHeal()
	for _, path := range []string{bad.String(), "/card"} {
		d.server.TestOnlyHeal()
		stopped, cancel := context.WithCancel(ctx)
		d.server.TestOnlyFault(droptest.Fault{Path: path, Do: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			cancel()
			<-r.Context().Done()
		}})
		if _, err := OpenThread(stopped, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today}); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at %s: %v", path, err)
		}
	}
}

// chunked answers without saying how much there is.
func chunked(body []byte) droptest.Action {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", octetStream)
		w.WriteHeader(200)
		w.Write(body[:10])
		w.(http.Flusher).Flush()
		w.Write(body[10:])
	}
}
