package storetest

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/transom-drop/transom/drop"
)

func update(m drop.MailboxID, sealed []byte) drop.CardUpdate {
	return drop.CardUpdate{Mailbox: m, Sealed: sealed, Day: today}
}

func replacing(u drop.CardUpdate, old []byte) drop.CardUpdate {
	h := sha256.Sum256(old)
	u.Replaces = &h
	return u
}

func invited(u drop.CardUpdate, n byte) drop.CardUpdate {
	h := hash(n)
	u.Invitation = &h
	return u
}

func mustPutCard(t *testing.T, s drop.Store, u drop.CardUpdate, wantFirst bool) {
	t.Helper()
	first, err := s.PutCard(ctx, u)
	if err != nil || first != wantFirst {
		t.Fatalf("PutCard: first %v, error %v; want first %v", first, err, wantFirst)
	}
	wantCard(t, s, u.Mailbox, u.Sealed, u.Day)
}

func wantCard(t *testing.T, s drop.Store, m drop.MailboxID, want []byte, wantDay drop.Day) {
	t.Helper()
	sealed, day, err := s.Card(ctx, m)
	if err != nil || !bytes.Equal(sealed, want) || day != wantDay {
		t.Fatalf("Card: %d bytes of day %v, error %v; want %d bytes of day %v", len(sealed), day, err, len(want), wantDay)
	}
}

func wantNoCard(t *testing.T, s drop.Store, m drop.MailboxID) {
	t.Helper()
	_, _, err := s.Card(ctx, m)
	wantError(t, "Card", err, drop.ErrNotFound)
}

// refuse checks that an update fails and leaves everything as it was.
func refuse(t *testing.T, s drop.Store, what string, u drop.CardUpdate, want error) {
	t.Helper()
	before, dayBefore, errBefore := s.Card(ctx, u.Mailbox)
	first, err := s.PutCard(ctx, u)
	wantError(t, what, err, want)
	if first {
		t.Fatalf("%s: said to be the first card", what)
	}
	after, dayAfter, errAfter := s.Card(ctx, u.Mailbox)
	if !bytes.Equal(before, after) || dayBefore != dayAfter || (errBefore == nil) != (errAfter == nil) {
		t.Fatalf("%s: changed the card all the same", what)
	}
}

func testCard(t *testing.T, s drop.Store) {
	m := mailbox(1)
	wantNoCard(t, s, m)
	a, b, largest := text(1, 5000), text(2, 6000), text(3, drop.MaxCard)

	refuse(t, s, "replacing a card where there is none", replacing(update(m, a), b), drop.ErrChanged)
	mustPutCard(t, s, update(m, a), true)
	wantNoCard(t, s, mailbox(2))

	refuse(t, s, "a second first card", update(m, b), drop.ErrChanged)
	refuse(t, s, "replacing another card", replacing(update(m, b), b), drop.ErrChanged)
	mustPutCard(t, s, replacing(update(m, b), a), false)
	refuse(t, s, "replacing the card before", replacing(update(m, largest), a), drop.ErrChanged)
	mustPutCard(t, s, replacing(update(m, largest), b), false)
	mustPutCard(t, s, replacing(update(m, a), largest), false)

	// The very bytes that are there succeed whatever they are meant to replace, and
	// renew the day: an owner whose answer was lost tries again.
	for i, u := range []drop.CardUpdate{update(m, a), replacing(update(m, a), a), replacing(update(m, a), b), invited(update(m, a), 9)} {
		u.Day = today + drop.Day(i)
		mustPutCard(t, s, u, false)
	}
}

func testInvitation(t *testing.T, s drop.Store) {
	a, b := text(1, 5000), text(2, 6000)
	refuse(t, s, "an unknown invitation", invited(update(mailbox(1), a), 1), drop.ErrInvitation)
	for range 2 {
		if err := s.Invite(ctx, hash(1)); err != nil {
			t.Fatal(err)
		}
	}
	refuse(t, s, "another invitation", invited(update(mailbox(1), a), 2), drop.ErrInvitation)
	// What fails for another reason does not use it up.
	refuse(t, s, "replacing nothing", invited(replacing(update(mailbox(1), a), b), 1), drop.ErrChanged)
	mustPutCard(t, s, invited(update(mailbox(2), a), 1), true)
	refuse(t, s, "an invitation that is used up", invited(update(mailbox(1), a), 1), drop.ErrInvitation)
	if err := s.Invite(ctx, hash(1)); err != nil {
		t.Fatal(err)
	}
	refuse(t, s, "one that was recorded again", invited(update(mailbox(1), a), 1), drop.ErrInvitation)

	// A mailbox with a card needs none, and uses none up.
	if err := s.Invite(ctx, hash(3)); err != nil {
		t.Fatal(err)
	}
	mustPutCard(t, s, invited(replacing(update(mailbox(2), b), a), 3), false)
	mustPutCard(t, s, invited(update(mailbox(3), a), 3), true)

	// A mailbox whose card has gone may use its own again.
	if _, err := s.Sweep(ctx, today+drop.CardDays+1); err != nil {
		t.Fatal(err)
	}
	wantNoCard(t, s, mailbox(2))
	refuse(t, s, "another mailbox's", invited(update(mailbox(2), a), 3), drop.ErrInvitation)
	mustPutCard(t, s, invited(update(mailbox(2), a), 1), true)
}

func sweep(t *testing.T, s drop.Store, day drop.Day, want int) {
	t.Helper()
	removed, err := s.Sweep(ctx, day)
	if err != nil || removed != want {
		t.Fatalf("Sweep removed %d, error %v; want %d", removed, err, want)
	}
}

func testSweepEnvelopes(t *testing.T, s drop.Store) {
	var lastDays []drop.Day
	for i := range 20 {
		d := deposit(mailbox(byte(i%3)), envelopeID(byte(i)), text(uint64(i), 100), 1)
		if i%5 == 0 {
			body := text(uint64(i), 3<<20)
			d = deposit(d.Mailbox, d.ID, body, 1)
		}
		d.Expires = today + drop.Day(i%4)
		lastDays = append(lastDays, d.Expires)
		mustPut(t, s, d)
	}
	sweep(t, s, today, 0) // an envelope is kept to the end of its last day
	for day := today + 1; day < today+6; day++ {
		want := 0
		for _, last := range lastDays {
			if last == day-1 {
				want++
			}
		}
		sweep(t, s, day, want)
		sweep(t, s, day, 0)
		for i, last := range lastDays {
			m, id := mailbox(byte(i%3)), envelopeID(byte(i))
			if last < day {
				wantNothing(t, s, m, id)
			} else if _, _, err := content(s, m, id); err != nil {
				t.Fatalf("swept before its time: %v", err)
			}
		}
	}
	// An ID that was erased and used again lives as long as the second says.
	d := deposit(mailbox(1), envelopeID(1), text(1, 100), 1)
	d.Expires = today + 10
	mustPut(t, s, d)
	if err := s.Erase(ctx, d.Mailbox, d.ID); err != nil {
		t.Fatal(err)
	}
	d = deposit(d.Mailbox, d.ID, text(2, 100), 1)
	d.Expires = today + 20
	mustPut(t, s, d)
	sweep(t, s, today+11, 0)
	sweep(t, s, today+21, 1)
	// Many go as well as few.
	for i := range 1000 {
		d := deposit(mailbox(7), drop.EnvelopeID(text(uint64(i), 16)), nil, 1)
		d.Expires = today + 22
		mustPut(t, s, d)
	}
	sweep(t, s, today+22, 0)
	sweep(t, s, today+23, 1000)
}

func testSweepCards(t *testing.T, s drop.Store) {
	a := text(1, 5000)
	mustPutCard(t, s, update(mailbox(1), a), true)
	mustPutCard(t, s, update(mailbox(2), a), true)
	d := deposit(mailbox(1), envelopeID(1), a, 1)
	d.Expires = today + 200
	mustPut(t, s, d)
	sweep(t, s, today+drop.CardDays, 0)
	renewed := update(mailbox(2), a)
	renewed.Day = today + 1
	mustPutCard(t, s, renewed, false)
	sweep(t, s, today+drop.CardDays+1, 1)
	wantNoCard(t, s, mailbox(1))
	wantCard(t, s, mailbox(2), a, today+1)
	sweep(t, s, today+drop.CardDays+2, 1)
	wantNoCard(t, s, mailbox(2))
	// A card that has gone takes nothing along, and can come back.
	if _, _, err := content(s, mailbox(1), envelopeID(1)); err != nil {
		t.Fatal(err)
	}
	mustPutCard(t, s, update(mailbox(1), a), true)
}
