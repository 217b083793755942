package client

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// TestForgeries: what those can do who have what the sender has handed out - the
// thread key, the reply key, the mailbox's name - and no desk key and no words:
// a thief of the sealing key, a former member, the operator.
func TestForgeries(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := placeOf(d.inbox()[0])
	genuine := d.write(p, "genuine", nil)
	other := d.begin() // another sender of the same drop
	send(t, other, Letter{Message: "other"})
	thief := newDesk(t) // with a drop of their own
	elsewhere := thief.link()
	copyTo := func(l link.Link) *letter.Copy {
		sent := [16]byte{1}
		return &letter.Copy{Link: l.Code.String(), Origin: l.Origin, Sent: &sent, Kind: letter.KindFirst}
	}

	for name, c := range map[string]func(w *writing){
		"answering in the desk's name, with the root key of a thief's own": func(w *writing) { w.sign = thief.key },
		"signed with the drop's root key, which is no desk's":              func(w *writing) { w.sign = d.root },
		"a wrong proof":                        func(w *writing) { w.thread = [32]byte{1} },
		"a proof by the key of another thread": func(w *writing) { w.thread = other.keys.Thread },
		"written for another mailbox":          func(w *writing) { w.Mailbox = drop.MailboxID(other.keys.Mailbox()) },
		"written for another envelope ID":      func(w *writing) { w.Envelope = drop.NewEnvelopeID() },
		"a receipt by a thief": func(w *writing) {
			w.sign, w.Kind, w.Message, w.Seq = thief.key, letter.KindReceipt, "", 7
		},
		"a receipt that says closed, by a thief": func(w *writing) {
			w.sign, w.Kind, w.Message, w.Closed = thief.key, letter.KindReceipt, "", true
		},
		"a planted copy that names another link, proved by the thread key": func(w *writing) {
			proof := letter.Proof(p.thread, w.Mailbox, w.Envelope)
			w.Kind, w.Author, w.Proof, w.Copy = letter.KindCopy, p.sender, &proof, copyTo(elsewhere)
		},
		"a planted copy, proved with the thread key as the copy key": func(w *writing) {
			proof := keys.MAC(p.thread, "copy", w.Mailbox[:], w.Envelope[:])
			w.Kind, w.Author, w.Proof, w.Copy = letter.KindCopy, p.sender, &proof, copyTo(elsewhere)
		},
		"a planted note that says that the genuine reply was deleted": func(w *writing) {
			proof := letter.Proof(p.thread, w.Mailbox, w.Envelope)
			deleted := copyTo(elsewhere)
			deleted.Sent, deleted.Kind, deleted.Deleted = nil, "", []letter.Ref{{Author: d.author, Seq: 1}}
			w.Kind, w.Author, w.Message, w.Proof, w.Copy = letter.KindCopy, p.sender, "", &proof, deleted
		},
		"a first letter": func(w *writing) { w.Kind = letter.KindFirst },
		"a next letter": func(w *writing) {
			proof := letter.Proof(p.thread, w.Mailbox, w.Envelope)
			w.Kind, w.Proof = letter.KindNext, &proof
		},
	} {
		t.Run(name, func(t *testing.T) {
			id := d.write(p, "FORGED", c)
			defer func() { check(t, th.owner.Erase(ctx, id)) }()
			got := d.open(th.Codename())
			if texts(got) != ">one <genuine" || got.NotGenuine != 1 || got.Ended || got.MissingAtEnd != 0 || got.Link.String() != d.link().String() {
				t.Errorf("shown is %q, %d not genuine, ended %v", texts(got), got.NotGenuine, got.Ended)
			}
			// Whatever lies there, the next letter goes where the sender meant it to.
			out, err := got.Write(Letter{Message: "next"})
			check(t, err)
			if m := read(t, out.Letter.Envelope, d.seeds[0]); m.Mailbox != d.code.Mailbox || out.copy.Copy.Link != d.code.String() {
				t.Error("the next letter would go elsewhere")
			}
		})
	}

	// The server can copy envelopes about without being able to read them.
	all, err := d.server.Envelopes(p.mailbox)
	check(t, err)
	t.Run("stored a second time", func(t *testing.T) {
		id := drop.NewEnvelopeID()
		check(t, d.server.TestOnlyPut(p.mailbox, id, all[genuine]))
		defer func() { check(t, th.owner.Erase(ctx, id)) }()
		if got := d.open(th.Codename()); texts(got) != ">one <genuine" || got.NotGenuine != 1 {
			t.Errorf("shown is %q, %d not genuine", texts(got), got.NotGenuine)
		}
	})
	t.Run("moved to another thread", func(t *testing.T) {
		check(t, d.server.TestOnlyPut(other.keys.Mailbox(), genuine, all[genuine]))
		if got := d.open(other.Codename()); texts(got) != ">other" || got.NotGenuine != 1 {
			t.Errorf("shown is %q, %d not genuine", texts(got), got.NotGenuine)
		}
	})
	t.Run("the thief's own server in the copies' place", func(t *testing.T) {
		// Asked elsewhere, the words still lead to the card that the copies name.
		for id, sealed := range all {
			check(t, thief.server.TestOnlyPut(p.mailbox, id, sealed))
		}
		got, err := OpenThread(ctx, d.dial, thief.server.URL, th.Codename(), OpenOptions{Today: today})
		check(t, err)
		if texts(got) != ">one <genuine" || got.Link.Origin != d.server.URL {
			t.Errorf("shown is %q", texts(got))
		}
	})
}

// TestLinkInReply: what a reply says is text, also when it is a link.
func TestLinkInReply(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	trap := newDesk(t).link().String()
	d.write(placeOf(d.inbox()[0]), "we have moved to "+trap, nil)
	th = d.open(th.Codename())
	send(t, th, Letter{Message: "two"})
	if got := d.inbox(); len(got) != 2 || got[1].message != "two" {
		t.Errorf("the drop has %d letters", len(got))
	}
}

// TestGaps: a reply that the server drops shows, first, middle or last; those that
// the sender has deleted don't.
func TestGaps(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := placeOf(d.inbox()[0])
	var ids []drop.EnvelopeID
	for _, text := range []string{"a", "b", "c", "d"} {
		ids = append(ids, d.write(p, text, nil))
	}
	name := th.Codename()
	if got := texts(d.open(name)); got != ">one <a <b <c <d" {
		t.Fatalf("whole: %s", got)
	}
	drops := func(i int, want string) {
		t.Helper()
		sealed, err := d.server.Envelopes(p.mailbox)
		check(t, err)
		check(t, th.owner.Erase(ctx, ids[i]))
		if got := texts(d.open(name)); got != want {
			t.Errorf("without %d: %s, want %s", i, got, want)
		}
		check(t, d.server.TestOnlyPut(p.mailbox, ids[i], sealed[ids[i]]))
	}
	drops(0, ">one ? <b <c <d")
	drops(1, ">one <a ? <c <d")
	drops(3, ">one <a <b <c") // nothing says that there was more
	d.receipt(p, 1, false)
	drops(3, ">one <a <b <c ?")
	// Another device of the recipient's has numbers of its own.
	second := [8]byte{0xff}
	d.write(p, "z", func(w *writing) { w.Author, w.Seq = second, 2 })
	if got := texts(d.open(name)); got != ">one <a <b <c <d ? <z" {
		t.Errorf("two devices: %s", got)
	}

	now := d.open(name)
	check(t, now.Delete(ctx, now.Letters[2]))
	if got := texts(now); got != ">one <a <c <d ? <z" {
		t.Errorf("deleted, still at hand: %s", got)
	}
	if got := texts(d.open(name)); got != ">one <a <c <d ? <z" {
		t.Errorf("deleted: %s", got)
	}
	drops(3, ">one <a <c ? <z ?")
}

// TestLies: numbers that are chosen to hurt, by a recipient who signs them.
func TestLies(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := placeOf(d.inbox()[0])
	d.write(p, "far", func(w *writing) {
		w.Seq, w.Seen = 1<<53-1, map[[8]byte]int64{p.sender: 1<<53 - 1, {9}: 5}
		w.Beyond = map[[8]byte][]int64{{7}: {1 << 52}}
	})
	th = d.open(th.Codename())
	if len(th.Letters) != 2 || th.Letters[1].MissingBefore != 1000 {
		t.Errorf("%d letters", len(th.Letters))
	}
	send(t, th, Letter{Message: "two"})
	if got := d.inbox(); got[1].Seq != 2 {
		t.Errorf("the next letter has the number %d", got[1].Seq)
	}
}

// TestSwappedOrder: the days that a server claims, and the order in which it
// lists, move no reply before another of the same desk.
func TestSwappedOrder(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := placeOf(d.inbox()[0])
	var ids []drop.EnvelopeID
	for _, text := range []string{"a", "b", "c"} {
		ids = append(ids, d.write(p, text, nil))
	}
	day := drop.Day(0)
	days := map[drop.EnvelopeID]string{ids[0]: "30003", ids[1]: "30002", ids[2]: "30001"}
	d.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes", Do: droptest.Change(func(body []byte) []byte {
		if !strings.HasPrefix(string(body), `{"envelopes"`) {
			return body
		}
		parts := strings.Split(string(body), `"id":"`)
		for i, part := range parts {
			for id, day := range days {
				if strings.HasPrefix(part, id.String()) {
					head, tail, _ := strings.Cut(part, `"day":`)
					_, rest, _ := strings.Cut(tail, ",")
					parts[i] = head + `"day":` + day + "," + rest
				}
			}
		}
		return []byte(strings.Join(parts, `"id":"`))
	})})
	got := d.open(th.Codename())
	day = got.Letters[1].Day
	if texts(got) != ">one <a <b <c" || day != 30003 {
		t.Errorf("shown is %q, the first reply of day %d", texts(got), day)
	}
}

// TestCardGone: without a card that is valid today, nothing of the recipient's is
// shown or believed, and it is counted.
func TestCardGone(t *testing.T) {
	for name, c := range map[string]struct {
		do    droptest.Action
		today drop.Day
		want  error
	}{
		"not there":           {droptest.Answer(404, "application/json", []byte(`{"error":"not_found"}`)), today, drop.ErrNotFound},
		"out of reach":        {droptest.LoseRequest, today, nil},
		"expired":             {nil, today + 30, card.ErrExpired},
		"another's":           {droptest.SwapBytes([]byte("age-encryption.org/v1\n")), today, card.ErrSealed},
		"from another server": {droptest.SwapBytes(newDesk(t).seal(t, keys.NewRoot(), newDesk(t).card)), today, card.ErrSealed},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			th := d.begin()
			send(t, th, Letter{Message: "one"})
			p := placeOf(d.inbox()[0])
			d.write(p, "two", nil)
			d.receipt(p, 1, true)
			if c.do != nil {
				d.server.TestOnlyFault(droptest.Fault{Path: "/card", Do: c.do})
			}
			got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: c.today})
			check(t, err)
			if texts(got) != ">one" || states(got) != "unknown" || got.Unverified != 2 || got.Ended || got.Known || got.CardError == nil || c.want != nil && !errors.Is(got.CardError, c.want) {
				t.Errorf("shown is %q (%s), %d unverified, %v", texts(got), states(got), got.Unverified, got.CardError)
			}
			if _, err := got.Write(Letter{Message: "x"}); !errors.Is(err, ErrNoRecipient) {
				t.Errorf("written on: %v", err)
			}
		})
	}
}

// TestDeskLeaves: a key that the card no longer lists signs nothing any more.
func TestDeskLeaves(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	d.write(placeOf(d.inbox()[0]), "two", nil)
	d.card.Desks = [][32]byte{keys.NewRoot().Public()}
	d.publishCard()
	if got := d.open(th.Codename()); texts(got) != ">one" || got.NotGenuine != 1 {
		t.Errorf("shown is %q, %d not genuine", texts(got), got.NotGenuine)
	}
}

// TestCopies: without a copy of the sender's own nothing is believed, and with two
// that contradict each other nothing either.
func TestCopies(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	out := send(t, th, Letter{Message: "one"})
	d.write(placeOf(d.inbox()[0]), "two", nil)
	check(t, th.owner.Erase(ctx, out.Copy.ID))
	got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today})
	if !errors.Is(err, ErrNoCopy) || got == nil || len(got.Letters) > 0 || got.Unverified != 1 {
		t.Fatalf("without a copy: %v", err)
	}
	if _, err := got.Write(Letter{Message: "x"}); !errors.Is(err, ErrNoRecipient) {
		t.Errorf("written on without a copy: %v", err)
	}
	if e, err := got.End(ctx, nil); err != nil || e != (Ending{Erased: 1}) {
		t.Errorf("ended: %+v, %v", e, err)
	}

	// Only who has the words can make the second.
	send(t, th, Letter{Message: "three"})
	th.Link = newDesk(t).link()
	s, m, err := th.sealCopy(1, letter.Copy{}, Letter{})
	check(t, err)
	_, err = th.keep(ctx, s, m)
	check(t, err)
	if got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today}); !errors.Is(err, ErrCopies) || got != nil {
		t.Errorf("with copies that contradict each other: %v", err)
	}
}

// TestJunk: a mailbox full of what others have put there.
func TestJunk(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := placeOf(d.inbox()[0])
	d.write(p, "two", nil)
	junk := droptest.Envelope(droptest.Smallest)
	for i := range 1000 {
		sealed := []byte("junk")
		if i%100 == 0 {
			sealed = junk
		}
		check(t, d.server.TestOnlyPut(p.mailbox, drop.NewEnvelopeID(), sealed))
	}
	// Sealed as it should be, and not by whom it should be: 64 of them with a message
	// of a megabyte. No more than the beginning is read.
	for range 64 {
		d.write(p, strings.Repeat("FORGED ", 140_000), func(w *writing) { w.sign = d.root })
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
	check(t, d.server.TestOnlyPut(p.mailbox, huge, make([]byte, MaxReply+1)))
	if got := open(OpenOptions{LookAt: 2000}); got.TooLarge != 1 || texts(got) != ">one <two" {
		t.Errorf("%d are too large, shown is %q", got.TooLarge, texts(got))
	}
	for _, s := range d.server.Seen() {
		if strings.Contains(s.Path, huge.String()) {
			t.Error("the huge one was fetched")
		}
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
	p := placeOf(d.inbox()[0])
	bad := d.write(p, strings.Repeat("long ", 100_000), nil)
	d.write(p, "good", nil)
	all, err := d.server.Envelopes(p.mailbox)
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
		d.server.TestOnlyFault(droptest.Fault{Path: p.mailbox.String(), Skip: 2, Do: do})
		if got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today}); err == nil || got != nil || errors.Is(err, drop.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.server.TestOnlyHeal()
	stopped, cancel := context.WithCancel(ctx)
	d.server.TestOnlyFault(droptest.Fault{Path: bad.String(), Do: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		cancel()
		<-r.Context().Done()
	}})
	if _, err := OpenThread(stopped, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
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

// TestBareReply: what says nothing of who wrote it isn't shown.
func TestBareReply(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	var sealed strings.Builder
	w, err := envelope.Seal(&sealed, []string{th.keys.Reply.Recipient()})
	check(t, err)
	_, err = w.Write([]byte(strings.Repeat("x", 32768)))
	check(t, err)
	check(t, w.Close())
	d.deposit(th.keys.Mailbox(), drop.NewEnvelopeID(), []byte(sealed.String()))
	if got := d.open(th.Codename()); texts(got) != ">one" || got.NotGenuine != 1 {
		t.Errorf("shown is %q", texts(got))
	}
}
