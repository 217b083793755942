package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// together runs f from many goroutines that start at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// Of many deposits under one ID, one makes the envelope; those with the same
// bytes are told that it is there, and all others that the ID is taken.
func testCreateRace(t *testing.T, s drop.Store) {
	const writers = 24
	for round := range 20 {
		size := 1000
		if round%5 == 4 {
			size = 2<<20 + 1 // where uploads overlap for longer
		}
		kinds := 1 + round%4
		var bodies [][]byte
		for k := range kinds {
			bodies = append(bodies, text(uint64(round*10+k), size))
		}
		id := drop.EnvelopeID(text(uint64(round), 16))
		var created [writers]bool
		var errs [writers]error
		together(writers, func(i int) {
			_, created[i], errs[i] = s.Put(ctx, deposit(mailbox(1), id, bodies[i%kinds], 1))
		})
		winner := -1
		for i := range writers {
			if created[i] {
				if winner >= 0 {
					t.Fatalf("round %d: created twice", round)
				}
				winner = i
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: created by nobody: %v", round, errors.Join(errs[:]...))
		}
		for i, err := range errs {
			if same := i%kinds == winner%kinds; same && err != nil {
				t.Fatalf("round %d: the same bytes: %v", round, err)
			} else if !same {
				wantError(t, "other bytes", err, drop.ErrConflict)
			}
		}
		wantContent(t, s, mailbox(1), id, bodies[winner%kinds])
	}
	if n := len(listAll(t, s, mailbox(1), 100)); n != 20 {
		t.Fatalf("%d envelopes; want 20", n)
	}
}

// Of many cards for one mailbox, or in place of one card, one is stored.
func testCardRace(t *testing.T, s drop.Store) {
	const writers = 16
	var old []byte
	for round := range 10 {
		var ok [writers]bool
		together(writers, func(i int) {
			u := update(mailbox(1), text(uint64(round*100+i), 2000))
			if round > 0 {
				u = replacing(u, old)
			}
			first, err := s.PutCard(ctx, u)
			ok[i] = err == nil
			if err == nil && first != (round == 0) || err != nil && !errors.Is(err, drop.ErrChanged) {
				t.Errorf("round %d: first %v, error %v", round, first, err)
			}
		})
		winner := -1
		for i := range writers {
			if ok[i] {
				if winner >= 0 {
					t.Fatalf("round %d: two cards were stored", round)
				}
				winner = i
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: no card was stored", round)
		}
		old = text(uint64(round*100+winner), 2000)
		wantCard(t, s, mailbox(1), old, today)
	}
}

// Of many mailboxes with one invitation, one uses it.
func testInvitationRace(t *testing.T, s drop.Store) {
	if err := s.Invite(ctx, hash(1)); err != nil {
		t.Fatal(err)
	}
	var first atomic.Int32
	together(16, func(i int) {
		ok, err := s.PutCard(ctx, invited(update(mailbox(byte(i)), text(uint64(i), 2000)), 1))
		if ok {
			first.Add(1)
		} else if !errors.Is(err, drop.ErrInvitation) {
			t.Errorf("error %v; want %v", err, drop.ErrInvitation)
		}
	})
	if n := first.Load(); n != 1 {
		t.Fatalf("%d mailboxes used the invitation", n)
	}
}

// An envelope is erased once, whoever asks for it.
func testEraseRace(t *testing.T, s drop.Store) {
	for round := range 20 {
		id := envelopeID(byte(round))
		size := 1000
		if round%5 == 4 {
			size = 3 << 20
		}
		mustPut(t, s, deposit(mailbox(1), id, text(uint64(round), size), 1))
		var erased atomic.Int32
		together(16, func(i int) {
			var err error
			if i%2 == 0 {
				err = s.Erase(ctx, mailbox(1), id)
			} else {
				err = s.Withdraw(ctx, mailbox(1), id, hash(1))
			}
			if err == nil {
				erased.Add(1)
			} else if !errors.Is(err, drop.ErrNotFound) {
				t.Errorf("error %v; want %v", err, drop.ErrNotFound)
			}
		})
		if n := erased.Load(); n != 1 {
			t.Fatalf("erased %d times", n)
		}
		wantNothing(t, s, mailbox(1), id)
	}
}

// A collector polls a mailbox while many write to it. Whatever it lists it can
// open; a pass lists what was acknowledged before the pass began; and in the
// end, starting each pass at the beginning, it has everything.
func testLister(t *testing.T, s drop.Store) {
	const writers, each = 16, 40
	m := mailbox(1)
	var acknowledged sync.Map // drop.EnvelopeID -> true
	var writing atomic.Int32
	writing.Store(writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			defer writing.Add(-1)
			for i := range each {
				seed := uint64(w*each + i)
				id := drop.EnvelopeID(text(seed, 16))
				if _, _, err := s.Put(ctx, deposit(m, id, bodyOf(id), 1)); err != nil {
					t.Error(err)
					return
				}
				acknowledged.Store(id, true)
			}
		})
	}
	seen := make(map[drop.EnvelopeID]bool)
	for last := false; !last; {
		last = writing.Load() == 0
		var before []drop.EnvelopeID
		acknowledged.Range(func(id, _ any) bool {
			before = append(before, id.(drop.EnvelopeID))
			return true
		})
		stats, err := list(s, m, 7)
		if err != nil {
			t.Error(err)
			break
		}
		listed := make(map[drop.EnvelopeID]bool)
		for _, stat := range stats {
			listed[stat.ID] = true
			if seen[stat.ID] {
				continue
			}
			seen[stat.ID] = true
			if err := checkBody(s, m, stat.ID); err != nil {
				t.Errorf("listed, but: %v", err)
			}
		}
		for _, id := range before {
			if !listed[id] {
				t.Error("acknowledged before the pass, and not listed")
			}
		}
	}
	wg.Wait()
	if len(seen) != writers*each {
		t.Errorf("%d envelopes were seen; want %d", len(seen), writers*each)
	}
}

// What stays can be read at every moment, while what lies around it is erased,
// expires and is swept away, and a store tidies up behind it.
func testReadersAgainstSweeps(t *testing.T, s drop.Store) {
	m := mailbox(1)
	var stay []drop.EnvelopeID
	put := func(seed uint64, expires drop.Day) drop.EnvelopeID {
		id := drop.EnvelopeID(text(seed, 16))
		d := deposit(m, id, bodyOf(id), 1)
		d.Expires = expires
		if _, _, err := s.Put(ctx, d); err != nil {
			t.Error(err)
		}
		return id
	}
	card := text(1, 100_000)
	mustPutCard(t, s, update(m, card), true)
	var done atomic.Bool
	var reads atomic.Int64
	var wg sync.WaitGroup
	for round := range uint64(8) {
		for i := range uint64(150) {
			if i%5 == 0 {
				stay = append(stay, put(round*1000+i, expiry))
				continue
			}
			id := put(round*1000+i, today)
			if i%5 == 1 {
				if err := s.Erase(ctx, m, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		if round == 0 {
			first := stay
			for r := range 3 {
				wg.Go(func() {
					for i := r; !done.Load() && !t.Failed(); i++ {
						if err := checkBody(s, m, first[i%len(first)]); err != nil {
							t.Errorf("in the middle of a sweep: %v", err)
						}
						if sealed, _, err := s.Card(ctx, m); err != nil || !bytes.Equal(sealed, card) {
							t.Errorf("in the middle of a sweep: a card of %d bytes, error %v", len(sealed), err)
						}
						reads.Add(1)
					}
				})
			}
		}
		if removed, err := s.Sweep(ctx, today+1); err != nil || removed != 90 {
			t.Errorf("removed %d, error %v", removed, err)
			break
		}
	}
	done.Store(true)
	wg.Wait()
	for _, id := range stay {
		if err := checkBody(s, m, id); err != nil {
			t.Error(err)
		}
	}
	if reads.Load() == 0 {
		t.Error("nothing was read")
	}
}

// bodyOf is the body that belongs to an ID, so that whoever finds an envelope
// can tell whether it is right.
func bodyOf(id drop.EnvelopeID) []byte {
	size := 1 + int(id[0])*16
	if id[1] == 0 || id[1] == 1 {
		size += 2 << 20
	}
	var seed uint64
	for _, b := range id[:8] {
		seed = seed<<8 | uint64(b)
	}
	return text(seed, size)
}

// checkBody reads an envelope and compares it with what belongs to its ID.
func checkBody(s drop.Store, m drop.MailboxID, id drop.EnvelopeID) error {
	stat, got, err := content(s, m, id)
	if err != nil {
		return err
	}
	want := bodyOf(id)
	if stat.Size != int64(len(want)) || !bytes.Equal(got, want) {
		return fmt.Errorf("%w: stat says %d bytes, %d were read, %d were put", errWrong, stat.Size, len(got), len(want))
	}
	return nil
}

// errWrong: a store handed out what nobody gave it.
var errWrong = errors.New("wrong bytes without an error")
