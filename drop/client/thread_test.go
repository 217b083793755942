package client

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// desk is droptest's recipient, for tests that end at the first failure.
type desk struct {
	*droptest.Desk
	t      testing.TB
	server *droptest.Server
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	s := droptest.New(t, droptest.Options{})
	d, err := droptest.NewDesk(s, today)
	check(t, err)
	return &desk{d, t, s}
}

func (d *desk) publish() {
	d.t.Helper()
	check(d.t, d.Publish())
}

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
	r, err := c.ReadCard(ctx, d.Link.Code, today)
	check(d.t, err)
	return NewThread(c, reply, d.Link, r)
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

func read(t testing.TB, sealed []byte, seed envelope.SealingSeed) droptest.Received {
	t.Helper()
	got, err := droptest.Read(sealed, seed)
	check(t, err)
	return got
}

func (d *desk) inbox() []droptest.Received {
	d.t.Helper()
	all, err := d.Inbox()
	check(d.t, err)
	return all
}

func (d *desk) write(p droptest.Place, message string, change func(*droptest.Writing)) drop.EnvelopeID {
	d.t.Helper()
	id, err := d.Write(p, message, change)
	check(d.t, err)
	return id
}

func (d *desk) receipt(p droptest.Place, seen int64, closed bool) {
	d.t.Helper()
	check(d.t, d.Receipt(p, seen, closed))
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
	d.Card.Questions = []card.Question{{ID: "where", Label: "Where?", Kind: card.KindText, Required: true}}
	d.publish()
	th := d.begin()
	name := th.Codename()
	out := send(t, th, Letter{Message: "one", Answers: map[string]string{"where": "here"}, Files: []Attachment{attachment("a.pdf", "content of a")}})

	th = d.open(name)
	if got := states(th); texts(th) != ">one" || got != "on server" || th.Known {
		t.Errorf("at first: %s (%s)", texts(th), got)
	}
	own := th.Letters[0]
	if th.Link.String() != d.Link.String() || own.Answers["where"] != "here" || len(own.Files) != 1 || own.Files[0] != (ThreadFile{"a.pdf", 12}) {
		t.Errorf("the copy says %+v", own.Files)
	}

	first := d.inbox()[0]
	check(t, first.CheckReplyTo())
	if first.Kind != letter.KindFirst || first.Files["a.pdf"] != "content of a" || first.ID != out.Letter.ID || first.Answers["where"] != "here" {
		t.Errorf("the first letter is %+v", first)
	}
	p := droptest.PlaceOf(first)
	d.receipt(p, 1, false)
	th = d.open(name)
	if got := states(th); got != "collected" || th.Letters[0].Collected != own.Day || !th.Known {
		t.Errorf("after the receipt: %s on %v", got, th.Letters[0].Collected)
	}

	send(t, th, Letter{Message: "two"}) // the questions were answered
	d.write(p, "three", func(w *droptest.Writing) {
		w.Files = map[string]string{"b.pdf": "content of b"}
		w.Seen = map[[8]byte]int64{p.Sender: 2}
	})
	th = d.open(name)
	if got := states(th); texts(th) != ">one >two <three" || got != "answered, answered" {
		t.Errorf("after the reply: %s (%s)", texts(th), got)
	}
	send(t, th, Letter{Message: "four"})
	second, fourth := d.inbox()[1], d.inbox()[2]
	for _, next := range []droptest.Received{second, fourth} {
		check(t, next.CheckProof(p.Thread))
		if next.Kind != letter.KindNext || next.Author != first.Author || next.Reply != nil {
			t.Errorf("a next letter is %+v", next.Meta)
		}
	}
	if !fourth.Saw(d.Author, 1) || second.Saw(d.Author, 1) || fourth.Seq != 3 {
		t.Errorf("the letters say that they saw %v and %v", second.Seen, fourth.Seen)
	}
	d.write(p, "five", func(w *droptest.Writing) { w.Seen = map[[8]byte]int64{p.Sender: 3} })
	send(t, d.open(name), Letter{Message: "six"})
	th = d.open(name)
	if got := states(th); texts(th) != ">one >two <three >four <five >six" || got != "answered, answered, answered, on server" {
		t.Errorf("in the end: %s (%s)", texts(th), got)
	}
	if th.NotGenuine+th.Damaged+th.Unverified+th.Left+th.TooLarge != 0 {
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
	p := droptest.PlaceOf(d.inbox()[0])
	id := d.write(p, "two", nil)
	th = d.open(th.Codename())
	reply := th.Letters[1]
	l := Letter{Message: "owt"}
	sealed, err := seal([]string{p.Key}, MaxReply, *reply.meta, l)
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
		"the letter is lost":           {d.Link.Code.Mailbox, droptest.LoseRequest, false, false},
		"its answer is lost":           {d.Link.Code.Mailbox, droptest.LoseAnswer, false, false},
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
		if c.sent {
			out.Letter.Envelope = nil // what is acknowledged isn't sent again
		}
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
	d.Card.Desks = nil
	d.publish()
	if _, err := d.begin().Write(Letter{Message: "x"}); !errors.Is(err, ErrNoReplies) {
		t.Errorf("nobody signs replies: %v", err)
	}
	if seen := d.server.Seen(); slices.ContainsFunc(seen, func(s droptest.Seen) bool { return strings.Contains(s.Path, "/envelopes") }) {
		t.Error("something was sent")
	}
}

// TestState: the first day counts on which a letter is known to have been seen,
// whoever says so and in whatever order it is found.
func TestState(t *testing.T) {
	th := &Thread{Recipient: &Recipient{}, keys: codename.New().Keys()}
	saw := func(seq int64, day drop.Day) deskLetter {
		return deskLetter{&letter.Meta{Seen: map[[8]byte]int64{th.keys.Author: seq}}, day}
	}
	th.receipts = []deskLetter{saw(2, 12), saw(1, 10), saw(2, 11)}
	th.replies = []deskLetter{saw(1, 14)}
	for seq, want := range map[int64]ThreadLetter{
		1: {State: Answered, Collected: 10}, 2: {State: Collected, Collected: 11}, 3: {State: OnServer},
	} {
		l := ThreadLetter{Own: true, Seq: seq}
		if th.findState(&l); l.State != want.State || l.Collected != want.Collected {
			t.Errorf("letter %d: %v on %v", seq, l.State, l.Collected)
		}
	}
}

// TestCopiesAlike: a long letter's copy has the size of any other: by its own, the
// mailbox for replies could be told from the stored sizes.
func TestCopiesAlike(t *testing.T) {
	d := newDesk(t)
	th := d.begin()
	short, err := th.Write(Letter{Message: "short"})
	check(t, err)
	long, err := th.Write(Letter{Message: strings.Repeat("a long letter ", 20_000)})
	check(t, err)
	if len(long.Copy.Envelope) != len(short.Copy.Envelope) || len(long.Letter.Envelope) < 200_000 {
		t.Errorf("copies of %d and %d bytes, of a letter of %d", len(short.Copy.Envelope), len(long.Copy.Envelope), len(long.Letter.Envelope))
	}
	send(t, th, Letter{Message: strings.Repeat("x", letter.MaxCopyText+1)})
	got := d.open(th.Codename()).Letters[0].UntrustedMessage
	if len(got) != letter.MaxCopyText || !strings.HasSuffix(got, "x…") {
		t.Errorf("of it %d bytes are kept, which end in %q", len(got), got[len(got)-8:])
	}
}

// TestRenew: who looks when half the days of the last copy are over keeps the words
// good for as many again, and who looks before leaves no trace of it.
func TestRenew(t *testing.T) {
	d := newDesk(t)
	d.server.TestOnlyFreeze(today.Time())
	th := d.begin()
	send(t, th, Letter{Message: "one"})
	mailbox := drop.MailboxID(th.keys.Mailbox())
	look := func(day drop.Day) (expires drop.Day, envelopes int) {
		t.Helper()
		d.server.TestOnlyFreeze(day.Time())
		got, err := OpenThread(ctx, d.dial, d.server.URL, th.Codename(), OpenOptions{Today: day})
		check(t, err)
		defer got.Disconnect()
		all, err := d.server.Envelopes(mailbox)
		check(t, err)
		return got.Expires, len(all)
	}
	if expires, n := look(today + 14); expires != today+30 || n != 1 {
		t.Errorf("early: %d days left, %d envelopes", expires-today-14, n)
	}
	if expires, n := look(today + 15); expires != today+45 || n != 2 {
		t.Errorf("late: %d days left, %d envelopes", expires-today-15, n)
	}
	if expires, n := look(today + 29); expires != today+45 || n != 2 {
		t.Errorf("after that: %d days left, %d envelopes", expires-today-29, n)
	}
	// The note alone still leads to the recipient.
	if expires, n := look(today + 40); expires != today+70 || n != 2 {
		t.Errorf("when the letter's copy has gone: %d days left, %d envelopes", expires-today-40, n)
	}
}
