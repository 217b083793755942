package client

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// TestDelete: a deleted reply is gone from the server, isn't taken for one that
// was withheld, and can't be put back.
func TestDelete(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := droptest.PlaceOf(d.inbox()[0])
	a, b := d.write(p, "a", nil), d.write(p, "b", nil)
	before, err := d.server.Envelopes(p.Mailbox)
	check(t, err)

	th = d.open(th.Codename())
	check(t, th.Delete(ctx, th.Letters[1]))
	there, err := d.server.Envelopes(p.Mailbox)
	check(t, err)
	if _, left := there[a]; left || len(there) != 3 { // the copy, the note, b
		t.Errorf("%d envelopes are there", len(there))
	}
	// A second deletion takes up the first, and one note is enough for both.
	th = d.open(th.Codename())
	check(t, th.Delete(ctx, th.Letters[1]))
	if there, _ := d.server.Envelopes(p.Mailbox); len(there) != 2 {
		t.Errorf("%d envelopes are there", len(there))
	}
	for id, sealed := range map[drop.EnvelopeID][]byte{a: before[a], b: before[b]} {
		check(t, d.server.TestOnlyPut(p.Mailbox, id, sealed))
	}
	th = d.open(th.Codename())
	if texts(th) != ">one <a <b" || !th.Letters[1].Deleted || !th.Letters[2].Deleted || th.Letters[0].Deleted || th.NotGenuine+th.MissingAtEnd != 0 {
		t.Errorf("put back: %s", texts(th))
	}
	if states(th) != "answered" || !th.Known {
		t.Errorf("what a deleted reply has said is forgotten: %s", states(th))
	}
	check(t, th.Delete(ctx, th.Letters[2]))
	check(t, th.Delete(ctx, th.Letters[1]))
	th = d.open(th.Codename())
	if there, _ := d.server.Envelopes(p.Mailbox); len(there) != 2 || texts(th) != ">one" {
		t.Errorf("deleted again, %d envelopes are there: %s", len(there), texts(th))
	}
	for i := range int64(1500) {
		th.deleted = append(th.deleted, letter.Ref{Seq: i + 1})
	}
	if _, m, err := th.sealCopy(1, letter.Copy{}, Letter{}); err != nil || m.Copy.Deleted[999].Seq != 1500 {
		t.Errorf("more deletions than a copy can name: %v", err)
	}
	th.deleted = th.deleted[:2]
	// The next copy knows of it too.
	out := send(t, th, Letter{Message: "two"})
	if len(out.copy.Copy.Deleted) != 2 || !th.Begun() {
		t.Errorf("the next copy knows of %d deletions", len(out.copy.Copy.Deleted))
	}
}

// TestDeleteInterrupted: wherever it stops, no reply looks withheld, and the next
// time finishes.
func TestDeleteInterrupted(t *testing.T) {
	for _, method := range []string{"PUT", "DELETE"} {
		for skip := range 3 {
			for _, do := range []droptest.Action{droptest.LoseRequest, droptest.LoseAnswer} {
				d := newDesk(t)
				th := d.begin()
				send(t, th, Letter{Message: "one"})
				p := droptest.PlaceOf(d.inbox()[0])
				d.write(p, "a", nil)
				d.write(p, "b", nil)
				th = d.open(th.Codename())
				check(t, th.Delete(ctx, th.Letters[1])) // leaves a note to be replaced
				d.server.TestOnlyFault(droptest.Fault{Method: method, Path: "/envelopes/", Skip: skip, Do: do})
				err := th.Delete(ctx, th.Letters[1])
				d.server.TestOnlyHeal()
				after := d.open(th.Codename())
				if got := texts(after); got != ">one" && (err == nil || got != ">one <b") || after.MissingAtEnd != 0 {
					t.Errorf("%s %d: %s, %v", method, skip, got, err)
				}
				if len(after.Letters) > 1 {
					check(t, after.Delete(ctx, after.Letters[1]))
				}
				if got := d.open(th.Codename()); texts(got) != ">one" || got.MissingAtEnd != 0 {
					t.Errorf("%s %d, again: %s", method, skip, texts(got))
				}
			}
		}
	}
}

// TestWithdraw: what hasn't been collected is erased, and what is said is all that
// is known.
func TestWithdraw(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	send(t, th, Letter{Message: "two"})
	d.write(droptest.PlaceOf(d.inbox()[0]), "reply", nil)
	check(t, d.server.Store.Erase(ctx, d.Link.Code.Mailbox, d.inbox()[0].ID)) // collected
	th = d.open(th.Codename())
	one, two, reply := th.Letters[0], th.Letters[2], th.Letters[1]
	if two.UntrustedMessage != "two" {
		one, two, reply = th.Letters[0], th.Letters[1], th.Letters[2]
	}
	for name, l := range map[string]ThreadLetter{"collected": one, "a reply": reply} {
		if gone, err := th.Withdraw(ctx, l); gone || !errors.Is(err, drop.ErrNotFound) {
			t.Errorf("%s: %v, %v", name, gone, err)
		}
	}
	if gone, err := th.Withdraw(ctx, two); !gone || err != nil {
		t.Errorf("waiting: %v, %v", gone, err)
	}
	if len(d.inbox()) != 0 {
		t.Error("the letter is still there")
	}
	th = d.open(th.Codename())
	if got := texts(th); got != ">one <reply" {
		t.Errorf("shown is %q", got)
	}
	// Its number isn't used again: what was collected after all would be taken for
	// the new one.
	send(t, th, Letter{Message: "three"})
	if got := d.inbox()[0]; got.Seq != 3 || got.Kind != letter.KindNext {
		t.Errorf("the next letter is %d, %s", got.Seq, got.Kind)
	}
}

// TestWithdrawOnly: the words go on working when the only letter is withdrawn.
func TestWithdrawOnly(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	th = d.open(th.Codename())
	if gone, err := th.Withdraw(ctx, th.Letters[0]); !gone || err != nil {
		t.Fatalf("%v, %v", gone, err)
	}
	th = d.open(th.Codename())
	if len(th.Letters) != 0 || !th.Begun() {
		t.Errorf("shown is %q", texts(th))
	}
	send(t, th, Letter{Message: "two"})
	got := d.inbox()
	if len(got) != 1 || got[0].Kind != letter.KindFirst || got[0].Seq != 2 {
		t.Fatalf("the drop has %+v", got)
	}
	check(t, got[0].CheckReplyTo())
}

// TestEnd: nothing is left in the mailbox, the recipient is told, and what was
// collected isn't said to be withdrawn.
func TestEnd(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := droptest.PlaceOf(d.inbox()[0])
	d.write(p, "reply", nil)
	send(t, th, Letter{Message: "two"})
	check(t, d.server.TestOnlyPut(p.Mailbox, drop.NewEnvelopeID(), droptest.Envelope(droptest.Smallest))) // junk
	th = d.open(th.Codename())
	e, err := th.End(ctx, nil)
	if err != nil || e != (Ending{Withdrawn: 1, Told: true, Erased: 4}) {
		t.Errorf("ended: %+v, %v", e, err)
	}
	if there, err := d.server.Envelopes(p.Mailbox); err == nil && len(there) > 0 {
		t.Errorf("%d envelopes are left", len(there))
	}
	got := d.inbox()
	if len(got) != 2 || got[0].Message != "one" || !got[1].Closed || got[1].Kind != letter.KindNext || got[1].Message != "" {
		t.Fatalf("the drop has %d letters", len(got))
	}
	check(t, got[1].CheckProof(p.Thread))

	// One who has collected it in silence is told too.
	th = d.begin()
	send(t, th, Letter{Message: "collected"})
	check(t, d.server.Store.Erase(ctx, d.Link.Code.Mailbox, drop.EnvelopeID(*th.copies[0].meta.Copy.Sent)))
	th = d.open(th.Codename())
	if e, err := th.End(ctx, nil); err != nil || e != (Ending{Told: true, Erased: 1}) || len(d.inbox()) != 3 {
		t.Errorf("ended after a silent collection: %+v, %v", e, err)
	}

	// Nobody is told of a thread that they can't know.
	th = d.begin()
	send(t, th, Letter{Message: "one"})
	th = d.open(th.Codename())
	if e, err := th.End(ctx, nil); err != nil || e != (Ending{Withdrawn: 1, Erased: 1}) || len(d.inbox()) != 3 {
		t.Errorf("ended at once: %+v, %v", e, err)
	}
}

// TestEndInterrupted: as long as anything is left, the words open it.
func TestEndInterrupted(t *testing.T) {
	for skip := range 5 {
		d := newDesk(t)
		th := d.begin()
		send(t, th, Letter{Message: "one"})
		p := droptest.PlaceOf(d.inbox()[0])
		d.write(p, "a", nil)
		d.write(p, "b", nil)
		send(t, th, Letter{Message: "two"})
		th = d.open(th.Codename())
		d.server.TestOnlyFault(droptest.Fault{Method: "DELETE", Path: "/envelopes/", Skip: skip, Do: droptest.LoseRequest})
		if _, err := th.End(ctx, nil); err == nil {
			t.Errorf("%d: ended without a server", skip)
		}
		d.server.TestOnlyHeal()
		_, err := d.open(th.Codename()).End(ctx, nil)
		check(t, err)
		if there, err := d.server.Envelopes(p.Mailbox); err == nil && len(there) > 0 {
			t.Errorf("%d: %d envelopes are left", skip, len(there))
		}
	}
}

// TestNeverEmpty: a server that goes on listing isn't believed for ever.
func TestNeverEmpty(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	th = d.open(th.Codename())
	d.server.TestOnlyFault(droptest.Fault{Method: "DELETE", Path: drop.MailboxID(th.keys.Mailbox()).String(), Do: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(http.StatusNoContent)
	}})
	if _, err := th.End(ctx, nil); !errors.Is(err, ErrStillThere) {
		t.Errorf("got %v", err)
	}
}

// TestEnded: the recipient's word that the thread is closed, and that it is open
// again.
func TestEnded(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := droptest.PlaceOf(d.inbox()[0])
	d.receipt(p, 1, false)
	d.receipt(p, 1, true)
	th = d.open(th.Codename())
	if _, err := th.Write(Letter{Message: "x"}); !th.Ended || !errors.Is(err, ErrEnded) {
		t.Errorf("closed: %v, %v", th.Ended, err)
	}
	d.write(p, "sorry", nil)
	if d.open(th.Codename()).Ended {
		t.Error("a later reply doesn't open it")
	}
	if d.write(p, "z", func(w *droptest.Writing) { w.Author, w.Seq = [8]byte{0xff}, 9 }); d.open(th.Codename()).Ended {
		t.Error("another device's reply closes it")
	}
	d.receipt(p, 2, true)
	if !d.open(th.Codename()).Ended {
		t.Error("not closed again")
	}
}

// TestConnections: no connection touches both the drop and the mailbox for
// replies.
func TestConnections(t *testing.T) {
	d := newDesk(t)
	var mu sync.Mutex
	mailboxes := map[string]map[string]bool{} // by connection
	d.server.TestOnlyFault(droptest.Fault{Path: "/v1/mailboxes/", Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		if mailboxes[r.RemoteAddr] == nil {
			mailboxes[r.RemoteAddr] = map[string]bool{}
		}
		mailboxes[r.RemoteAddr][strings.Split(r.URL.Path, "/")[3]] = true
		mu.Unlock()
		next.ServeHTTP(w, r)
	}})
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	th = d.open(th.Codename())
	send(t, th, Letter{Message: "two"})
	_, err := th.Withdraw(ctx, th.Letters[0])
	check(t, err)
	_, err = th.End(ctx, nil)
	check(t, err)
	for conn, touched := range mailboxes {
		if len(touched) != 1 {
			t.Errorf("connection %s touches %v", conn, slices.Collect(maps.Keys(touched)))
		}
	}
	if len(mailboxes) < 4 {
		t.Errorf("only %d connections were seen", len(mailboxes))
	}
}
