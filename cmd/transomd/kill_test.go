package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

var withdrawHash = func() string {
	sum := sha256.Sum256([]byte("a withdraw secret"))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}()

type letter struct {
	id   drop.EnvelopeID
	body []byte
}

func newLetter() letter {
	return letter{drop.NewEnvelopeID(), droptest.Envelope(droptest.Smallest)}
}

// published makes a drop on an open server.
func published(t *testing.T, p *process) owner {
	t.Helper()
	o := owner{keys.NewRoot()}
	status, body, err := o.ask(http.DefaultClient, p.at, "PUT", o.mailbox()+"/card", droptest.Card())
	if status != 201 || err != nil {
		t.Fatalf("publishing: %d %s %v", status, body, err)
	}
	return o
}

// ledger is what the senders know: what each letter was, and what became of it.
type ledger struct {
	mu     sync.Mutex
	hashes map[drop.EnvelopeID][32]byte // every letter that was ever sent
	kept   map[drop.EnvelopeID]bool     // acknowledged, and not erased since
	erased map[drop.EnvelopeID]bool     // erasing was acknowledged
	unsure []letter                     // sent, and no answer came
}

// TestKill ends a server under load with SIGKILL, twenty times, over HTTP. What
// was acknowledged is there with the bytes that were sent, once; what was erased
// is gone; and sending again what got no answer makes no second letter.
func TestKill(t *testing.T) {
	args := []string{"--data", t.TempDir(), "--listen", "127.0.0.1:0", "--open", "--origin", testOrigin}
	p := start(t, args...)
	o := published(t, p)
	book := &ledger{hashes: map[drop.EnvelopeID][32]byte{}, kept: map[drop.EnvelopeID]bool{}, erased: map[drop.EnvelopeID]bool{}}
	const rounds = 20
	for round := range rounds {
		var load sync.WaitGroup
		stop := make(chan struct{})
		for range 8 {
			load.Go(func() { book.load(t, p.at, o, stop) })
		}
		time.Sleep(100*time.Millisecond + below(200*time.Millisecond))
		p.cmd.Process.Signal(syscall.SIGKILL)
		<-p.ended
		close(stop)
		load.Wait()
		p = start(t, args...)
		book.check(t, p.at, o, round == rounds-1)
	}
	if len(book.kept) < 200 || len(book.erased) < 20 {
		t.Errorf("only %d letters and %d erasures were acknowledged: no load to speak of", len(book.kept), len(book.erased))
	}
	t.Logf("%d kept, %d erased, over %d kills", len(book.kept), len(book.erased), rounds)
	if code := p.stop(os.Interrupt); code != 0 {
		t.Errorf("stopped with %d", code)
	}
}

func below(d time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d)))
	if err != nil {
		panic(err)
	}
	return time.Duration(n.Int64())
}

// load sends letters, first those that got no answer, and erases every fifth,
// until the server is gone.
func (b *ledger) load(t *testing.T, at string, o owner, stop chan struct{}) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		l, again := b.next()
		path := o.mailbox() + "/envelopes/" + l.id.String()
		status, body, err := ask(client, at, "PUT", path, l.body, "Transom-Withdraw-Hash", withdrawHash)
		b.mu.Lock()
		switch {
		case err != nil && status == 0:
			b.unsure = append(b.unsure, l)
			b.mu.Unlock()
			return
		case status == 201, status == 200 && again:
			b.kept[l.id] = true
		default:
			t.Errorf("sending: %d %s", status, body)
		}
		b.mu.Unlock()
		if i%5 == 4 && !b.erase(t, client, at, o, l.id) {
			return
		}
	}
}

func (b *ledger) next() (l letter, again bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.unsure); n > 0 {
		l, b.unsure = b.unsure[n-1], b.unsure[:n-1]
		return l, true
	}
	l = newLetter()
	b.hashes[l.id] = sha256.Sum256(l.body)
	return l, false
}

// erase reports whether there was an answer. Without one, the letter may be
// there or not, and nothing is asked of it.
func (b *ledger) erase(t *testing.T, client *http.Client, at string, o owner, id drop.EnvelopeID) bool {
	status, body, err := o.ask(client, at, "DELETE", o.mailbox()+"/envelopes/"+id.String(), nil)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.kept, id)
	if err != nil && status == 0 {
		return false
	}
	if status != 204 {
		t.Errorf("erasing: %d %s", status, body)
	}
	b.erased[id] = true
	return true
}

// check compares the mailbox with the ledger; whole also reads every letter.
func (b *ledger) check(t *testing.T, at string, o owner, whole bool) {
	t.Helper()
	listed := map[drop.EnvelopeID]bool{}
	for target := o.mailbox() + "/envelopes"; target != ""; {
		status, body, err := o.ask(http.DefaultClient, at, "GET", target, nil)
		var page struct {
			Envelopes []struct{ ID string }
			Next      string
		}
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if status != 200 || err != nil {
			t.Fatalf("listing: %d, %v", status, err)
		}
		for _, e := range page.Envelopes {
			id, err := drop.ParseEnvelopeID(e.ID)
			if err != nil || listed[id] || b.erased[id] {
				t.Errorf("%s is listed: twice %v, erased before %v, %v", e.ID, listed[id], b.erased[id], err)
			}
			listed[id] = true
		}
		if target = ""; page.Next != "" {
			target = o.mailbox() + "/envelopes?after=" + page.Next
		}
	}
	for id := range b.kept {
		if !listed[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	for id := range listed {
		if _, sent := b.hashes[id]; !sent {
			t.Errorf("%s was never sent", id)
		}
		if !whole {
			continue
		}
		status, body, err := o.ask(http.DefaultClient, at, "GET", o.mailbox()+"/envelopes/"+id.String(), nil)
		if status != 200 || err != nil || sha256.Sum256(body) != b.hashes[id] {
			t.Errorf("%s does not read as it was sent: %s", id, fmt.Sprint(status, err))
		}
	}
}
