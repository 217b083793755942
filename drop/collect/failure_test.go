package collect

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"syscall"
	"testing"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

// run is what transom collect does with one drop.
func (k *desk) run() error {
	_, err := k.collect()
	if err == nil {
		_, err = k.publish()
	}
	return err
}

// TestNetworkFailures lets each call fail in each way, at each of the first
// letters, for good; then the network is back. Every letter has to be there once.
func TestNetworkFailures(t *testing.T) {
	calls := []struct{ method, path string }{
		{"GET", "/v1/info"}, {"GET", "/card"}, {"PUT", "/card"},
		{"GET", "/envelopes"}, {"GET", "/envelopes/"}, {"DELETE", "/envelopes/"},
	}
	ways := map[string]droptest.Action{
		"lost request": droptest.LoseRequest, "lost answer": droptest.LoseAnswer,
		"cut answer": droptest.CutAnswer(20), "garbage": droptest.SwapBytes([]byte("<html>\x1b[31m")),
	}
	for _, call := range calls {
		for way, action := range ways {
			for skip := range 3 {
				t.Run(fmt.Sprintf("%s %s %s after %d", call.method, call.path, way, skip), func(t *testing.T) {
					k := newDesk(t)
					want := []string{"one", "three", "two"}
					for _, message := range want {
						k.send(message, nil)
					}
					k.server.TestOnlyFault(droptest.Fault{Method: call.method, Path: call.path, Skip: skip, Do: action})
					failed := k.run() != nil
					messages, _ := k.messages()
					if len(messages)+k.left() < len(want) {
						t.Fatalf("%d in the vault, %d on the server: something is lost", len(messages), k.left())
					}
					k.server.TestOnlyHeal()
					k.reopen()
					if err := k.run(); err != nil {
						t.Fatalf("after the network came back (failed before: %v): %v", failed, err)
					}
					messages, refused := k.messages()
					slices.Sort(messages)
					if !slices.Equal(messages, want) || refused != nil || k.left() != 0 {
						t.Errorf("messages %q, refused %q, %d left", messages, refused, k.left())
					}
					if d := k.drop(); d.Published != d.Signed {
						t.Errorf("card %d was signed and %d published", d.Signed, d.Published)
					}
				})
			}
		}
	}
}

// TestStopped is run by [TestKilled], in a process that doesn't live to its end.
func TestStopped(t *testing.T) {
	dir := os.Getenv("TRANSOM_TESTONLY_VAULT")
	if dir == "" {
		return
	}
	v, err := vault.Open(dir, passphrase, vault.Options{})
	check(t, err)
	d, err := v.Drop("desk")
	check(t, err)
	c, err := client.New(d.Server, client.Options{})
	check(t, err)
	o := c.Owner(d.Root)
	_, err = (&Pass{Vault: v, Owner: o, Drop: d}).Run(ctx)
	check(t, err)
	_, err = Publish(ctx, v, o, &d, today)
	check(t, err)
	dial := func(origin string) (*client.Client, error) { return client.New(origin, client.Options{}) }
	_, _, err = Flush(ctx, v, dial, now, FlushOptions{All: true})
	check(t, err)
}

// TestKilledWhileSending: of receipts and replies nothing is lost and nothing
// arrives twice, wherever the process was killed.
func TestKilledWhileSending(t *testing.T) {
	for _, step := range []string{"kept", "erased", "receipt queued", "card published", "sent"} {
		t.Run(step, func(t *testing.T) {
			k := newDesk(t)
			name := k.begin(client.Letter{Message: "one"})
			k.tend()
			k.reply(1, "answer")
			k.write(k.openThread(name), client.Letter{Message: "two"})
			for range 4 {
				k.vault.Close()
				cmd := exec.Command(os.Args[0], "-test.run=^TestStopped$")
				cmd.Env = append(os.Environ(), "TRANSOM_TESTONLY_VAULT="+k.dir, "TRANSOM_TESTONLY_STOP="+step)
				cmd.Run()
				k.open()
			}
			k.tend()
			if got := shown(k.openThread(name)); got != ">one(answered) >two(collected) <answer" && got != ">one(answered) <answer >two(collected)" {
				t.Errorf("the sender sees %s", got)
			}
			there, err := k.server.Envelopes(drop.MailboxID(name.Keys().Mailbox()))
			check(t, err)
			// Two copies, the reply, and a receipt for each of two passes.
			if len(there) != 5 || k.left() != 0 || k.read(1) != "<one >answer <two" && k.read(1) != "<one <two >answer" {
				t.Errorf("%d envelopes are there; the recipient sees %s", len(there), k.read(1))
			}
		})
	}
}

// TestNullList: a server that has nothing to list says so. "null" would be taken
// for an empty mailbox, and unfinished downloads be thrown away.
func TestNullList(t *testing.T) {
	k := newDesk(t)
	k.send("one", nil)
	for _, body := range []string{`{"envelopes":null}`, `{}`, `{"envelopes":null,"next":""}`} {
		k.server.TestOnlyHeal()
		k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes", Do: droptest.Answer(200, "application/json", []byte(body))})
		if result, err := k.collect(); !errors.Is(err, client.ErrAnswer) || result != (Result{}) {
			t.Errorf("%s: %+v, %v", body, result, err)
		}
	}
}

// TestKilled kills collectors between any two steps.
func TestKilled(t *testing.T) {
	for _, step := range []string{"downloaded", "kept", "erased", "card signed", "card published"} {
		t.Run(step, func(t *testing.T) {
			k := newDesk(t)
			want := []string{"one", "three", "two"}
			for _, message := range want {
				k.send(message, nil)
			}
			for range 4 {
				k.vault.Close()
				cmd := exec.Command(os.Args[0], "-test.run=^TestStopped$")
				cmd.Env = append(os.Environ(), "TRANSOM_TESTONLY_VAULT="+k.dir, "TRANSOM_TESTONLY_STOP="+step)
				out, err := cmd.CombinedOutput()
				if !cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled() && step != "downloaded" && step != "kept" && step != "erased" {
					t.Fatalf("it wasn't killed: %v\n%s", err, out)
				}
				k.open()
				if messages, _ := k.messages(); len(messages)+k.left() < len(want) {
					t.Fatalf("%d in the vault, %d on the server: something is lost", len(messages), k.left())
				}
			}
			check(t, k.run())
			messages, refused := k.messages()
			slices.Sort(messages)
			if !slices.Equal(messages, want) || refused != nil || k.left() != 0 {
				t.Errorf("messages %q, refused %q, %d left", messages, refused, k.left())
			}
		})
	}
}

func (k *desk) presentCard() *card.Card {
	k.t.Helper()
	sealed, err := k.owner().Card(ctx, k.drop().Mailbox())
	check(k.t, err)
	c, err := card.Open(sealed, k.drop().Code())
	check(k.t, err)
	return c
}

func TestPublish(t *testing.T) {
	k := newDesk(t)
	c := k.presentCard()
	if d := k.drop(); !c.Policy.Replies || len(c.Desks) != 1 || c.Desks[0] != d.Desk.Public() || len(c.Questions) > 0 {
		t.Errorf("the first card is %+v", c)
	}
	if c.Seq != 1 || c.Published != int(today) || c.Expires != int(today)+30 || c.Policy.Largest != drop.DefaultMaxEnvelope {
		t.Errorf("the first card is %+v", c)
	}
	p, err := k.publish()
	if err != nil || p != (Published{}) || k.presentCard().Seq != 2 {
		t.Errorf("the second: %+v, %v, number %d", p, err, k.presentCard().Seq)
	}
	// A vault from a backup doesn't use a number again.
	d := k.drop()
	d.Signed, d.Published = 1, 1
	check(t, k.vault.PutDrop(d))
	if _, err := k.publish(); err != nil || k.presentCard().Seq != 3 {
		t.Errorf("from a backup: %v, number %d", err, k.presentCard().Seq)
	}
}

// TestPublishPolicy: the card says what is asked and told, and names the desk also
// when no more replies are offered.
func TestPublishPolicy(t *testing.T) {
	k := newDesk(t)
	desk := k.presentCard().Desks[0]
	d := k.drop()
	d.Questions = []card.Question{{ID: "q1", Label: "Which department?", Kind: card.KindChoice, Choices: []string{"A", "B"}, Required: true}}
	d.Notices = []card.Notice{{Day: int(today), Text: "We heard you."}}
	d.Replies = false
	check(t, k.vault.PutDrop(d))
	_, err := k.publish()
	check(t, err)
	k.reopen()
	c := k.presentCard()
	if !reflect.DeepEqual(c.Questions, d.Questions) || !reflect.DeepEqual(c.Notices, d.Notices) || c.Policy.Replies || len(c.Desks) != 1 || c.Desks[0] != desk {
		t.Errorf("the card is %+v", c)
	}
	if got := k.drop(); !reflect.DeepEqual(got.Questions, d.Questions) || !reflect.DeepEqual(got.Notices, d.Notices) || got.Replies {
		t.Errorf("the drop is %+v", got)
	}
}

// TestNumbersAreNotReused: the server may have the card that it never answered to,
// and may show it at any time. No other card has its number.
func TestNumbersAreNotReused(t *testing.T) {
	k := newDesk(t)
	k.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/card", Do: droptest.LoseRequest})
	if _, err := k.publish(); err == nil {
		t.Fatal("published without a server")
	}
	k.server.TestOnlyHeal()
	k.reopen()
	if d := k.drop(); d.Signed != 2 || d.Published != 1 {
		t.Errorf("card %d was signed and %d published, want 2 and 1", d.Signed, d.Published)
	}
	if _, err := k.publish(); err != nil || k.presentCard().Seq != 3 {
		t.Errorf("%v, number %d, want 3", err, k.presentCard().Seq)
	}
}

// TestPublishLies: what a server shows in place of the card is noticed.
func TestPublishLies(t *testing.T) {
	k := newDesk(t)
	old, err := k.owner().Card(ctx, k.drop().Mailbox())
	check(t, err)
	_, err = k.publish()
	check(t, err)
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/card", Do: droptest.SwapBytes(old)})
	if p, err := k.publish(); p.Older != 1 || !errors.Is(err, drop.ErrChanged) {
		t.Errorf("an older card: %+v, %v", p, err)
	}
	k.server.TestOnlyHeal()
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/card", Do: droptest.SwapBytes(droptest.Card())})
	if p, err := k.publish(); !p.Foreign || !errors.Is(err, drop.ErrChanged) {
		t.Errorf("another's card: %+v, %v", p, err)
	}
	k.server.TestOnlyHeal()
	if _, err := k.publish(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTwoDevices: somebody publishes between our look and our card.
func TestTwoDevices(t *testing.T) {
	k := newDesk(t)
	old, err := k.owner().Card(ctx, k.drop().Mailbox())
	check(t, err)
	_, err = k.publish()
	check(t, err)
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/card", Times: 1, Do: droptest.SwapBytes(old)})
	if _, err := k.publish(); err != nil || k.presentCard().Seq != 4 {
		t.Errorf("%v, number %d", err, k.presentCard().Seq)
	}
}

// TestNoCard: the server lost or expired the card; tending brings it back.
func TestNoCard(t *testing.T) {
	k := newDesk(t)
	fresh := droptest.New(t, droptest.Options{})
	fresh.TestOnlyFreeze(noon(today))
	d := k.drop()
	d.Server = fresh.URL
	check(t, k.vault.PutDrop(d))
	k.server = fresh
	check(t, k.run())
	if k.presentCard().Seq != 2 {
		t.Errorf("the card is number %d", k.presentCard().Seq)
	}
}
