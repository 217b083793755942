package client

import (
	"errors"
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
	p := droptest.PlaceOf(d.inbox()[0])
	genuine := d.write(p, "genuine", nil)
	other := d.begin() // another sender of the same drop
	send(t, other, Letter{Message: "other"})
	thief := newDesk(t) // with a drop of their own
	elsewhere := thief.Link
	copyTo := func(l link.Link) *letter.Copy {
		sent := [16]byte{1}
		return &letter.Copy{Link: l.Code.String(), Origin: l.Origin, Sent: &sent, Kind: letter.KindFirst}
	}

	for name, c := range map[string]func(w *droptest.Writing){
		"answering in the desk's name, with the root key of a thief's own": func(w *droptest.Writing) { w.Sign = thief.Key },
		"signed with the drop's root key, which is no desk's":              func(w *droptest.Writing) { w.Sign = d.Root },
		"a wrong proof":                        func(w *droptest.Writing) { w.Thread = [32]byte{1} },
		"a proof by the key of another thread": func(w *droptest.Writing) { w.Thread = other.keys.Thread },
		"written for another mailbox":          func(w *droptest.Writing) { w.Mailbox = drop.MailboxID(other.keys.Mailbox()) },
		"written for another envelope ID":      func(w *droptest.Writing) { w.Envelope = drop.NewEnvelopeID() },
		"a receipt by a thief": func(w *droptest.Writing) {
			w.Sign, w.Kind, w.Message, w.Seq = thief.Key, letter.KindReceipt, "", 7
		},
		"a receipt that says closed, by a thief": func(w *droptest.Writing) {
			w.Sign, w.Kind, w.Message, w.Closed = thief.Key, letter.KindReceipt, "", true
		},
		"a planted copy that names another link, proved by the thread key": func(w *droptest.Writing) {
			proof := letter.Proof(p.Thread, w.Mailbox, w.Envelope)
			w.Kind, w.Author, w.Proof, w.Copy = letter.KindCopy, p.Sender, &proof, copyTo(elsewhere)
		},
		"a planted copy, proved with the thread key as the copy key": func(w *droptest.Writing) {
			proof := keys.MAC(p.Thread, "copy", w.Mailbox[:], w.Envelope[:])
			w.Kind, w.Author, w.Proof, w.Copy = letter.KindCopy, p.Sender, &proof, copyTo(elsewhere)
		},
		"a planted note that says that the genuine reply was deleted": func(w *droptest.Writing) {
			proof := letter.Proof(p.Thread, w.Mailbox, w.Envelope)
			deleted := copyTo(elsewhere)
			deleted.Sent, deleted.Kind, deleted.Deleted = nil, "", []letter.Ref{{Author: d.Author, Seq: 1}}
			w.Kind, w.Author, w.Message, w.Proof, w.Copy = letter.KindCopy, p.Sender, "", &proof, deleted
		},
		"a desk's reply under the sender's author": func(w *droptest.Writing) { w.Author = p.Sender },
		"a first letter": func(w *droptest.Writing) { w.Kind = letter.KindFirst },
		"a next letter": func(w *droptest.Writing) {
			proof := letter.Proof(p.Thread, w.Mailbox, w.Envelope)
			w.Kind, w.Proof = letter.KindNext, &proof
		},
	} {
		t.Run(name, func(t *testing.T) {
			id := d.write(p, "FORGED", c)
			defer func() { check(t, th.owner.Erase(ctx, id)) }()
			got := d.open(th.Codename())
			if texts(got) != ">one <genuine" || got.NotGenuine != 1 || got.Ended || got.MissingAtEnd != 0 || got.Link.String() != d.Link.String() {
				t.Errorf("shown is %q, %d not genuine, ended %v", texts(got), got.NotGenuine, got.Ended)
			}
			// Whatever lies there, the next letter goes where the sender meant it to.
			out, err := got.Write(Letter{Message: "next"})
			check(t, err)
			if m := read(t, out.Letter.Envelope, d.Seeds[0]); m.Mailbox != d.Link.Code.Mailbox || out.copy.Copy.Link != d.Link.Code.String() {
				t.Error("the next letter would go elsewhere")
			}
		})
	}

	// The server can copy envelopes about without being able to read them.
	all, err := d.server.Envelopes(p.Mailbox)
	check(t, err)
	t.Run("stored a second time", func(t *testing.T) {
		id := drop.NewEnvelopeID()
		check(t, d.server.TestOnlyPut(p.Mailbox, id, all[genuine]))
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
			check(t, thief.server.TestOnlyPut(p.Mailbox, id, sealed))
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
	trap := newDesk(t).Link.String()
	d.write(droptest.PlaceOf(d.inbox()[0]), "we have moved to "+trap, nil)
	th = d.open(th.Codename())
	send(t, th, Letter{Message: "two"})
	if got := d.inbox(); len(got) != 2 || got[1].Message != "two" {
		t.Errorf("the drop has %d letters", len(got))
	}
}

// TestGaps: a reply that the server drops shows, first, middle or last; those that
// the sender has deleted don't.
func TestGaps(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := droptest.PlaceOf(d.inbox()[0])
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
		sealed, err := d.server.Envelopes(p.Mailbox)
		check(t, err)
		check(t, th.owner.Erase(ctx, ids[i]))
		if got := texts(d.open(name)); got != want {
			t.Errorf("without %d: %s, want %s", i, got, want)
		}
		check(t, d.server.TestOnlyPut(p.Mailbox, ids[i], sealed[ids[i]]))
	}
	drops(0, ">one ? <b <c <d")
	drops(1, ">one <a ? <c <d")
	drops(3, ">one <a <b <c") // nothing says that there was more
	d.receipt(p, 1, false)
	drops(3, ">one <a <b <c ?")
	// Another device of the recipient's has numbers of its own.
	second := [8]byte{0xff}
	d.write(p, "z", func(w *droptest.Writing) { w.Author, w.Seq = second, 2 })
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
	p := droptest.PlaceOf(d.inbox()[0])
	d.write(p, "far", func(w *droptest.Writing) {
		w.Seq, w.Seen = 1<<53-1, map[[8]byte]int64{p.Sender: 1<<53 - 1, {9}: 5}
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
	p := droptest.PlaceOf(d.inbox()[0])
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
	stranger := newDesk(t)
	other, err := newClient(t, stranger.server.URL).Card(ctx, stranger.Link.Code.Mailbox)
	check(t, err)
	for name, c := range map[string]struct {
		do    droptest.Action
		today drop.Day
		want  error
	}{
		"not there":       {droptest.Answer(404, "application/json", []byte(`{"error":"not_found"}`)), today, drop.ErrNotFound},
		"out of reach":    {droptest.LoseRequest, today, nil},
		"expired":         {nil, today + 30, card.ErrExpired},
		"another's":       {droptest.SwapBytes([]byte("age-encryption.org/v1\n")), today, card.ErrSealed},
		"of another drop": {droptest.SwapBytes(other), today, card.ErrSealed},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			th := d.begin()
			send(t, th, Letter{Message: "one"})
			p := droptest.PlaceOf(d.inbox()[0])
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
	d.write(droptest.PlaceOf(d.inbox()[0]), "two", nil)
	d.Card.Desks = [][32]byte{keys.NewRoot().Public()}
	d.publish()
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
	d.write(droptest.PlaceOf(d.inbox()[0]), "two", nil)
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
	th.Link = newDesk(t).Link
	s, m, err := th.sealCopy(1, letter.Copy{}, Letter{})
	check(t, err)
	_, err = th.keep(ctx, s, m)
	check(t, err)
	if got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: today}); !errors.Is(err, ErrCopies) || got != nil {
		t.Errorf("with copies that contradict each other: %v", err)
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
	check(t, d.server.TestOnlyPut(th.keys.Mailbox(), drop.NewEnvelopeID(), []byte(sealed.String())))
	if got := d.open(th.Codename()); texts(got) != ">one" || got.NotGenuine != 1 {
		t.Errorf("shown is %q", texts(got))
	}
}
