package collect

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

// forger writes letters by hand: as the sender whose keys it has, but for what a
// test changes.
type forger struct {
	*desk
	keys *codename.Keys
	seq  int64
}

func newForger(k *desk) *forger { return &forger{desk: k, keys: codename.New().Keys()} }

// meta returns an honest letter.json for the drop, under an ID.
func (f *forger) meta(kind string, id drop.EnvelopeID) letter.Meta {
	f.seq++
	m := letter.Meta{Kind: kind, Mailbox: f.drop().Mailbox(), Envelope: id, Author: f.keys.Author, Seq: f.seq}
	switch kind {
	case letter.KindFirst:
		m.Reply = letter.NewReplyTo(f.keys.Root, f.keys.Reply.Recipient(), f.keys.Thread, m.Mailbox, id)
	default:
		proof := letter.Proof(f.keys.Thread, m.Mailbox, id)
		m.Proof = &proof
	}
	return m
}

// deposit seals a letter to the drop and puts it on the server.
func (f *forger) deposit(m letter.Meta, message string) (drop.EnvelopeID, []byte) {
	f.t.Helper()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{f.drop().Epochs[0].Seed.Recipient()})
	check(f.t, err)
	check(f.t, client.Letter{Message: message}.Write(w, m))
	check(f.t, w.Close())
	check(f.t, f.server.TestOnlyPut(f.drop().Mailbox(), m.Envelope, sealed.Bytes()))
	return m.Envelope, sealed.Bytes()
}

func (f *forger) first(message string) {
	f.deposit(f.meta(letter.KindFirst, drop.NewEnvelopeID()), message)
}

func (f *forger) next(message string) {
	f.deposit(f.meta(letter.KindNext, drop.NewEnvelopeID()), message)
}

// TestForgeries: who doesn't have the words can't get a letter into a thread, or an
// answer out of it.
func TestForgeries(t *testing.T) {
	var other vault.Drop // a second drop of the same recipient
	for name, c := range map[string]struct {
		forge func(f, thief *forger) (letter.Meta, string)
		want  string
	}{
		// Who has robbed the sealing key knows the author, and not how to prove it.
		"a next letter with a forged proof": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindNext, drop.NewEnvelopeID())
			m.Proof = &[32]byte{1, 2, 3}
			return m, ""
		}, "proof"},
		"a next letter with the thief's thread key": {func(f, thief *forger) (letter.Meta, string) {
			m := thief.meta(letter.KindNext, drop.NewEnvelopeID())
			m.Author = f.keys.Author
			return m, ""
		}, "proof"},
		"a next letter under another envelope's proof": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindNext, drop.NewEnvelopeID())
			proof := letter.Proof(f.keys.Thread, m.Mailbox, drop.NewEnvelopeID())
			m.Proof = &proof
			return m, ""
		}, "proof"},
		"a next letter with the proof for another drop": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindNext, drop.NewEnvelopeID())
			proof := letter.Proof(f.keys.Thread, other.Mailbox(), m.Envelope)
			m.Proof = &proof
			return m, ""
		}, "proof"},
		// An operator has seen the mailbox of a sender, and would like what is
		// answered there, or answers that nobody asked for to go there.
		"a first letter that names another's mailbox": {func(f, thief *forger) (letter.Meta, string) {
			m := thief.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Reply.Root = f.keys.Root.Public()
			return m, ""
		}, "proof"},
		"a first letter with a stolen reply block": {func(f, thief *forger) (letter.Meta, string) {
			m := thief.meta(letter.KindFirst, drop.NewEnvelopeID())
			stolen := f.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Reply = stolen.Reply
			return m, ""
		}, "proof"},
		"a first letter with the block of another drop": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Reply = letter.NewReplyTo(f.keys.Root, f.keys.Reply.Recipient(), f.keys.Thread, other.Mailbox(), m.Envelope)
			return m, ""
		}, "proof"},
		"a first letter whose key was exchanged": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Reply.Key = thief.keys.Reply.Recipient()
			return m, ""
		}, "proof"},
		// Also the owner of a mailbox doesn't give it other keys: whoever has stolen
		// the root alone would get what is answered.
		"a first letter with another key": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Reply = letter.NewReplyTo(f.keys.Root, thief.keys.Reply.Recipient(), f.keys.Thread, m.Mailbox, m.Envelope)
			return m, ""
		}, "proof"},
		"a first letter with another thread key": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Reply = letter.NewReplyTo(f.keys.Root, f.keys.Reply.Recipient(), thief.keys.Thread, m.Mailbox, m.Envelope)
			return m, ""
		}, "proof"},
		"a first letter with another author": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindFirst, drop.NewEnvelopeID())
			m.Author = thief.keys.Author
			return m, ""
		}, "proof"},
		"a reply to the recipient": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindReply, drop.NewEnvelopeID())
			signature := letter.SignReply(f.drop().Desk, m.Mailbox, m.Envelope)
			m.Signature = &signature
			return m, "x"
		}, "kind"},
		"a receipt to the recipient": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindReceipt, drop.NewEnvelopeID())
			signature := letter.SignReply(f.drop().Desk, m.Mailbox, m.Envelope)
			m.Signature = &signature
			return m, ""
		}, "kind"},
		"a copy to the recipient": {func(f, thief *forger) (letter.Meta, string) {
			m := f.meta(letter.KindCopy, drop.NewEnvelopeID())
			m.Copy = &letter.Copy{Link: f.drop().Code().String(), Origin: "https://drop.example", Deleted: []letter.Ref{{Seq: 1}}}
			return m, ""
		}, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newDesk(t)
			other = NewDrop(today)
			other.Name, other.Server = "other", k.server.URL
			check(t, k.vault.PutDrop(other))
			f, thief := newForger(k), newForger(k)
			f.first("the real one")
			k.tend()
			thread, err := k.vault.Thread(1)
			check(t, err)
			m, message := c.forge(f, thief)
			f.deposit(m, message)
			if got := k.tend(); got != (Result{Refused: 1}) || k.left() != 0 {
				t.Fatalf("%+v, %d left", got, k.left())
			}
			l, err := k.vault.Letter(2)
			check(t, err)
			if l.Refused != c.want || l.Thread != 0 || l.Author != [8]byte{} || l.Kind != "" {
				t.Errorf("kept %+v", l)
			}
			after, err := k.vault.Thread(1)
			check(t, err)
			if after.Received.UpTo != thread.Received.UpTo || after.Owed || len(k.vault.Threads()) != 1 || k.read(1) != "<the real one" {
				t.Error("the thread has changed")
			}
		})
	}
}

// TestReplays: a letter of a thread counts once, and in its own place.
func TestReplays(t *testing.T) {
	k := newDesk(t)
	second := NewDrop(today)
	second.Name, second.Title, second.Server, second.Days = "second", "Another", k.server.URL, 30
	check(t, k.vault.PutDrop(second))
	f := newForger(k)
	f.first("one")
	id, next := f.deposit(f.meta(letter.KindNext, drop.NewEnvelopeID()), "two")
	k.tend()
	check(t, k.vault.Delete(1))
	// The same again, under another ID, and in another drop of the same recipient.
	check(t, k.server.TestOnlyPut(k.drop().Mailbox(), id, next))
	k.put(next)
	if got := k.tend(); got != (Result{Again: 1, Refused: 1}) {
		t.Errorf("replayed: %+v", got)
	}
	opened, err := envelope.Open(bytes.NewReader(next), k.drop().Identities()...)
	check(t, err)
	var content bytes.Buffer
	_, err = content.ReadFrom(opened)
	check(t, err)
	check(t, k.server.TestOnlyPut(second.Mailbox(), id, sealTo(t, second.Epochs[0].Seed, content.Bytes())))
	c, err := k.dial(k.server.URL)
	check(t, err)
	defer c.Close()
	result, err := (&Pass{Vault: k.vault, Owner: c.Owner(second.Root), Drop: second}).Run(ctx)
	if err != nil || result != (Result{Refused: 1}) {
		t.Errorf("moved to another drop: %+v, %v", result, err)
	}
	if _, refused := k.messages(); !slices.Equal(refused, []string{"replayed", "elsewhere"}) {
		t.Errorf("refused are %v", refused)
	}
}

// TestSameAuthor: anybody can write any author. Threads are told apart by what
// they prove.
func TestSameAuthor(t *testing.T) {
	k := newDesk(t)
	f, mimic := newForger(k), newForger(k)
	f.first("one")
	k.tend()
	mimic.keys.Author = f.keys.Author
	mimic.first("mimic one")
	f.next("two")
	mimic.next("mimic two")
	if got := k.tend(); got != (Result{Collected: 3, Threads: 2}) {
		t.Fatalf("%+v", got)
	}
	for _, th := range k.vault.Threads() {
		want := "<one <two"
		if th.Mailbox == drop.MailboxID(mimic.keys.Mailbox()) {
			want = "<mimic one <mimic two"
		}
		if got := k.read(th.Number); got != want {
			t.Errorf("thread %d is %s, want %s", th.Number, got, want)
		}
	}
}

// TestFirstAgain: a sender who doesn't know whether the first letter came begins
// again, and goes on with the same thread.
func TestFirstAgain(t *testing.T) {
	k := newDesk(t)
	f := newForger(k)
	f.first("one")
	k.tend()
	f.first("two")
	k.tend()
	check(t, k.vault.Delete(1))
	k.reply(2, "answer")
	k.tend()
	if len(k.vault.Threads()) != 1 || k.read(2) != "<two >answer" {
		t.Errorf("%d threads; the recipient sees %s", len(k.vault.Threads()), k.read(2))
	}
}

// TestAnyOrder: IDs are random, so a pass meets letters in any order. What goes on
// with a thread is handled after what may begin it.
func TestAnyOrder(t *testing.T) {
	for order := range 6 {
		k := newDesk(t)
		f := newForger(k)
		places := [][]byte{{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}}[order]
		f.deposit(f.meta(letter.KindFirst, drop.EnvelopeID{places[0]}), "one")
		f.deposit(f.meta(letter.KindNext, drop.EnvelopeID{places[1]}), "two")
		f.deposit(f.meta(letter.KindNext, drop.EnvelopeID{places[2]}), "three")
		if got := k.tend(); got != (Result{Collected: 3, Threads: 1}) || k.read(1) != "<one <two <three" {
			t.Errorf("order %v: %+v, and the recipient sees %s", places, got, k.read(1))
		}
		for _, l := range k.vault.Letters() {
			if l.Orphan {
				t.Errorf("order %v: letter %d has no beginning", places, l.Number)
			}
		}
	}
}

// TestNoBeginning: a letter whose beginning never comes is kept and read, and can't
// be answered; when the server shows the beginning after all, it can.
func TestNoBeginning(t *testing.T) {
	k := newDesk(t)
	f := newForger(k)
	begin := f.meta(letter.KindFirst, drop.EnvelopeID{1})
	f.next("two")
	f.deposit(begin, "one")
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: drop.EnvelopeID(begin.Envelope).String(), Do: droptest.Answer(500, "application/json", []byte(`{"error":"internal"}`))})
	if got := k.tend(); got != (Result{Collected: 1, Left: 1}) {
		t.Fatalf("%+v", got)
	}
	l, err := k.vault.Letter(1)
	if err != nil || !l.Orphan || l.Thread != 0 || l.UntrustedPreview != "two" {
		t.Errorf("kept %+v, %v", l, err)
	}
	if _, err := Reply(k.vault, 1, client.Letter{Message: "x"}, now); !errors.Is(err, vault.ErrNoThread) {
		t.Errorf("a reply got %v", err)
	}
	k.server.TestOnlyHeal()
	k.reopen()
	if got := k.tend(); got != (Result{Collected: 1, Threads: 1}) || k.read(1) != "<one <two" {
		t.Errorf("%+v, and the recipient sees %s", got, k.read(1))
	}
	k.reply(1, "answer")
	k.tend()
}

// TestTwentyLetters: a thread stays in order however the server shuffles it, and
// what it drops is missing on this side.
func TestTwentyLetters(t *testing.T) {
	k := newDesk(t)
	f := newForger(k)
	f.first("1")
	k.tend()
	th, err := k.vault.Thread(1)
	check(t, err)
	want := "<1"
	replies := int64(0)
	for n := 2; n <= 20; {
		for range 3 {
			m := f.meta(letter.KindNext, drop.NewEnvelopeID()) // random, and so the order
			m.Seen = map[[8]byte]int64{th.Own: replies}
			f.deposit(m, fmt.Sprint(n))
			want += fmt.Sprintf(" <%d", n)
			n++
		}
		k.tend()
		k.reply(1, fmt.Sprint(n))
		want += fmt.Sprintf(" >%d", n)
		replies++
		n++
	}
	if got := k.read(1); got != want {
		t.Errorf("the recipient sees\n%s, want\n%s", got, want)
	}
	if got := k.vault.Missing(1); got != nil {
		t.Errorf("missing are %v", got)
	}
	f.seq += 2 // dropped by the server
	f.next("21")
	k.tend()
	if got := k.vault.Missing(1); !slices.Equal(got, []int64{17, 18}) {
		t.Errorf("missing are %v", got)
	}
	// The sender hears which letters came, the one behind the gap too.
	mailbox := drop.MailboxID(f.keys.Mailbox())
	all, err := k.server.Envelopes(mailbox)
	check(t, err)
	saw, own := false, map[int64]bool{}
	for id, sealed := range all {
		m := k.openAs(f.keys, sealed)
		check(t, m.CheckPlace(mailbox, id))
		check(t, m.CheckProof(f.keys.Thread))
		check(t, m.CheckSignature([][32]byte{k.drop().Desk.Public()}))
		if m.CheckSignature([][32]byte{k.drop().Root.Public(), keys.NewRoot().Public()}) == nil {
			t.Error("anybody's signature does")
		}
		saw = saw || m.Saw(f.keys.Author, 19) && !m.Saw(f.keys.Author, 18)
		if m.Kind == letter.KindReply {
			if own[m.Seq] || m.Author != th.Own {
				t.Errorf("two replies are number %d, or by two authors", m.Seq)
			}
			own[m.Seq] = true
		}
	}
	if !saw || len(own) != int(replies) || !own[1] || !own[replies] {
		t.Errorf("the sender hears of the letter behind the gap: %v; replies are %v", saw, own)
	}
}

// openAs opens what was sent to a sender.
func (k *desk) openAs(to *codename.Keys, sealed []byte) *letter.Meta {
	k.t.Helper()
	got, err := droptest.Read(sealed, to.Reply)
	check(k.t, err)
	return got.Meta
}
