package storetest

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/transom-drop/transom/drop"
)

func wantPooled(t *testing.T, s drop.Store, when string, want int64) {
	t.Helper()
	if got, err := s.Pooled(ctx); got != want || err != nil {
		t.Fatalf("%s: %d bytes in the pool, error %v; want %d", when, got, err, want)
	}
}

func pooled(m drop.MailboxID, id drop.EnvelopeID, size int, limit int64) drop.Deposit {
	d := deposit(m, id, text(uint64(id[0]), size), 1)
	d.Pool = limit
	return d
}

// testPool: what mailboxes without a card hold together is limited, and nothing
// else is; whatever takes something away makes room.
func testPool(t *testing.T, s drop.Store) {
	const limit = 3 << 20
	carded := mailbox(9)
	wantPooled(t, s, "at first", 0)
	mustPutCard(t, s, update(carded, text(9, 100)), true)
	mustPut(t, s, pooled(mailbox(1), envelopeID(1), 1<<20, limit))
	mustPut(t, s, pooled(mailbox(2), envelopeID(1), 2<<20, limit))
	wantPooled(t, s, "full", limit)

	full := func(when string, m drop.MailboxID, size int) {
		t.Helper()
		d := pooled(m, envelopeID(7), size, limit)
		d.Body = unread{t}
		_, created, err := s.Put(ctx, d)
		wantError(t, when, err, drop.ErrPoolFull)
		if created || errors.Is(err, drop.ErrFull) {
			t.Fatalf("%s: created %v, %v", when, created, err)
		}
		wantNothing(t, s, m, envelopeID(7))
	}
	full("a byte too many", mailbox(1), 1)
	full("in another mailbox", mailbox(3), 1)
	mustPut(t, s, pooled(carded, envelopeID(1), 2<<20, limit))
	free := deposit(mailbox(4), envelopeID(1), text(1, 10), 1)
	mustPut(t, s, free) // no limit was given
	wantPooled(t, s, "after one without a limit", limit+10)
	if _, created, err := s.Put(ctx, pooled(mailbox(1), envelopeID(1), 1<<20, limit)); created || err != nil {
		t.Fatalf("what is there, again: created %v, %v", created, err)
	}
	if err := s.Erase(ctx, mailbox(4), envelopeID(1)); err != nil {
		t.Fatal(err)
	}
	wantPooled(t, s, "erased", limit)
	if err := s.Withdraw(ctx, mailbox(1), envelopeID(1), hash(1)); err != nil {
		t.Fatal(err)
	}
	wantPooled(t, s, "withdrawn", 2<<20)
	full("more than was freed", mailbox(3), 1<<20+1)
	late := pooled(mailbox(3), envelopeID(2), 1<<20, limit)
	late.Expires = today
	mustPut(t, s, late)
	full("filled again", mailbox(3), 1)
	if n, err := s.Sweep(ctx, today+1); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	wantPooled(t, s, "swept", 2<<20)
}

// testPoolCards: a mailbox takes its envelopes out of the pool with its first
// card and back into it when the card lapses.
func testPoolCards(t *testing.T, s drop.Store) {
	wantPooled(t, s, "at first", 0)
	m, sealed := mailbox(1), text(1, 100)
	mustPut(t, s, pooled(m, envelopeID(1), 100, 100))
	mustPut(t, s, pooled(m, envelopeID(2), 2<<20, 1<<30))
	wantPooled(t, s, "before a card", 100+(2<<20))
	mustPutCard(t, s, update(m, sealed), true)
	wantPooled(t, s, "with a card", 0)
	mustPutCard(t, s, replacing(update(m, text(2, 100)), sealed), false)
	wantPooled(t, s, "with another card", 0)
	d := pooled(m, envelopeID(3), 1000, 1)
	d.Expires = today + 2*drop.CardDays
	mustPut(t, s, d)
	if err := s.Erase(ctx, m, envelopeID(1)); err != nil {
		t.Fatal(err)
	}
	wantPooled(t, s, "with a card and more in it", 0)
	if n, err := s.Sweep(ctx, today+drop.CardDays+1); n != 2 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	wantPooled(t, s, "without the card", 1000)
	if err := s.Erase(ctx, m, envelopeID(3)); err != nil {
		t.Fatal(err)
	}
	wantPooled(t, s, "emptied", 0)
}

// testPoolRace: of many at once, no more come in than fit, and whoever gives up
// half-way takes no room.
func testPoolRace(t *testing.T, s drop.Store) {
	const size, fit = 1<<20 + 5, 4
	wantPooled(t, s, "at first", 0)
	var wg sync.WaitGroup
	var mu sync.Mutex
	created := 0
	for i := range 16 {
		wg.Go(func() {
			d := pooled(mailbox(byte(i)), envelopeID(1), size, fit*size)
			if i%4 == 3 {
				d.Body = bytes.NewReader(make([]byte, size-1)) // breaks off
			}
			_, ok, err := s.Put(ctx, d)
			if err != nil && !errors.Is(err, drop.ErrPoolFull) && i%4 != 3 {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if ok {
				created++
			}
		})
	}
	wg.Wait()
	if created > fit {
		t.Fatalf("%d came in, %d fit", created, fit)
	}
	for i := range byte(fit) {
		if created < fit {
			mustPut(t, s, pooled(mailbox(100+i), envelopeID(1), size, fit*size))
			created++
		}
	}
	wantPooled(t, s, "filled", fit*size)
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a refused deposit was read")
	return 0, io.EOF
}
