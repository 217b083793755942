package storetest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/transom-drop/transom/drop"
)

func testPutOpen(t *testing.T, s drop.Store) {
	m, id, body := mailbox(1), envelopeID(1), text(1, 32<<10)
	_, _, err := s.Open(ctx, m, id)
	wantError(t, "Open before Put", err, drop.ErrNotFound)
	stat := mustPut(t, s, deposit(m, id, body, 1))
	if want := (drop.Stat{ID: id, Size: 32 << 10, Day: today, Expires: expiry}); stat != want {
		t.Fatalf("Put returned %+v; want %+v", stat, want)
	}
	wantContent(t, s, m, id, body)
	// An ID is an envelope's only within its mailbox.
	wantNothing(t, s, mailbox(2), id)
	other := text(2, 40<<10)
	mustPut(t, s, deposit(mailbox(2), id, other, 1))
	wantContent(t, s, m, id, body)
	wantContent(t, s, mailbox(2), id, other)
}

// Sizes at which a store may change how it keeps a body.
func testSizes(t *testing.T, s drop.Store) {
	sizes := []int{0, 1, 1023, 1024, 1025, 1<<20 - 17, 1<<20 - 16, 1<<20 - 15, 1<<20 - 1, 1 << 20, 1<<20 + 1,
		2<<20 - 33, 2<<20 - 32, 2<<20 - 31, 2 << 20, 5<<20 + 12345}
	for i, size := range sizes {
		id := envelopeID(byte(i))
		body := text(uint64(i), size)
		d := deposit(mailbox(1), id, body, 1)
		d.Body = iotest.HalfReader(d.Body)
		mustPut(t, s, d)
		wantContent(t, s, mailbox(1), id, body)
		// An end that comes together with the last bytes is an end.
		d = deposit(mailbox(2), id, body, 1)
		d.Body = iotest.DataErrReader(d.Body)
		mustPut(t, s, d)
		wantContent(t, s, mailbox(2), id, body)
	}
}

func testIdempotent(t *testing.T, s drop.Store) {
	for i, size := range []int{0, 100, 3<<20 + 5} {
		m, id, body := mailbox(1), envelopeID(byte(i)), text(uint64(i), size)
		first := mustPut(t, s, deposit(m, id, body, 1))
		// Tried again on the next day, it is the envelope of the first.
		again := deposit(m, id, body, 1)
		again.Day, again.Expires = today+1, expiry+1
		stat, created, err := s.Put(ctx, again)
		if err != nil || created || stat != first {
			t.Fatalf("Put again: %+v, created %v, error %v; want %+v", stat, created, err, first)
		}
		wantContent(t, s, m, id, body)
	}
	if n := len(listAll(t, s, mailbox(1), 10)); n != 3 {
		t.Fatalf("%d envelopes; want 3", n)
	}
}

func testConflict(t *testing.T, s drop.Store) {
	for i, size := range []int{100, 3 << 20} {
		m, id, body := mailbox(1), envelopeID(byte(i)), text(uint64(i), size)
		mustPut(t, s, deposit(m, id, body, 1))
		changed := bytes.Clone(body)
		changed[size-1] ^= 1
		for what, d := range map[string]drop.Deposit{
			"other bytes":         deposit(m, id, changed, 1),
			"a shorter body":      deposit(m, id, body[:size-1], 1),
			"a longer body":       deposit(m, id, append(bytes.Clone(body), 0), 1),
			"no body":             deposit(m, id, nil, 1),
			"other withdraw hash": deposit(m, id, body, 2),
		} {
			_, created, err := s.Put(ctx, d)
			wantError(t, "Put of "+what, err, drop.ErrConflict)
			if created {
				t.Fatalf("Put of %s: created", what)
			}
		}
		wantContent(t, s, m, id, body)
		wantError(t, "Withdraw with the other hash", s.Withdraw(ctx, m, id, hash(2)), drop.ErrNotFound)
		if err := s.Withdraw(ctx, m, id, hash(1)); err != nil {
			t.Fatal(err)
		}
	}
}

func testBodyErrors(t *testing.T, s drop.Store) {
	broken := errors.New("the line went dead")
	for _, size := range []int{1, 32 << 10, 1 << 20, 3 << 20} {
		m, id, body := mailbox(1), envelopeID(1), text(uint64(size), size)
		for what, test := range map[string]struct {
			body io.Reader
			want error
		}{
			"a short body":   {bytes.NewReader(body[:size-1]), nil},
			"an empty body":  {bytes.NewReader(nil), nil},
			"a long body":    {bytes.NewReader(append(bytes.Clone(body), 0)), nil},
			"a broken start": {iotest.ErrReader(broken), broken},
			"a broken body":  {io.MultiReader(bytes.NewReader(body[:size/2]), iotest.ErrReader(broken)), broken},
			"a broken end":   {io.MultiReader(bytes.NewReader(body), iotest.ErrReader(broken)), broken},
		} {
			d := deposit(m, id, body, 1)
			d.Body = test.body
			_, created, err := s.Put(ctx, d)
			if err == nil || created {
				t.Fatalf("%s: created %v, error %v", what, created, err)
			}
			if test.want != nil {
				wantError(t, what, err, test.want)
			}
			wantNothing(t, s, m, id)
		}
		// None of it stands in the way of the envelope itself.
		mustPut(t, s, deposit(m, id, body, 1))
		wantContent(t, s, m, id, body)
		if err := s.Erase(ctx, m, id); err != nil {
			t.Fatal(err)
		}
	}
}

func testSeek(t *testing.T, s drop.Store) {
	for i, size := range []int{100, 3<<20 + 77} {
		m, id, body := mailbox(1), envelopeID(byte(i)), text(uint64(i), size)
		mustPut(t, s, deposit(m, id, body, 1))
		_, r, err := s.Open(ctx, m, id)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := iotest.TestReader(r, body); err != nil {
			t.Fatal(err)
		}
		for _, from := range []int{0, 1, size / 2, 1<<20 - 17, 1<<20 - 16, 1 << 20, 2 << 20, size - 1, size} {
			if from > size {
				continue
			}
			if _, err := r.Seek(int64(from-size), io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, body[from:]) {
				t.Fatalf("from %d: %d bytes, error %v", from, len(got), err)
			}
		}
	}
}

func testList(t *testing.T, s drop.Store) {
	if stats, more, err := s.List(ctx, mailbox(1), nil, 10); len(stats) != 0 || more || err != nil {
		t.Fatalf("an empty mailbox lists %v, more %v, error %v", stats, more, err)
	}
	var want []drop.EnvelopeID
	for i := range 25 {
		id := drop.EnvelopeID(text(uint64(i), 16))
		want = append(want, id)
		mustPut(t, s, deposit(mailbox(2), id, text(uint64(i), i), 1))
		// Neighbours that a careless prefix or bound would let in.
		mustPut(t, s, deposit(mailbox(1), id, nil, 1))
		mustPut(t, s, deposit(mailbox(3), id, nil, 1))
	}
	slices.SortFunc(want, func(a, b drop.EnvelopeID) int { return bytes.Compare(a[:], b[:]) })
	for _, limit := range []int{1, 2, 24, 25, 26, 1000} {
		var got []drop.EnvelopeID
		for _, stat := range listAll(t, s, mailbox(2), limit) {
			got = append(got, stat.ID)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("limit %d: the list is wrong", limit)
		}
	}
	if _, more, err := s.List(ctx, mailbox(2), nil, 25); more || err != nil {
		t.Fatalf("a page that holds all says more: %v, error %v", more, err)
	}
	// A cursor need not be, or be any longer, an envelope.
	between := want[9]
	between[15]++
	if err := s.Erase(ctx, mailbox(2), want[9]); err != nil {
		t.Fatal(err)
	}
	for _, after := range []drop.EnvelopeID{between, want[9]} {
		stats, more, err := s.List(ctx, mailbox(2), &after, 1)
		if err != nil || len(stats) != 1 || !more || stats[0].ID != want[10] {
			t.Fatalf("after an ID that is not there: %v, more %v, error %v", stats, more, err)
		}
	}
	last := drop.EnvelopeID(bytes.Repeat([]byte{0xff}, 16))
	if stats, more, err := s.List(ctx, mailbox(2), &last, 1); len(stats) != 0 || more || err != nil {
		t.Fatalf("after the last ID: %v, more %v, error %v", stats, more, err)
	}
	mustPut(t, s, deposit(mailbox(2), last, nil, 1))
	if all := listAll(t, s, mailbox(2), 7); all[len(all)-1].ID != last {
		t.Fatal("the greatest ID is not listed last")
	}
}

func testErase(t *testing.T, s drop.Store) {
	for i, size := range []int{0, 100, 3 << 20} {
		m, id, body := mailbox(1), envelopeID(byte(i)), text(uint64(i), size)
		wantError(t, "Erase of nothing", s.Erase(ctx, m, id), drop.ErrNotFound)
		mustPut(t, s, deposit(m, id, body, 1))
		mustPut(t, s, deposit(m, envelopeID(99), body, 1))
		if err := s.Erase(ctx, m, id); err != nil {
			t.Fatal(err)
		}
		wantNothing(t, s, m, id)
		wantError(t, "Erase again", s.Erase(ctx, m, id), drop.ErrNotFound)
		wantError(t, "Withdraw of what is erased", s.Withdraw(ctx, m, id, hash(1)), drop.ErrNotFound)
		wantContent(t, s, m, envelopeID(99), body)
		if err := s.Erase(ctx, m, envelopeID(99)); err != nil {
			t.Fatal(err)
		}
		// A store remembers no ID that it has erased.
		other := text(uint64(i)+100, size+1)
		mustPut(t, s, deposit(m, id, other, 2))
		wantContent(t, s, m, id, other)
	}
}

func testWithdraw(t *testing.T, s drop.Store) {
	for i, size := range []int{0, 100, 3 << 20} {
		m, id, body := mailbox(1), envelopeID(byte(i)), text(uint64(i), size)
		wantError(t, "Withdraw of nothing", s.Withdraw(ctx, m, id, hash(1)), drop.ErrNotFound)
		mustPut(t, s, deposit(m, id, body, 1))
		wantError(t, "Withdraw with a false hash", s.Withdraw(ctx, m, id, hash(2)), drop.ErrNotFound)
		wantError(t, "Withdraw elsewhere", s.Withdraw(ctx, mailbox(2), id, hash(1)), drop.ErrNotFound)
		wantContent(t, s, m, id, body)
		if err := s.Withdraw(ctx, m, id, hash(1)); err != nil {
			t.Fatal(err)
		}
		wantNothing(t, s, m, id)
		wantError(t, "Withdraw again", s.Withdraw(ctx, m, id, hash(1)), drop.ErrNotFound)
	}
}

// What is read while it is erased ends in an error or in the whole body; what
// was read until then is right.
func testEraseWhileReading(t *testing.T, s drop.Store) {
	m, id, body := mailbox(1), envelopeID(1), text(1, 4<<20)
	mustPut(t, s, deposit(m, id, body, 1))
	_, r, err := s.Open(ctx, m, id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	begin := make([]byte, 100)
	if _, err := io.ReadFull(r, begin); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(ctx, m, id); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	got := append(begin, rest...)
	if !bytes.HasPrefix(body, got) {
		t.Fatal("bytes that were not put")
	}
	if err == nil && len(got) != len(body) {
		t.Fatalf("%d of %d bytes, and no error", len(got), len(body))
	}
	if err != nil {
		wantError(t, "Read", err, drop.ErrNotFound)
	}
}
