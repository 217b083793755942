package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// desk is a recipient who answers, made of nothing but the protocol's parts.
type desk struct {
	*published
	t      testing.TB
	key    *keys.Root // signs replies
	author [8]byte
	sent   int64 // replies so far
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{published: publish(t), t: t, key: keys.NewRoot(), author: [8]byte{0xde, 0x5c}}
	d.card.Seq, d.card.Policy.Replies, d.card.Desks = 2, true, [][32]byte{d.key.Public()}
	d.publishCard()
	return d
}

func (d *desk) publishCard() {
	d.t.Helper()
	present, err := d.owner.Card(ctx, d.code.Mailbox)
	check(d.t, err)
	_, err = d.owner.PutCard(ctx, d.seal(d.t, d.root, d.card), present, "")
	check(d.t, err)
	d.card.Seq++
}

func (d *desk) link() link.Link { return link.Link{Origin: d.server.URL, Code: d.code} }

func (d *desk) dial(origin string) (*Client, error) {
	c, err := New(origin, Options{})
	if err == nil {
		d.t.Cleanup(c.Close)
	}
	return c, err
}

// begin starts a thread as transom send does.
func (d *desk) begin() *Thread {
	d.t.Helper()
	c, reply := newClient(d.t, d.server.URL), newClient(d.t, d.server.URL)
	r, err := c.ReadCard(ctx, d.code, today)
	check(d.t, err)
	return NewThread(c, reply, d.link(), r)
}

func send(t testing.TB, th *Thread, l Letter) *Outgoing {
	t.Helper()
	out, err := th.Write(l)
	check(t, err)
	check(t, th.Send(ctx, out, nil))
	if out.Sent == nil || out.Kept == nil {
		t.Fatal("sent without two acknowledgements")
	}
	return out
}

// open opens the thread with nothing but its words.
func (d *desk) open(name codename.Codename) *Thread {
	d.t.Helper()
	th, err := OpenThread(ctx, d.dial, d.server.URL, name, OpenOptions{Today: today})
	check(d.t, err)
	return th
}

// received is a letter as the recipient reads it.
type received struct {
	*letter.Meta
	id      drop.EnvelopeID
	message string
	files   map[string]string
}

func read(t testing.TB, sealed []byte, seed envelope.SealingSeed) received {
	t.Helper()
	opened, err := envelope.Open(bytes.NewReader(sealed), seed.Identity())
	check(t, err)
	r := letter.NewReader(opened)
	got := received{files: map[string]string{}}
	for {
		e, err := r.Next()
		if err == io.EOF {
			got.Meta = r.Meta()
			return got
		}
		check(t, err)
		data, err := io.ReadAll(e)
		check(t, err)
		switch e.Kind {
		case letter.MessageEntry:
			got.message = string(data)
		case letter.FileEntry:
			got.files[e.UntrustedName] = string(data)
		}
	}
}

// inbox returns the letters of the drop, in the order of their numbers. Each has
// to be in its place.
func (d *desk) inbox() []received {
	d.t.Helper()
	all, err := d.server.Envelopes(d.code.Mailbox)
	check(d.t, err)
	var letters []received
	for id, sealed := range all {
		l := read(d.t, sealed, d.seeds[0])
		check(d.t, l.CheckPlace(d.code.Mailbox, id))
		l.id = id
		letters = append(letters, l)
	}
	slices.SortFunc(letters, func(a, b received) int { return int(a.Seq - b.Seq) })
	return letters
}

// desk letters are written for where a first letter says that replies go.
type place struct {
	mailbox drop.MailboxID
	key     string
	thread  [32]byte
	sender  [8]byte
}

func placeOf(first received) place {
	return place{keys.MailboxID(first.Reply.Root[:]), first.Reply.Key, first.Reply.Thread, first.Author}
}

// writing is a reply or receipt before it is sealed.
type writing struct {
	letter.Meta
	Letter
	sign    *keys.Root
	thread  [32]byte
	key     string
	deposit drop.MailboxID
}

// write makes an honest reply, lets change make another of it, and deposits it.
func (d *desk) write(p place, message string, change func(*writing)) drop.EnvelopeID {
	d.t.Helper()
	id := drop.NewEnvelopeID()
	w := &writing{
		Meta: letter.Meta{
			Kind: letter.KindReply, Mailbox: p.mailbox, Envelope: id, Author: d.author, Seq: d.sent + 1,
			Seen: map[[8]byte]int64{p.sender: 1},
		},
		Letter: Letter{Message: message}, sign: d.key, thread: p.thread, key: p.key, deposit: p.mailbox,
	}
	if change != nil {
		change(w)
	}
	if w.Kind == letter.KindReply || w.Kind == letter.KindReceipt {
		proof := letter.Proof(w.thread, w.Mailbox, w.Envelope)
		signature := letter.SignReply(w.sign, w.Mailbox, w.Envelope)
		w.Proof, w.Signature = &proof, &signature
	}
	if w.Kind == letter.KindReply && w.sign == d.key {
		d.sent = max(d.sent, w.Seq)
	}
	sealed, err := seal([]string{w.key}, MaxReply, w.Meta, w.Letter)
	check(d.t, err)
	d.deposit(w.deposit, id, sealed)
	return id
}

func (d *desk) deposit(m drop.MailboxID, id drop.EnvelopeID, sealed []byte) {
	d.t.Helper()
	_, err := newClient(d.t, d.server.URL).Deposit(ctx, m, id, [32]byte{}, sealed, nil)
	check(d.t, err)
}

func (d *desk) receipt(p place, seen int64, closed bool) {
	d.write(p, "", func(w *writing) {
		w.Kind, w.Seq, w.Seen, w.Closed = letter.KindReceipt, d.sent, map[[8]byte]int64{p.sender: seen}, closed
	})
}

// texts says who wrote what, in the order in which it is shown, with the gaps.
func texts(th *Thread) string {
	var b strings.Builder
	for _, l := range th.Letters {
		for range l.MissingBefore {
			b.WriteString("? ")
		}
		who := "<"
		if l.Own {
			who = ">"
		}
		b.WriteString(who + l.UntrustedMessage + " ")
	}
	for range th.MissingAtEnd {
		b.WriteString("? ")
	}
	return strings.TrimSpace(b.String())
}

func states(th *Thread) string {
	var all []string
	for _, l := range th.Letters {
		if l.Own {
			all = append(all, [...]string{"on server", "collected", "answered", "unknown"}[l.State])
		}
	}
	return strings.Join(all, ", ")
}

// TestConversation: six letters, files both ways, nothing kept but the words.
func TestConversation(t *testing.T) {
	d := newDesk(t)
	d.card.Questions = []card.Question{{ID: "where", Label: "Where?", Kind: card.KindText, Required: true}}
	d.publishCard()
	th := d.begin()
	name := th.Codename()
	out := send(t, th, Letter{Message: "one", Answers: map[string]string{"where": "here"}, Files: []Attachment{attachment("a.pdf", "content of a")}})

	th = d.open(name)
	if got := states(th); texts(th) != ">one" || got != "on server" || th.Known {
		t.Errorf("at first: %s (%s)", texts(th), got)
	}
	own := th.Letters[0]
	if th.Link.String() != d.link().String() || own.Answers["where"] != "here" || len(own.Files) != 1 || own.Files[0] != (ThreadFile{"a.pdf", 12}) {
		t.Errorf("the copy says %+v", own.Files)
	}

	first := d.inbox()[0]
	check(t, first.CheckReplyTo())
	if first.Kind != letter.KindFirst || first.files["a.pdf"] != "content of a" || first.id != out.Letter.ID || first.Answers["where"] != "here" {
		t.Errorf("the first letter is %+v", first)
	}
	p := placeOf(first)
	d.receipt(p, 1, false)
	th = d.open(name)
	if got := states(th); got != "collected" || th.Letters[0].Collected != own.Day || !th.Known {
		t.Errorf("after the receipt: %s on %v", got, th.Letters[0].Collected)
	}

	send(t, th, Letter{Message: "two"}) // the questions were answered
	d.write(p, "three", func(w *writing) {
		w.Files = []Attachment{attachment("b.pdf", "content of b")}
		w.Seen = map[[8]byte]int64{p.sender: 2}
	})
	th = d.open(name)
	if got := states(th); texts(th) != ">one >two <three" || got != "answered, answered" {
		t.Errorf("after the reply: %s (%s)", texts(th), got)
	}
	send(t, th, Letter{Message: "four"})
	second, fourth := d.inbox()[1], d.inbox()[2]
	for _, next := range []received{second, fourth} {
		check(t, next.CheckProof(p.thread))
		if next.Kind != letter.KindNext || next.Author != first.Author || next.Reply != nil {
			t.Errorf("a next letter is %+v", next.Meta)
		}
	}
	if !fourth.Saw(d.author, 1) || second.Saw(d.author, 1) || fourth.Seq != 3 {
		t.Errorf("the letters say that they saw %v and %v", second.Seen, fourth.Seen)
	}
	d.write(p, "five", func(w *writing) { w.Seen = map[[8]byte]int64{p.sender: 3} })
	send(t, d.open(name), Letter{Message: "six"})
	th = d.open(name)
	if got := states(th); texts(th) != ">one >two <three >four <five >six" || got != "answered, answered, answered, on server" {
		t.Errorf("in the end: %s (%s)", texts(th), got)
	}
	if th.NotGenuine+th.Damaged+th.Unverified+th.Left+th.TooLarge+th.Again() != 0 {
		t.Errorf("something is said to be wrong: %+v", *th)
	}

	reply := th.Letters[2]
	r, closer, err := th.Open(ctx, reply)
	check(t, err)
	defer closer.Close()
	var files string
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		check(t, err)
		if e.Kind == letter.FileEntry {
			data, _ := io.ReadAll(e)
			files += e.UntrustedName + ": " + string(data)
		}
	}
	if files != "b.pdf: content of b" {
		t.Errorf("the reply's files are %q", files)
	}
	if _, _, err := th.Open(ctx, th.Letters[0]); !errors.Is(err, ErrUnread) {
		t.Errorf("a file that was sent away is opened: %v", err)
	}
}

// TestReplacedReply: what a server puts in the place of a reply that was checked
// isn't saved, also when it is sealed to the sender.
func TestReplacedReply(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	p := placeOf(d.inbox()[0])
	id := d.write(p, "two", nil)
	th = d.open(th.Codename())
	reply := th.Letters[1]
	l := Letter{Message: "owt"}
	sealed, err := seal([]string{p.key}, MaxReply, *reply.meta, l)
	check(t, err)
	d.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: id.String(), Do: droptest.SwapBytes(sealed)})
	if _, _, err := th.Open(ctx, reply); err == nil {
		t.Error("another letter was opened")
	}
}

// TestNothing: a codename that was never used, and one whose letters have gone,
// are answered alike.
func TestNothing(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	_, err := d.open(th.Codename()).End(ctx, nil)
	check(t, err)
	for what, name := range map[string]codename.Codename{"ended": th.Codename(), "unknown": codename.New()} {
		if th, err := OpenThread(ctx, d.dial, d.server.URL, name, OpenOptions{Today: today}); !errors.Is(err, drop.ErrNotFound) || th != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestLostAnswers: each deposit is repeated until it is acknowledged, arrives
// once, and what is said of the two is true.
func TestLostAnswers(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	out, err := th.Write(Letter{Message: "one"})
	check(t, err)
	d.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Times: 2, Do: droptest.LoseAnswer})
	check(t, th.Send(ctx, out, nil))

	mailbox := drop.MailboxID(th.keys.Mailbox())
	for name, c := range map[string]struct {
		mailbox    drop.MailboxID
		do         droptest.Action
		sent, kept bool
	}{
		"the letter is lost":           {d.code.Mailbox, droptest.LoseRequest, false, false},
		"its answer is lost":           {d.code.Mailbox, droptest.LoseAnswer, false, false},
		"the copy is lost":             {mailbox, droptest.LoseRequest, true, false},
		"the copy's answer is lost":    {mailbox, droptest.LoseAnswer, true, false},
		"there's no room for the copy": {mailbox, droptest.Answer(507, "application/json", []byte(`{"error":"full"}`)), true, false},
	} {
		out, err := th.Write(Letter{Message: name})
		check(t, err)
		d.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: c.mailbox.String() + "/envelopes/", Do: c.do})
		if err := th.Send(ctx, out, nil); err == nil || (out.Sent != nil) != c.sent || (out.Kept != nil) != c.kept {
			t.Errorf("%s: sent %v, kept %v, %v", name, out.Sent, out.Kept, err)
		}
		d.server.TestOnlyHeal()
		if err := th.Send(ctx, out, nil); err != nil || out.Sent == nil || out.Kept == nil {
			t.Errorf("%s, again: sent %v, kept %v, %v", name, out.Sent, out.Kept, err)
		}
	}
	var seqs []int64
	for _, l := range d.inbox() {
		seqs = append(seqs, l.Seq)
	}
	if fmt.Sprint(seqs) != "[1 2 3 4 5 6]" || len(d.open(th.Codename()).Letters) != 6 {
		t.Errorf("the drop has the letters %v, and the copies say %s", seqs, texts(d.open(th.Codename())))
	}
}

// TestWriteRefuses: nothing leaves when the recipient wouldn't take it.
func TestWriteRefuses(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	if _, err := th.Write(Letter{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
	// The copy names the files: a letter that fits while its copy doesn't isn't sent.
	many := make([]Attachment, 1000)
	for i := range many {
		many[i] = attachment(fmt.Sprintf("%d%s", i, strings.Repeat("x", 190)), "")
	}
	large := *th.Recipient
	large.Largest, large.serverLargest = 10<<20, 100_000
	small := large
	th.Recipient = &small
	if _, err := th.Write(Letter{Files: many}); !errors.As(err, new(*SizeError)) {
		t.Errorf("a copy that doesn't fit: %v", err)
	}
	large.serverLargest = 10 << 20
	th.Recipient = &large
	if _, err := th.Write(Letter{Files: many}); err != nil {
		t.Errorf("a thousand files: %v", err)
	}
	d.card.Desks = nil
	d.publishCard()
	if _, err := d.begin().Write(Letter{Message: "x"}); !errors.Is(err, ErrNoReplies) {
		t.Errorf("nobody signs replies: %v", err)
	}
	if seen := d.server.Seen(); slices.ContainsFunc(seen, func(s droptest.Seen) bool { return strings.Contains(s.Path, "/envelopes") }) {
		t.Error("something was sent")
	}
}
