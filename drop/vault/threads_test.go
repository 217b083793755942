package vault

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// sender writes letters of one thread, which a test puts into a vault as a
// collector does.
type sender struct {
	drop Drop
	keys *codename.Keys
	seq  int64
}

func newSender(d Drop) *sender { return &sender{drop: d, keys: codename.New().Keys()} }

// meta returns the letter.json of the next letter.
func (s *sender) meta(kind string) letter.Meta {
	s.seq++
	id := drop.NewEnvelopeID()
	m := letter.Meta{Kind: kind, Mailbox: s.drop.Mailbox(), Envelope: id, Author: s.keys.Author, Seq: s.seq}
	if kind == letter.KindFirst {
		m.Reply = letter.NewReplyTo(s.keys.Root, s.keys.Reply.Recipient(), s.keys.Thread, m.Mailbox, id)
	} else {
		proof := letter.Proof(s.keys.Thread, m.Mailbox, id)
		m.Proof = &proof
	}
	return m
}

// first begins the thread.
func (s *sender) first(t testing.TB, v *Vault, message string) Letter {
	t.Helper()
	return keepMeta(t, v, s.drop, s.meta(letter.KindFirst), message, true)
}

// next goes on with it, having seen so many of the replies.
func (s *sender) next(t testing.TB, v *Vault, message string, seen int64) Letter {
	t.Helper()
	m := s.meta(letter.KindNext)
	if found := v.ThreadsFrom(s.drop.Mailbox(), s.keys.Author); len(found) > 0 {
		m.Seen = map[[8]byte]int64{found[0].Own: seen}
	}
	return keepMeta(t, v, s.drop, m, message, true)
}

// keepMeta puts a letter into the vault, in the thread that its author has, or a
// new one, when it wants one.
func keepMeta(t testing.TB, v *Vault, d Drop, m letter.Meta, message string, threaded bool) Letter {
	t.Helper()
	sealed := sealMeta(t, d.Epochs[0].Seed.Recipient(), m, message)
	opened, err := envelope.Open(bytes.NewReader(sealed), d.Identities()...)
	check(t, err)
	in, err := v.Incoming(d.Mailbox(), m.Envelope)
	check(t, err)
	_, err = in.Write(sealed)
	check(t, err)
	var th *Thread
	if found := v.ThreadsFrom(d.Mailbox(), m.Author); threaded && len(found) > 0 {
		th = &found[0]
	} else if threaded && m.Reply != nil {
		begun := NewThread(&m, d.Mailbox())
		th = &begun
	}
	if th != nil {
		th.Owed = true
	}
	l, err := v.Keep(in, Letter{
		Hash: sha256.Sum256(sealed), Size: int64(len(sealed)), Day: 20001, Epoch: 1, FileKey: opened.FileKey,
		UntrustedPreview: message, MessageSize: int64(len(message)),
	}, &m, th)
	check(t, err)
	return l
}

func sealMeta(t testing.TB, key string, m letter.Meta, message string) []byte {
	t.Helper()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{key})
	check(t, err)
	l := letter.NewWriter(w)
	check(t, l.Meta(m))
	check(t, l.Message(message))
	check(t, l.Close())
	check(t, w.Close())
	return sealed.Bytes()
}

// reply queues a reply as package collect does, but for what proves it.
func reply(t testing.TB, v *Vault, number int, message string) Letter {
	t.Helper()
	th, err := v.Thread(number)
	check(t, err)
	th.Seq++
	o, err := v.Outgoing(th)
	check(t, err)
	key, err := v.ReplyKey(th)
	check(t, err)
	w, fileKey, err := envelope.SealKeeping(o, []string{key})
	check(t, err)
	writeReply(t, w, th, o.Envelope, message)
	l, err := v.QueueReply(o, th, Letter{Day: 20001, FileKey: fileKey, UntrustedPreview: message, MessageSize: int64(len(message))}, time.Unix(1000, 0))
	check(t, err)
	return l
}

func writeReply(t testing.TB, w interface {
	Write([]byte) (int, error)
	Close() error
}, th Thread, id drop.EnvelopeID, message string) {
	t.Helper()
	proof, signature := letter.Proof(th.Secret, th.Mailbox, id), [64]byte{}
	m := letter.Meta{Kind: letter.KindReply, Mailbox: th.Mailbox, Envelope: id, Author: th.Own, Seq: th.Seq, Proof: &proof, Signature: &signature}
	l := letter.NewWriter(w)
	check(t, l.Meta(m))
	check(t, l.Message(message))
	check(t, l.Close())
	check(t, w.Close())
}

func numbers(letters []Letter) (all []int) {
	for _, l := range letters {
		all = append(all, l.Number)
	}
	return all
}

// TestThread follows a thread through the journal, and through writing it anew.
func TestThread(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	keep(t, v, d, "a letter without a thread", nil)
	s := newSender(d)
	s.first(t, v, "first")
	reply(t, v, 2, "answer")
	s.next(t, v, "thanks", 1)
	other := newSender(d)
	other.first(t, v, "another thread")
	closed := s.meta(letter.KindNext)
	closed.Closed = true
	keepMeta(t, v, d, closed, "", true)

	before := v.Letters()
	for _, round := range []string{"as written", "from the journal", "after writing it anew"} {
		if got := v.Letters(); !reflect.DeepEqual(got, before) {
			t.Errorf("%s: letters are\n%+v, want\n%+v", round, got, before)
		}
		for _, n := range []int{2, 3, 4, 6} {
			th, err := v.Thread(n)
			check(t, err)
			if th.Number != 2 || th.Drop != d.Mailbox() || th.Mailbox != s.keys.Mailbox() || th.Secret != s.keys.Thread || th.Seq != 1 ||
				!reflect.DeepEqual(th.Received, Seen{UpTo: 3}) || !reflect.DeepEqual(th.SenderSaw, Seen{UpTo: 1}) || !th.SenderClosed || th.Owed {
				t.Errorf("%s: letter %d is in thread %+v", round, n, plain(th))
			}
			if got := numbers(v.ThreadLetters(n)); !slices.Equal(got, []int{2, 3, 4, 6}) {
				t.Errorf("%s: the thread of letter %d is %v", round, n, got)
			}
			if key, err := v.ReplyKey(th); err != nil || key != s.keys.Reply.Recipient() {
				t.Errorf("%s: the reply key is %.20s…, %v", round, key, err)
			}
		}
		_, err := v.Thread(1)
		mustBe(t, err, ErrNoThread)
		_, err = v.Thread(9)
		mustBe(t, err, ErrNoThread)
		if v.ThreadLetters(1) != nil || len(v.Threads()) != 2 || len(v.ThreadsTo(s.keys.Mailbox())) != 1 || len(v.ThreadsTo(d.Mailbox())) != 0 {
			t.Errorf("%s: threads are mixed up", round)
		}
		l, _ := v.Letter(3)
		r, closer, err := v.OpenLetter(3)
		check(t, err)
		if c, err := ReadContent(r); err != nil || c.UntrustedMessage != "answer" || !l.Sent || !l.Read || l.Kind != letter.KindReply || l.Mailbox != d.Mailbox() {
			t.Errorf("%s: the reply is %+v, %v", round, l, err)
		}
		closer.Close()
		if v.Known(d.Mailbox(), l.Envelope) || v.KnownHash(d.Mailbox(), l.Hash) {
			t.Errorf("%s: a reply counts as collected", round)
		}
		if round == "as written" {
			v = reopen(t, v)
		} else {
			check(t, v.replaceJournal(&v.state))
		}
	}
	th, _ := v.Thread(2)
	if got := fmt.Sprintf("%v %+v %#v", th, th, th); got != "[thread 2] [thread 2] [thread 2]" {
		t.Errorf("a thread is printed as %s", got)
	}
}

// plain shows all of a thread, for a failing test.
func plain(t Thread) any {
	type shown Thread
	return shown(t)
}

// TestReadingOrder: twenty letters from both sides, of which the server shows the
// sender's in any order, are read in that in which they were written.
func TestReadingOrder(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "letter 1")
	th, _ := v.Thread(1)
	written := 1
	for replies := int64(0); written < 20; {
		var metas []letter.Meta
		for range min(3, 20-written) {
			m := s.meta(letter.KindNext)
			m.Seen = map[[8]byte]int64{th.Own: replies}
			metas = append(metas, m)
		}
		for _, i := range rand.Perm(len(metas)) {
			keepMeta(t, v, d, metas[i], fmt.Sprintf("letter %d", written+1+i), true)
		}
		if written += len(metas); written < 20 {
			written++
			replies++
			reply(t, v, 1, fmt.Sprintf("letter %d", written))
		}
	}
	v = reopen(t, v)
	for i, l := range v.ThreadLetters(1) {
		if want := fmt.Sprintf("letter %d", i+1); l.UntrustedPreview != want {
			t.Errorf("at place %d is %q", i+1, l.UntrustedPreview)
		}
	}
	if got := v.Missing(1); got != nil {
		t.Errorf("missing: %v", got)
	}
}

func TestMissing(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "1")
	s.meta(letter.KindNext)
	s.next(t, v, "3", 0)
	s.seq += 2
	s.next(t, v, "6", 0)
	if got := v.Missing(3); !slices.Equal(got, []int64{2, 4, 5}) {
		t.Errorf("missing: %v", got)
	}
	// What was deleted here is not missing, and is not told the sender as missing.
	check(t, v.Delete(1, 2))
	v = reopen(t, v)
	if got := v.Missing(3); !slices.Equal(got, []int64{2, 4, 5}) {
		t.Errorf("after deleting: %v", got)
	}
	th, err := v.Thread(3)
	check(t, err)
	if !reflect.DeepEqual(th.Received, Seen{1, []int64{3, 6}}) {
		t.Errorf("received: %+v", th.Received)
	}
	if v.Missing(99) != nil {
		t.Error("something is missing in a thread that isn't there")
	}
}

// TestOrphan: a letter that goes on with an unknown thread is kept, and joins the
// thread when its beginning comes, but only if it proves to belong to it.
func TestOrphan(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	begin := s.meta(letter.KindFirst)
	orphan := s.next(t, v, "and another thing", 0)
	forged := s.meta(letter.KindNext)
	forged.Proof = &[32]byte{1}
	keepMeta(t, v, d, forged, "forged", false)
	if !orphan.Orphan || orphan.Thread != 0 {
		t.Errorf("it is %+v", orphan)
	}
	v = reopen(t, v)
	keepMeta(t, v, d, begin, "the beginning", true)
	for range 2 {
		joined, _ := v.Letter(1)
		left, _ := v.Letter(2)
		if joined.Orphan || joined.Thread != 3 || joined.proof != nil || !left.Orphan || left.Thread != 0 {
			t.Errorf("joined: %+v\nleft: %+v", joined, left)
		}
		if got := numbers(v.ThreadLetters(1)); !slices.Equal(got, []int{3, 1}) {
			t.Errorf("the thread is %v", got)
		}
		if th, _ := v.Thread(1); !reflect.DeepEqual(th.Received, Seen{UpTo: 2}) {
			t.Errorf("received: %+v", th.Received)
		}
		v = reopen(t, v)
	}
}

// TestSeqClaims: a sender who says to have seen replies that nobody wrote can't use
// up their numbers; a vault from a backup doesn't give one twice.
func TestSeqClaims(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	s := newSender(d)
	s.first(t, v, "1")
	th, _ := v.Thread(1)
	for claimed, want := range map[int64]int64{1<<53 - 1: 0, maxBeyond + 1: 0, 3: 3} {
		m := s.meta(letter.KindNext)
		m.Seen = map[[8]byte]int64{th.Own: claimed}
		keepMeta(t, v, d, m, "", true)
		if got, _ := v.Thread(1); got.SenderSaw.Highest() > 3 || want > 0 && got.SenderSaw.Highest() != want {
			t.Errorf("who claims %d has seen %+v", claimed, got.SenderSaw)
		}
	}
}

// TestForgetThread: with its last letter a thread goes, keys and all. A blocked one
// stays, with the key that its first letter held.
func TestForgetThread(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	a, b := newSender(d), newSender(d)
	first := a.first(t, v, "first of a")
	a.next(t, v, "second of a", 0)
	b.first(t, v, "first of b")
	answer := reply(t, v, 1, "answer to a")

	check(t, v.Delete(1))
	v = reopen(t, v)
	th, err := v.Thread(1)
	check(t, err)
	if key, err := v.ReplyKey(th); err != nil || key != a.keys.Reply.Recipient() {
		t.Errorf("without the first letter the key is %.20s…, %v", key, err)
	}
	if th, _ := v.Thread(3); th.key != "" {
		t.Error("a key stands in the journal that its letter has")
	}
	blocked, _ := v.Thread(3)
	blocked.Blocked = true
	check(t, v.PutThread(blocked))
	check(t, v.Delete(2, 3, 4))
	v = reopen(t, v)
	_, err = v.Thread(1)
	mustBe(t, err, ErrNoThread)
	th, err = v.Thread(3)
	check(t, err)
	if key, err := v.ReplyKey(th); err != nil || key != b.keys.Reply.Recipient() || !th.Blocked {
		t.Errorf("the blocked thread is %+v, %v", plain(th), err)
	}
	if len(v.Threads()) != 1 || len(v.Outbox()) != 0 || countEnvelopes(t, dir) != 0 || len(names(t, dir+"/sent")) != 0 {
		t.Errorf("%d threads, %d in the outbox, %d envelopes, %v sent", len(v.Threads()), len(v.Outbox()), countEnvelopes(t, dir), names(t, dir+"/sent"))
	}
	// Of what is gone, nothing is left that opens or proves anything.
	journal := plaintext(t, v)
	for what, secret := range map[string][]byte{
		"thread key": a.keys.Thread[:], "file key": first.FileKey, "reply's file key": answer.FileKey,
		"reply key": []byte(a.keys.Reply.Recipient()), "mailbox": first.Author[:],
	} {
		if bytes.Contains(journal, secret) {
			t.Errorf("the %s is still in the journal", what)
		}
	}
	if !bytes.Contains(journal, b.keys.Thread[:]) {
		t.Error("the test doesn't see keys")
	}
	if !v.Known(d.Mailbox(), first.Envelope) || v.Known(d.Mailbox(), answer.Envelope) {
		t.Error("the wrong letters are remembered")
	}
}
