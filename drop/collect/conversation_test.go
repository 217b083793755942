package collect

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// now is noon of today, and past by the clock of no machine that runs this.
var now = today.Time().Add(12 * time.Hour)

func (k *desk) dial(origin string) (*client.Client, error) {
	return client.New(origin, client.Options{})
}

// begin is a sender who begins a thread.
func (k *desk) begin(l client.Letter) codename.Codename {
	k.t.Helper()
	to, err := link.Parse(k.drop().Link())
	check(k.t, err)
	c, err := k.dial(k.server.URL)
	check(k.t, err)
	reply, err := k.dial(k.server.URL)
	check(k.t, err)
	r, err := c.ReadCard(ctx, to.Code, today)
	check(k.t, err)
	th := client.NewThread(c, reply, to, r)
	defer th.Disconnect()
	k.write(th, l)
	return th.Codename()
}

func (k *desk) write(th *client.Thread, l client.Letter) {
	k.t.Helper()
	out, err := th.Write(l)
	check(k.t, err)
	check(k.t, th.Send(ctx, out, nil))
}

// open is a sender who has nothing but the words.
func (k *desk) openThread(name codename.Codename) *client.Thread {
	k.t.Helper()
	th, err := client.OpenThread(ctx, k.dial, k.server.URL, name, client.OpenOptions{Today: today})
	check(k.t, err)
	k.t.Cleanup(th.Disconnect)
	return th
}

// tend collects and sends, as transom collect does.
func (k *desk) tend() Result {
	k.t.Helper()
	result, err := k.collect()
	check(k.t, err)
	_, left, err := Flush(ctx, k.vault, k.dial, now, FlushOptions{All: true, Failed: func(_ vault.Queued, err error) { k.t.Error(err) }})
	if err != nil || left != 0 {
		k.t.Fatalf("%d left in the outbox, %v", left, err)
	}
	return result
}

func (k *desk) reply(thread int, message string) vault.Letter {
	k.t.Helper()
	l, err := Reply(k.vault, thread, client.Letter{Message: message}, now)
	check(k.t, err)
	return l
}

func attachment(name, content string) client.Attachment {
	return client.Attachment{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// shown is what the sender sees of a thread.
func shown(th *client.Thread) string {
	var b strings.Builder
	for _, l := range th.Letters {
		fmt.Fprint(&b, strings.Repeat("? ", l.MissingBefore))
		if l.Own {
			fmt.Fprintf(&b, ">%s(%s) ", l.UntrustedMessage, [...]string{"on server", "collected", "answered", "unknown"}[l.State])
		} else {
			fmt.Fprintf(&b, "<%s ", l.UntrustedMessage)
		}
	}
	return strings.TrimSpace(b.String() + strings.Repeat(" ?", th.MissingAtEnd))
}

// read is what the recipient sees of it.
func (k *desk) read(number int) string {
	k.t.Helper()
	var all []string
	for _, l := range k.vault.ThreadLetters(number) {
		from := "<"
		if l.Sent {
			from = ">"
		}
		all = append(all, from+l.UntrustedPreview)
	}
	return strings.Join(all, " ")
}

// TestConversation: six letters with files both ways, the real sender on the other
// side, the vault closed in between.
func TestConversation(t *testing.T) {
	k := newDesk(t)
	name := k.begin(client.Letter{Message: "one", Files: []client.Attachment{attachment("a.pdf", "content of a")}})
	if got := k.tend(); got != (Result{Collected: 1, Threads: 1}) {
		t.Errorf("the first pass: %+v", got)
	}
	if got := shown(k.openThread(name)); got != ">one(collected)" {
		t.Errorf("after the receipt the sender sees %s", got)
	}
	k.write(k.openThread(name), client.Letter{Message: "two"})
	k.tend()
	l, err := Reply(k.vault, 1, client.Letter{Message: "three", Files: []client.Attachment{attachment("b.pdf", "content of b")}}, now)
	check(t, err)
	if l.Number != 3 || !l.Sent || l.Thread != 1 || l.Seq != 1 || l.Day != today || len(l.Files) != 1 || l.MessageSize != 5 {
		t.Errorf("the reply is %+v", l)
	}
	k.reopen()
	k.tend()
	th := k.openThread(name)
	if got := shown(th); got != ">one(answered) >two(answered) <three" {
		t.Errorf("after the reply the sender sees %s", got)
	}
	if th.NotGenuine+th.Damaged+th.Unverified+th.Left != 0 {
		t.Errorf("something is said to be wrong: %d %d %d %d", th.NotGenuine, th.Damaged, th.Unverified, th.Left)
	}
	k.write(th, client.Letter{Message: "four"})
	k.tend()
	k.reply(4, "five")
	k.tend()
	k.write(k.openThread(name), client.Letter{Message: "six"})
	k.reopen()
	k.tend()
	if got := k.read(3); got != "<one <two >three <four >five <six" {
		t.Errorf("the recipient sees %s", got)
	}
	if got := shown(k.openThread(name)); got != ">one(answered) >two(answered) <three >four(answered) <five >six(collected)" {
		t.Errorf("in the end the sender sees %s", got)
	}
	thread, err := k.vault.Thread(6)
	check(t, err)
	if thread.Seq != 2 || thread.Received.UpTo != 4 || thread.SenderSaw.UpTo != 2 || thread.Owed || k.left() != 0 || len(k.vault.Outbox()) != 0 {
		t.Errorf("the thread has %d replies, of which %d were seen, and %d letters", thread.Seq, thread.SenderSaw.UpTo, thread.Received.UpTo)
	}
	for _, n := range []int{1, 3} {
		r, closer, err := k.vault.OpenLetter(n)
		check(t, err)
		c, err := vault.ReadContent(r)
		if err != nil || len(c.Files) != 1 {
			t.Errorf("letter %d: %+v, %v", n, c, err)
		}
		closer.Close()
	}
}

// TestReceipts: by policy, one for each thread, and never for what has none.
func TestReceipts(t *testing.T) {
	k := newDesk(t)
	d := k.drop()
	d.Receipts = false
	check(t, k.vault.PutDrop(d))
	a := k.begin(client.Letter{Message: "a1"})
	k.tend()
	if got := shown(k.openThread(a)); got != ">a1(on server)" {
		t.Errorf("without receipts the sender sees %s", got)
	}
	d = k.drop()
	d.Receipts, d.Delay = true, 48
	check(t, k.vault.PutDrop(d))
	k.write(k.openThread(a), client.Letter{Message: "a2"})
	b := k.begin(client.Letter{Message: "b1"})
	k.send("bare of any thread", nil)
	k.put(k.seal(nil)) // refused
	result, err := (&Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop(), Now: now}).Run(ctx)
	if err != nil || result != (Result{Collected: 3, Refused: 1, Threads: 2}) {
		t.Fatalf("%+v, %v", result, err)
	}
	queue := k.vault.Outbox()
	if len(queue) != 2 {
		t.Fatalf("the outbox has %+v", queue)
	}
	for _, q := range queue {
		if wait := q.NotBefore.Sub(now); q.Kind != letter.KindReceipt || q.Letter != 0 || wait < 0 || wait > 48*time.Hour {
			t.Errorf("a receipt is queued as %+v", q)
		}
	}
	// A second pass before they went out makes no more of them.
	k.write(k.openThread(b), client.Letter{Message: "b2"})
	_, err = (&Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop(), Now: now}).Run(ctx)
	check(t, err)
	if n := len(k.vault.Outbox()); n != 2 {
		t.Errorf("%d receipts are queued", n)
	}
	k.tend()
	if got := shown(k.openThread(a)) + " " + shown(k.openThread(b)); got != ">a1(collected) >a2(collected) >b1(collected) >b2(collected)" {
		t.Errorf("the senders see %s", got)
	}
}

// TestReceiptAfterCrash: a pass that was stopped before it wrote receipts leaves
// them to the next, also when nothing new has come.
func TestReceiptAfterCrash(t *testing.T) {
	k := newDesk(t)
	name := k.begin(client.Letter{Message: "one"})
	p := &Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop(), Now: now, threads: map[int]bool{}}
	check(t, p.run(ctx))
	k.reopen()
	if n := len(k.vault.Outbox()); n != 0 {
		t.Fatalf("%d entries are queued", n)
	}
	k.tend()
	if got := shown(k.openThread(name)); got != ">one(collected)" {
		t.Errorf("the sender sees %s", got)
	}
	if n := len(k.vault.Outbox()); n != 0 {
		t.Errorf("%d receipts are queued again", n)
	}
}

// TestDelay: a reply goes out when it is time, alone when it is asked for alone.
func TestDelay(t *testing.T) {
	k := newDesk(t)
	d := k.drop()
	d.Delay, d.Receipts = 2, false
	check(t, k.vault.PutDrop(d))
	k.begin(client.Letter{Message: "one"})
	k.tend()
	times := map[time.Time]bool{}
	for range 20 {
		k.reply(1, "answer")
	}
	for _, q := range k.vault.Outbox() {
		times[q.NotBefore] = true
		if wait := q.NotBefore.Sub(now); wait < 0 || wait > 2*time.Hour {
			t.Errorf("a reply waits for %v", wait)
		}
	}
	if len(times) < 10 {
		t.Errorf("twenty replies have %d times", len(times))
	}
	flush := func(at time.Time, o FlushOptions, want int) {
		t.Helper()
		if sent, left, err := Flush(ctx, k.vault, k.dial, at, o); err != nil || sent != want || left != len(k.vault.Outbox()) {
			t.Errorf("%d sent, %d left, %v; want %d sent", sent, left, err, want)
		}
	}
	flush(now.Add(-time.Second), FlushOptions{}, 0)
	flush(now.Add(-time.Second), FlushOptions{Only: 5}, 1)
	flush(now.Add(-time.Second), FlushOptions{Only: 5}, 0)
	flush(now.Add(2*time.Hour), FlushOptions{}, 19)
}

// TestBlock: what comes in a blocked thread is gone unread, and its sender knows.
func TestBlock(t *testing.T) {
	k := newDesk(t)
	name, other := k.begin(client.Letter{Message: "one"}), k.begin(client.Letter{Message: "another thread"})
	k.tend()
	number := slices.IndexFunc(k.vault.Letters(), func(l vault.Letter) bool { return l.UntrustedPreview == "one" }) + 1
	waiting := k.openThread(name) // who doesn't know yet
	check(t, Block(k.vault, number, now))
	check(t, Block(k.vault, number, now))
	if n := len(k.vault.Outbox()); n != 1 {
		t.Errorf("%d receipts are queued", n)
	}
	if _, err := Reply(k.vault, number, client.Letter{Message: "x"}, now); err != ErrBlocked {
		t.Errorf("a reply into a blocked thread got %v", err)
	}
	k.tend()
	if th := k.openThread(name); !th.Ended {
		t.Error("the sender isn't told")
	}
	k.write(waiting, client.Letter{Message: "two, unread"})
	k.write(k.openThread(other), client.Letter{Message: "the other goes on"})
	if got := k.tend(); got != (Result{Collected: 1, Discarded: 1, Threads: 1}) || k.left() != 0 {
		t.Errorf("%+v, %d left", got, k.left())
	}
	if got := k.read(number); got != "<one" {
		t.Errorf("the recipient sees %s", got)
	}
	if got := shown(k.openThread(name)); got != ">one(collected) >two, unread(on server)" {
		t.Errorf("the sender sees %s", got)
	}
	// Deleting its letters doesn't open it again.
	check(t, k.vault.Delete(number))
	k.reopen()
	k.write(waiting, client.Letter{Message: "three, unread"})
	if got := k.tend(); got != (Result{Discarded: 1}) {
		t.Errorf("after deleting: %+v", got)
	}
	check(t, Unblock(k.vault, number, now))
	k.write(waiting, client.Letter{Message: "four"})
	if got := k.tend(); got != (Result{Collected: 1, Threads: 1}) {
		t.Errorf("after unblocking: %+v", got)
	}
	if got := k.vault.Missing(number); got != nil {
		t.Errorf("what was discarded counts as missing: %v", got)
	}
	k.reply(number, "we talk again")
	k.tend()
	if th := k.openThread(name); th.Ended || !strings.Contains(shown(th), "<we talk again") {
		t.Errorf("the sender sees %s, ended is %v", shown(th), th.Ended)
	}
	if err := Block(k.vault, 99, now); err != vault.ErrNoThread {
		t.Errorf("blocking nothing got %v", err)
	}
}

// TestBackup: a vault that was put back from a backup gives no reply the number of
// one that the sender has seen.
func TestBackup(t *testing.T) {
	k := newDesk(t)
	name := k.begin(client.Letter{Message: "one"})
	k.tend()
	backup := filepath.Join(t.TempDir(), "backup")
	check(t, os.CopyFS(backup, os.DirFS(k.dir)))
	k.reply(1, "forgotten")
	k.tend()
	k.vault.Close()
	k.dir = backup
	k.open()
	k.write(k.openThread(name), client.Letter{Message: "two"})
	k.tend()
	if l := k.reply(1, "three"); l.Seq != 2 {
		t.Errorf("the reply has number %d", l.Seq)
	}
	k.tend()
	if got := shown(k.openThread(name)); got != ">one(answered) <forgotten >two(answered) <three" {
		t.Errorf("the sender sees %s", got)
	}
}

// TestSenderCloses: a sender who has ended the thread isn't written to any more.
func TestSenderCloses(t *testing.T) {
	k := newDesk(t)
	name := k.begin(client.Letter{Message: "one"})
	k.tend()
	k.reply(1, "answer")
	k.tend()
	_, err := k.openThread(name).End(ctx, nil)
	check(t, err)
	if got := k.tend(); got != (Result{Collected: 1, Threads: 1}) {
		t.Errorf("%+v", got)
	}
	l, err := k.vault.Letter(3)
	check(t, err)
	if !l.Closed || l.Kind != letter.KindNext {
		t.Errorf("the last letter is %+v", l)
	}
	if _, err := Reply(k.vault, 1, client.Letter{Message: "x"}, now); err != ErrClosed {
		t.Errorf("a reply got %v", err)
	}
	check(t, Block(k.vault, 1, now))
	check(t, Unblock(k.vault, 1, now))
	to := drop.MailboxID(name.Keys().Mailbox())
	if there, err := k.server.Envelopes(to); err != nil || len(there) != 0 {
		t.Errorf("%d envelopes were sent after the end, %v", len(there), err)
	}
}
