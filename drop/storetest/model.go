package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/memstore"
)

// testModel makes the same calls to a store and to the model and compares every
// answer. Few mailboxes and IDs and many calls make sure that they meet.
func testModel(seed uint64) func(t *testing.T, s drop.Store) {
	return func(t *testing.T, s drop.Store) {
		c := &comparison{t: t, got: s, want: memstore.New(), day: today, rnd: rand.New(rand.NewPCG(seed, 0))}
		c.pooled() // waits until a store that counts has counted
		for range 600 {
			c.step()
			if t.Failed() {
				return
			}
		}
		c.compareAll()
	}
}

type comparison struct {
	t         *testing.T
	got, want drop.Store
	rnd       *rand.Rand
	day       drop.Day
}

func (c *comparison) mailbox() drop.MailboxID { return mailbox(byte(c.rnd.IntN(3))) }
func (c *comparison) id() drop.EnvelopeID     { return envelopeID(byte(c.rnd.IntN(12))) }

func (c *comparison) invitation() [32]byte { return hash(byte(c.rnd.IntN(3))) }

func (c *comparison) step() {
	switch n := c.rnd.IntN(100); {
	case n < 40:
		c.put()
	case n < 55:
		c.open()
	case n < 65:
		c.list()
	case n < 72:
		m, id := c.mailbox(), c.id()
		c.same("Erase", c.got.Erase(ctx, m, id), c.want.Erase(ctx, m, id))
	case n < 79:
		m, id, h := c.mailbox(), c.id(), hash(byte(c.rnd.IntN(2)))
		c.same("Withdraw", c.got.Withdraw(ctx, m, id, h), c.want.Withdraw(ctx, m, id, h))
	case n < 88:
		c.putCard()
	case n < 94:
		c.card(c.mailbox())
	case n < 97:
		h := c.invitation()
		c.same("Invite", c.got.Invite(ctx, h), c.want.Invite(ctx, h))
	default:
		c.sweep()
	}
	c.pooled()
}

func (c *comparison) put() {
	m, id := c.mailbox(), c.id()
	size := c.rnd.IntN(3000)
	if c.rnd.IntN(40) == 0 {
		size = 1<<20 + c.rnd.IntN(2<<20)
	}
	body := text(uint64(c.rnd.IntN(3)), size)
	if c.rnd.IntN(3) == 0 {
		// The bytes that are there, if any: the sender tries again.
		if _, there, err := content(c.want, m, id); err == nil {
			body = there
		}
	}
	d := deposit(m, id, body, byte(c.rnd.IntN(2)))
	d.Day, d.Expires = c.day, c.day+drop.Day(c.rnd.IntN(5))
	d.Pool = int64(c.rnd.IntN(3)) * (2 << 20)
	e := d
	e.Body = bytes.NewReader(body)
	gotStat, gotCreated, gotErr := c.got.Put(ctx, d)
	wantStat, wantCreated, wantErr := c.want.Put(ctx, e)
	c.same("Put", gotErr, wantErr)
	if gotStat != wantStat || gotCreated != wantCreated {
		c.t.Errorf("Put: %+v, created %v; want %+v, created %v", gotStat, gotCreated, wantStat, wantCreated)
	}
}

func (c *comparison) open() {
	m, id := c.mailbox(), c.id()
	gotStat, got, gotErr := content(c.got, m, id)
	wantStat, want, wantErr := content(c.want, m, id)
	c.same("Open", gotErr, wantErr)
	if gotStat != wantStat || !bytes.Equal(got, want) {
		c.t.Errorf("Open: %+v, %d bytes; want %+v, %d bytes", gotStat, len(got), wantStat, len(want))
	}
}

func (c *comparison) list() {
	m, limit := c.mailbox(), 1+c.rnd.IntN(15)
	var after *drop.EnvelopeID
	if c.rnd.IntN(2) == 0 {
		id := c.id()
		after = &id
	}
	got, gotMore, gotErr := c.got.List(ctx, m, after, limit)
	want, wantMore, wantErr := c.want.List(ctx, m, after, limit)
	c.same("List", gotErr, wantErr)
	if fmt.Sprint(got) != fmt.Sprint(want) || gotMore != wantMore {
		c.t.Errorf("List: %v, more %v; want %v, more %v", got, gotMore, want, wantMore)
	}
}

func (c *comparison) putCard() {
	u := update(c.mailbox(), text(uint64(c.rnd.IntN(4)), 1000+c.rnd.IntN(2)*500))
	u.Day = c.day
	if c.rnd.IntN(2) == 0 {
		if there, _, err := c.want.Card(ctx, u.Mailbox); err == nil {
			u = replacing(u, there)
		}
	}
	if c.rnd.IntN(2) == 0 {
		h := c.invitation()
		u.Invitation = &h
	}
	gotFirst, gotErr := c.got.PutCard(ctx, u)
	wantFirst, wantErr := c.want.PutCard(ctx, u)
	c.same("PutCard", gotErr, wantErr)
	if gotFirst != wantFirst {
		c.t.Errorf("PutCard: first %v; want %v", gotFirst, wantFirst)
	}
}

// pooled is the same after every step.
func (c *comparison) pooled() {
	got, gotErr := c.got.Pooled(ctx)
	want, wantErr := c.want.Pooled(ctx)
	c.same("Pooled", gotErr, wantErr)
	if got != want {
		c.t.Errorf("Pooled: %d bytes; want %d", got, want)
	}
}

func (c *comparison) card(m drop.MailboxID) {
	got, gotDay, gotErr := c.got.Card(ctx, m)
	want, wantDay, wantErr := c.want.Card(ctx, m)
	c.same("Card", gotErr, wantErr)
	if !bytes.Equal(got, want) || gotDay != wantDay {
		c.t.Errorf("Card: %d bytes of %v; want %d bytes of %v", len(got), gotDay, len(want), wantDay)
	}
}

func (c *comparison) sweep() {
	c.day++
	if c.rnd.IntN(8) == 0 {
		c.day += drop.CardDays / 2
	}
	got, gotErr := c.got.Sweep(ctx, c.day)
	want, wantErr := c.want.Sweep(ctx, c.day)
	c.same("Sweep", gotErr, wantErr)
	if got != want {
		c.t.Errorf("Sweep removed %d; want %d", got, want)
	}
}

// same compares the kinds of two errors.
func (c *comparison) same(what string, got, want error) {
	c.t.Helper()
	for _, kind := range []error{drop.ErrNotFound, drop.ErrConflict, drop.ErrChanged, drop.ErrInvitation, drop.ErrPoolFull} {
		if errors.Is(got, kind) != errors.Is(want, kind) {
			c.t.Errorf("%s: error %v; want %v", what, got, want)
		}
	}
	if (got == nil) != (want == nil) {
		c.t.Errorf("%s: error %v; want %v", what, got, want)
	}
}

func (c *comparison) compareAll() {
	for n := range byte(3) {
		m := mailbox(n)
		c.card(m)
		got, want := listAll(c.t, c.got, m, 5), listAll(c.t, c.want, m, 5)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			c.t.Errorf("List: %v; want %v", got, want)
		}
		for _, stat := range want {
			_, g, err := content(c.got, m, stat.ID)
			_, w, _ := content(c.want, m, stat.ID)
			if err != nil || !bytes.Equal(g, w) {
				c.t.Errorf("Open: %d bytes, error %v; want %d bytes", len(g), err, len(w))
			}
		}
	}
}
