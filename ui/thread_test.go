package ui_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
)

// begun is what the page hands over when a sender begins a thread, or goes on.
type begun struct {
	Letter, Copy                 []byte
	LetterID, CopyID             []byte
	LetterWithdraw, CopyWithdraw []byte
}

// threads plays a thread: the page sends, Go reads it as the recipient and as the
// same sender without a browser, and answers; the page reads that.
func threads(p *page, c *chance) {
	root, desk, secret := keys.NewRoot(), keys.NewRoot(), link.NewSecret()
	name, seed := codename.FromEntropy([16]byte(c.bytes(16))), envelope.NewSealingSeed()
	k, today := name.Keys(), int(time.Now().Unix()/86400)
	sealed, err := card.Seal(root, secret, &card.Card{
		Seq: 1, Published: today, Expires: today + 30, Title: "Post", Languages: []string{}, Questions: []card.Question{},
		Desks: [][32]byte{[32]byte(c.bytes(32)), desk.Public()}, Notices: []card.Notice{},
		Epochs: []card.Epoch{{Number: 1, From: today, Until: today, Keys: []string{seed.Recipient()}}},
		Policy: card.Policy{Files: true, Largest: 16 << 20, Replies: true},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	code := link.Code{Secret: secret, Mailbox: root.Mailbox()}
	send := request{Op: "begin", Words: name.String(), Text: code.String(), Bytes: sealed, Texts: []string{strings.Repeat(c.text(300), pick(c, 1, 1, 100))}, Files: [][]byte{c.bytes(c.fileSize())}}
	for _, kind := range []string{letter.KindFirst, letter.KindNext} {
		var b begun
		send.Names = []string{kind}
		p.must(send, &b)
		m := checkSent(p, b, root, seed, k, kind)
		checkCopied(p, b, k, code, m, letter.CopyText(send.Texts[0]))
	}
	answered(p, c, k, desk, name)
}

// open reads a letter, and checks its place.
func open(p *page, sealed []byte, seed envelope.SealingSeed, mailbox [16]byte, id []byte) (m *letter.Meta, message string) {
	p.t.Helper()
	opened, err := envelope.Open(bytes.NewReader(sealed), seed.Identity())
	if err != nil {
		p.t.Fatal(err)
	}
	r := letter.NewReader(opened)
	for err == nil {
		var entry *letter.Entry
		if entry, err = r.Next(); err == nil && entry.Kind == letter.MessageEntry {
			var data []byte
			data, err = io.ReadAll(entry)
			message = string(data)
		}
	}
	if m = r.Meta(); m == nil || err != io.EOF {
		p.t.Fatalf("a bare letter, or %v", err)
	}
	if err := m.CheckPlace(mailbox, [16]byte(id)); err != nil {
		p.t.Fatal(err)
	}
	return m, message
}

func checkSent(p *page, b begun, root *keys.Root, seed envelope.SealingSeed, k *codename.Keys, kind string) *letter.Meta {
	p.t.Helper()
	m, _ := open(p, b.Letter, seed, root.Mailbox(), b.LetterID)
	if m.Kind != kind || m.Author != k.Author {
		p.t.Errorf("a %s by %x, want a %s by %x", m.Kind, m.Author, kind, k.Author)
	}
	if kind == letter.KindNext {
		if err := m.CheckProof(k.Thread); err != nil {
			p.t.Error(err)
		}
	} else if err := m.CheckReplyTo(); err != nil {
		p.t.Error(err)
	} else if r := m.Reply; r.Root != k.Root.Public() || r.Key != k.Reply.Recipient() || r.Thread != k.Thread {
		p.t.Error("replies go elsewhere than to the codename")
	}
	if want := k.Withdraw(m.Envelope); !bytes.Equal(b.LetterWithdraw, want[:]) {
		p.t.Error("the codename doesn't withdraw the letter")
	}
	return m
}

func checkCopied(p *page, b begun, k *codename.Keys, code link.Code, sent *letter.Meta, text string) {
	p.t.Helper()
	m, message := open(p, b.Copy, k.Reply, k.Mailbox(), b.CopyID)
	if err := m.CheckCopy(k.CopyProof(m.Mailbox, m.Envelope)); err != nil {
		p.t.Fatal(err)
	}
	if c := m.Copy; c.Link != code.String() || c.Origin != "https://drop.example.org" || c.Sent == nil || *c.Sent != sent.Envelope || c.Kind != sent.Kind || len(c.Files) != 1 {
		p.t.Errorf("the copy says %+v of %+v", c, sent)
	}
	if message != text {
		p.t.Errorf("the copy keeps %d bytes of the message, want %d", len(message), len(text))
	}
	if m.Seq != sent.Seq || m.Author != sent.Author {
		p.t.Error("the copy has another number than the letter")
	}
	if want := k.Withdraw(m.Envelope); !bytes.Equal(b.CopyWithdraw, want[:]) {
		p.t.Error("the codename doesn't withdraw the copy")
	}
}

// answered has Go write what lies in a mailbox for replies, and the page judge it.
func answered(p *page, c *chance, k *codename.Keys, desk *keys.Root, name codename.Codename) {
	thief := keys.NewRoot()
	for _, kind := range []string{letter.KindReply, letter.KindReceipt, letter.KindCopy} {
		for _, test := range []struct {
			change func(*letter.Meta)
			want   string
		}{
			{func(*letter.Meta) {}, kind},
			{func(m *letter.Meta) { m.Proof[c.IntN(32)] ^= 1 }, "not genuine"},
			{func(m *letter.Meta) { m.Envelope[0] ^= 1 }, "not genuine"},
			{func(m *letter.Meta) { m.Mailbox[0] ^= 1 }, "not genuine"},
			{func(m *letter.Meta) {
				if m.Signature != nil {
					*m.Signature = letter.SignReply(thief, m.Mailbox, m.Envelope)
				} else {
					*m.Proof = letter.Proof(k.Thread, m.Mailbox, m.Envelope)
				}
			}, map[bool]string{true: "not genuine", false: "not signed"}[kind == letter.KindCopy]},
		} {
			m := c.meta(kind)
			m.Mailbox = k.Mailbox()
			id := m.Envelope
			m.Proof = new(letter.Proof(k.Thread, m.Mailbox, id))
			if kind == letter.KindCopy {
				m.Author, m.Proof = k.Author, new(k.CopyProof(m.Mailbox, id))
			} else {
				m.Signature = new(letter.SignReply(desk, m.Mailbox, id))
			}
			test.change(&m)
			message, _ := c.room(&m)
			var sealed bytes.Buffer
			w, err := envelope.Seal(&sealed, []string{k.Reply.Recipient()})
			if err == nil {
				err = writeLetter(w, m, message, contents{})
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				p.t.Fatal(err)
			}
			public := desk.Public()
			var got string
			p.must(request{Op: "answered", Words: name.String(), Bytes: sealed.Bytes(), Text: hex.EncodeToString(id[:]), Keys: []string{hex.EncodeToString(public[:])}}, &got)
			if got != test.want {
				p.t.Errorf("the page takes a %s for %q, want %q", kind, got, test.want)
			}
		}
	}
}
