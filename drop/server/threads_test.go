package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// TestThreadsLookAlike: a thread that has expired, swept or not, one that was
// emptied, one that another codename opens, and one that never was answer alike
// to whoever comes with the keys of its mailbox, in every byte but the date.
func TestThreadsLookAlike(t *testing.T) {
	r := newRig(t, nil)
	type place struct {
		name string
		*rig
		known letter
	}
	erased, withdrawn, swept, late, long := r.thread(), r.thread(), r.thread(), r.thread(), r.thread()
	places := []place{
		{"unknown", r.thread(), newLetter()},
		{"erased", erased, erased.deposited()},
		{"withdrawn", withdrawn, withdrawn.deposited()},
		{"swept", swept, swept.deposited()},
		{"opened with another codename", r.thread(), newLetter()},
	}
	erased.asOwner("DELETE", erased.path(places[1].known.id), nil).want(t, "erasing", 204, "")
	withdrawn.withdraw(places[2].known).want(t, "withdrawing", 204, "")
	r.setClock((today + 31).Time())
	if n, err := r.store.Sweep(t.Context(), today+31); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	late.setClock(r.clock())
	places = append(places, place{"expired and not swept", late, late.deposited()}, place{"more than a page of it", long, long.deposited()})
	for range drop.MaxListed {
		d := drop.Deposit{Mailbox: long.mailbox, ID: drop.NewEnvelopeID(), Size: 1, Day: today + 31, Expires: today + 61, Body: strings.NewReader("x")}
		if _, _, err := r.store.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if got := late.ids(); len(got) != 1 {
		t.Fatalf("%v is listed before it expires", got)
	}
	r.setClock((today + 62).Time())

	for _, ask := range []struct {
		what string
		do   func(p place) reply
	}{
		{"list", func(p place) reply { return p.asOwner("GET", p.listPath(), nil) }},
		{"get", func(p place) reply { return p.asOwner("GET", p.path(p.known.id), nil) }},
		{"get a part", func(p place) reply { return p.asOwner("GET", p.path(p.known.id), nil, "Range", "bytes=9-") }},
		{"erase", func(p place) reply { return p.asOwner("DELETE", p.path(p.known.id), nil) }},
		{"withdraw", func(p place) reply { return p.withdraw(p.known) }},
		{"card", func(p place) reply { return p.do("GET", p.cardPath(), nil) }},
	} {
		var first reply
		for i, p := range places {
			p.setClock(r.clock())
			got := ask.do(p)
			got.want(t, ask.what+" of a thread that was "+p.name, 404, saysNotFound)
			got.header.Del("Date")
			if i == 0 {
				first = got
			}
			if !maps.EqualFunc(got.header, first.header, slices.Equal) {
				t.Errorf("%s of a thread that was %s: the headers are %v, want %v", ask.what, p.name, got.header, first.header)
			}
		}
	}
	// A place behind a cursor answers alike as well, as an empty page.
	for _, p := range places {
		p.asOwner("GET", p.listPath()+"?after="+drop.EnvelopeID{}.String(), nil).want(t, "the rest of a thread that was "+p.name, 200, `{"envelopes":[]}`+"\n")
	}
}
