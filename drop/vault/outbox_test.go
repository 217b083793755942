package vault

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/letter"
)

// receipt queues a receipt for a thread, with anything in the place of a letter.
func receipt(t testing.TB, v *Vault, number int, notBefore time.Time) {
	t.Helper()
	th, err := v.Thread(number)
	check(t, err)
	o, err := v.Outgoing(th)
	check(t, err)
	_, err = o.WriteString("a receipt")
	check(t, err)
	check(t, v.QueueReceipt(o, th, notBefore))
}

// TestOutbox: an entry is the same bytes under the same ID until it is taken out.
func TestOutbox(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "1")
	answer := reply(t, v, 1, "answer")
	receipt(t, v, 1, time.Unix(2000, 500))

	var first []Parcel
	for _, round := range []string{"as written", "from the journal", "after writing it anew"} {
		queue := v.Outbox()
		if len(queue) != 2 {
			t.Fatalf("%s: the outbox has %+v", round, queue)
		}
		for i, want := range []Queued{
			{ID: 1, Letter: answer.Number, Thread: 1, Drop: d.Mailbox(), Kind: letter.KindReply, NotBefore: time.Unix(1000, 0), Size: answer.Size},
			{ID: 2, Thread: 1, Drop: d.Mailbox(), Kind: letter.KindReceipt, NotBefore: time.Unix(2000, 0), Size: 9},
		} {
			if queue[i] != want {
				t.Errorf("%s: the outbox has %+v, want %+v", round, queue[i], want)
			}
			p, err := v.Parcel(want.ID)
			check(t, err)
			if round == "as written" {
				first = append(first, p)
			}
			if p.To != s.keys.Mailbox() || p.Envelope != first[i].Envelope || p.WithdrawHash != first[i].WithdrawHash || string(p.Sealed) != string(first[i].Sealed) {
				t.Errorf("%s: entry %d has changed", round, want.ID)
			}
		}
		check(t, v.replaceJournal(&v.state))
		v = reopen(t, v)
	}
	if first[0].Envelope != answer.Envelope || sha256.Sum256(first[0].Sealed) != answer.Hash || first[0].WithdrawHash == first[1].WithdrawHash {
		t.Error("the reply isn't what is queued")
	}
	check(t, v.Acknowledged(1))
	check(t, v.Acknowledged(2))
	mustBe(t, v.Acknowledged(2), ErrNoQueued)
	_, err := v.Parcel(2)
	mustBe(t, err, ErrNoQueued)
	v = reopen(t, v)
	if len(v.Outbox()) != 0 || len(names(t, filepath.Join(dir, "sent"))) != 1 {
		t.Errorf("the outbox has %+v, and sent are %v", v.Outbox(), names(t, filepath.Join(dir, "sent")))
	}
	if _, closer, err := v.OpenLetter(answer.Number); err != nil {
		t.Errorf("the reply is not kept: %v", err)
	} else {
		closer.Close()
	}
}

// TestReceiptReplaces: a thread has one receipt waiting, which goes out no later
// than the first one would have.
func TestReceiptReplaces(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	newSender(d).first(t, v, "1")
	newSender(d).first(t, v, "2")
	if th, _ := v.Thread(1); !th.Owed {
		t.Error("no receipt is owed")
	}
	receipt(t, v, 1, time.Unix(1000, 0))
	receipt(t, v, 2, time.Unix(1500, 0))
	receipt(t, v, 1, time.Unix(2000, 0))
	receipt(t, v, 2, time.Unix(500, 0))
	queue := v.Outbox()
	if len(queue) != 2 || queue[0].Thread != 1 || queue[0].NotBefore != time.Unix(1000, 0) || queue[1].NotBefore != time.Unix(500, 0) {
		t.Errorf("the outbox has %+v", queue)
	}
	if th, _ := v.Thread(1); th.Owed {
		t.Error("a receipt is still owed")
	}
	if got := names(t, filepath.Join(dir, "sent")); len(got) != 2 {
		t.Errorf("sent are %v", got)
	}
	for _, q := range queue {
		_, err := v.Parcel(q.ID)
		check(t, err)
	}
}

func TestDamagedParcel(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	newSender(d).first(t, v, "1")
	receipt(t, v, 1, time.Unix(1000, 0))
	path := filepath.Join(dir, "sent", names(t, filepath.Join(dir, "sent"))[0])
	check(t, os.WriteFile(path, []byte("something"), 0o600))
	_, err := v.Parcel(1)
	mustBe(t, err, ErrDamaged)
	check(t, os.Remove(path))
	_, err = v.Parcel(1)
	mustBe(t, err, ErrDamaged)
	check(t, v.Acknowledged(1))
}

// TestDiscarded: what isn't queued leaves nothing behind.
func TestDiscarded(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	newSender(d).first(t, v, "1")
	th, _ := v.Thread(1)
	o, err := v.Outgoing(th)
	check(t, err)
	o.Discard()
	o, err = v.Outgoing(th)
	check(t, err)
	check(t, o.Close()) // as a crash leaves it
	if got := names(t, filepath.Join(dir, "sent")); len(got) != 1 {
		t.Errorf("sent are %v", got)
	}
	reopen(t, v)
	if got := names(t, filepath.Join(dir, "sent")); len(got) != 0 {
		t.Errorf("sent are %v", got)
	}
}
