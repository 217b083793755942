package vault

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/transom-drop/transom/crypto/letter"
)

// TestNoFalseGaps: a server shows thousands of letters of one thread in any order,
// so that more are behind a gap than a letter can list. Those that came are not
// told as missing, whatever is deleted meanwhile, and a receipt can name them all.
func TestNoFalseGaps(t *testing.T) {
	const last = 2*maxBeyond + 501
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "1")
	order := rand.Perm(last - 2)
	keep := func(order []int) {
		for _, i := range order {
			s.seq = int64(i + 2)
			keepSmall(t, v, s)
		}
	}
	keep(order[:last/2])
	v = reopen(t, v)
	var gone []int
	for i := range last / 4 {
		gone = append(gone, 3*i/2+2)
	}
	check(t, v.Delete(gone...))
	keep(order[last/2:])

	got, err := v.Thread(1)
	check(t, err)
	if len(got.Received.Beyond) != last-2 || len(got.Received.Listed()) != maxBeyond {
		t.Errorf("%d are kept behind the gap, and %d listed", len(got.Received.Beyond), len(got.Received.Listed()))
	}
	for range 2 {
		if gaps := v.Missing(1); len(gaps) != 1 || gaps[0] != 2 {
			t.Errorf("%d are missing", len(gaps))
		}
		v = reopen(t, v)
	}
	s.seq = 1
	keepSmall(t, v, s)
	for range 2 {
		if got, _ := v.Thread(1); got.Received.UpTo != last || got.Received.Beyond != nil || v.Missing(1) != nil {
			t.Errorf("received is 1 to %d and %d more; %d are missing", got.Received.UpTo, len(got.Received.Beyond), len(v.Missing(1)))
		}
		v = reopen(t, v)
	}
}

// TestFloodWhileBlocked: of letters that are discarded unread, no more is kept than
// bounds what a journal takes, and none that came is told as missing.
func TestFloodWhileBlocked(t *testing.T) {
	const last = maxBeyond + 300
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "1")
	for _, i := range rand.Perm(last - 1) {
		s.seq = int64(i + 1)
		m := s.meta(letter.KindNext)
		in, err := v.Incoming(d.Mailbox(), m.Envelope)
		check(t, err)
		th, err := v.Thread(1)
		check(t, err)
		check(t, v.Discard(in, Letter{Epoch: 1}, &m, th))
		if th, _ := v.Thread(1); len(th.Discarded.Beyond) > maxBeyond {
			t.Fatalf("%d numbers are kept", len(th.Discarded.Beyond))
		}
	}
	s.seq = last
	keepSmall(t, v, s)
	if got := v.Missing(1); got != nil {
		t.Errorf("%d are missing", len(got))
	}
}

// keepSmall puts the sender's next letter into the vault, with an envelope that
// nobody will open.
func keepSmall(t *testing.T, v *Vault, s *sender) {
	t.Helper()
	m := s.meta(letter.KindNext)
	in, err := v.Incoming(s.drop.Mailbox(), m.Envelope)
	check(t, err)
	_, err = in.Write([]byte{1})
	check(t, err)
	th, err := v.Thread(1)
	check(t, err)
	_, err = v.Keep(in, Letter{Size: 1, Day: 20001, Epoch: 1, FileKey: bytes.Repeat([]byte{1}, 16)}, &m, &th)
	check(t, err)
}
