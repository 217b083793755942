package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"io"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	plain "github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
)

// talk is a conversation on a real server: a drop of its own, and a sender who
// has kept the codename.
type talk struct {
	t          *testing.T
	at         string
	root, desk *keys.Root
	code       link.Code
	name       codename.Codename
	thread     *client.Thread
	seal       envelope.SealingSeed
	replies    int64
	sender     [8]byte
}

func newTalk(t *testing.T, at string) *talk {
	k := &talk{t: t, at: at, root: keys.NewRoot(), desk: keys.NewRoot(), seal: envelope.NewSealingSeed()}
	k.code = link.Code{Secret: link.NewSecret(), Mailbox: k.root.Mailbox()}
	today := int(drop.DayOf(time.Now()))
	sealed, err := card.Seal(k.root, k.code.Secret, &card.Card{
		Seq: 1, Published: today, Expires: today + 7, Title: "Desk", Desks: [][32]byte{k.desk.Public()},
		Policy: card.Policy{Files: true, Largest: 1 << 20, Replies: true},
		Epochs: []card.Epoch{{Number: 1, From: today, Until: today + 7, Keys: []string{k.seal.Recipient()}}},
	})
	k.check(err)
	_, err = k.client().Owner(k.root).PutCard(t.Context(), sealed, nil, "")
	k.check(err)
	return k
}

func (k *talk) check(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) client() *client.Client {
	c, err := client.New(k.at, client.Options{})
	k.check(err)
	k.t.Cleanup(c.Close)
	return c
}

// begin sends a first letter with its copy.
func (k *talk) begin() {
	c := k.client()
	r, err := c.ReadCard(k.t.Context(), k.code, drop.DayOf(time.Now()))
	k.check(err)
	k.thread = client.NewThread(c, k.client(), link.Link{Origin: k.at, Code: k.code}, r)
	k.name = k.thread.Codename()
	k.send("They are lying about the dam.")
}

func (k *talk) goOn() {
	var err error
	k.thread, err = client.OpenThread(k.t.Context(), func(string) (*client.Client, error) { return k.client(), nil }, k.at, k.name,
		client.OpenOptions{Today: drop.DayOf(time.Now())})
	k.check(err)
	if !k.thread.Known {
		k.t.Fatal("the receipt is not believed")
	}
	k.send("And about the bridge.")
}

func (k *talk) send(message string) {
	out, err := k.thread.Write(client.Letter{Message: message})
	k.check(err)
	k.check(k.thread.Send(k.t.Context(), out, nil))
}

// acknowledge opens the first letter and leaves a receipt.
func (k *talk) acknowledge() {
	owner := k.client().Owner(k.root)
	waiting, err := owner.List(k.t.Context())
	k.check(err)
	body, _, err := owner.Fetch(k.t.Context(), waiting[0].ID, waiting[0].Size, 0)
	k.check(err)
	defer body.Close()
	opened, err := envelope.Open(body, k.seal.Identity())
	k.check(err)
	r := plain.NewReader(opened)
	for err == nil {
		_, err = r.Next()
	}
	if err != io.EOF {
		k.t.Fatal(err)
	}
	k.sender = r.Meta().Author
	k.answer(plain.KindReceipt, "")
}

func (k *talk) reply() { k.answer(plain.KindReply, "Tell us more.") }

func (k *talk) answer(kind, message string) {
	to, id := k.name.Keys(), drop.NewEnvelopeID()
	if kind == plain.KindReply {
		k.replies++
	}
	proof, sign := plain.Proof(to.Thread, to.Mailbox(), id), plain.SignReply(k.desk, to.Mailbox(), id)
	meta := plain.Meta{Kind: kind, Mailbox: to.Mailbox(), Envelope: id, Author: [8]byte{1}, Seq: k.replies,
		Seen: map[[8]byte]int64{k.sender: 1}, Proof: &proof, Signature: &sign}
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{to.Reply.Recipient()})
	k.check(err)
	k.check(client.Letter{Message: message}.Write(w, meta))
	k.check(w.Close())
	_, err = k.client().Deposit(k.t.Context(), to.Mailbox(), id, [32]byte(random(32)), sealed.Bytes(), nil)
	k.check(err)
}

// secrets is what the server must never come to see, and what it sees in passing
// and must not keep.
func (k *talk) secrets() map[string][]byte {
	words, to, entropy := k.name, k.name.Keys(), k.name.Entropy()
	root, desk, reply := k.root.Public(), k.desk.Public(), to.Root.Public()
	hash := sha256.Sum256(root[:])
	return map[string][]byte{
		"link code ":   []byte(k.code.String()),
		"link secret ": k.code.Secret[:],
		"codename ":    entropy[:],
		"words ":       []byte(words.String()),
		"thread key ":  to.Thread[:],
		"reply key ":   []byte(to.Reply.Recipient()[:60]),
		"root key ":    root[:],
		"its hash ":    hash[:],
		"desk key ":    desk[:],
		"reply root ":  reply[:],
		"what is said": []byte("lying about"),
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func shuffled(n int) []int { return mathrand.Perm(n) }
