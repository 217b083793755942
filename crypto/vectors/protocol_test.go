package vectors_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/vectors"
)

// The worked bytes in the specification are those of the vectors: who
// implements from the page would otherwise chase a typing error of ours.
func TestWorkedBytes(t *testing.T) {
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	stands := func(what, text string) {
		t.Helper()
		if text == "" || !strings.Contains(string(page), text) {
			t.Errorf("%s (%.80s) is not in docs/protocol.md", what, text)
		}
	}
	l, root, card := find(t, "link", "ok-https"), find(t, "kdf", "ok-root"), find(t, "kdf", "ok-card-key")
	stands("the link", string(l.Body))
	stands("the link secret", l.Text("secret"))
	for _, key := range []string{"seed", "public", "mailbox"} {
		stands("the root's "+key, root.Text(key))
	}
	id := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(root.Bytes("mailbox")))
	stands("the mailbox in a URL", id)
	stands("the card key's seed", card.Text("seed"))
	stands("the card key", card.Text("identity"))

	sealed := find(t, "card", "ok-minimal")
	signature, body := unseal(t, sealed.Body, envelope.SealingSeed(card.Bytes("seed")))
	stands("the card's signature", hex.EncodeToString(signature))
	stands("the card's size", fmt.Sprintf("Signed and sealed they are %d,%03d bytes", len(sealed.Body)/1000, len(sealed.Body)%1000))
	stands("the body's size", fmt.Sprintf("%d,%03d bytes)", len(body)/1000, len(body)%1000))
	unbroken := strings.ReplaceAll(string(page), "\n     ", "")
	head, rest, _ := strings.Cut(string(body), "age1pq1")
	_, tail, _ := strings.Cut(rest, `"`)
	if !strings.Contains(unbroken, head) || !strings.Contains(unbroken, tail) {
		t.Error("the card's body is not in docs/protocol.md")
	}

	text, meta := letterJSON(t, "ok-minimal")
	stands("letter.json", text)
	where := meta.Envelope
	stands("the envelope in a URL", strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(where[:])))

	put := find(t, "request", "ok-put-card")
	stands("the Authorization line", string(put.Body))
	stands("what is signed", "    "+strings.Join([]string{put.Text("method"), put.Text("origin"), put.Text("target"), put.Text("time"),
		base64.RawURLEncoding.EncodeToString(put.Bytes("body-sha256")), put.Text("if-match")}, "\n    "))

	size := len(find(t, "envelope", "ok-letter").Body)
	stands("the envelope's size", fmt.Sprintf("%d,%03d in all", size/1000, size%1000))
}

// The same of the codename and of the letters of its thread.
func TestWorkedThread(t *testing.T) {
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	name := find(t, "codename", "ok-worked")
	for _, key := range []string{"words", "entropy", "reply-root", "mailbox", "thread", "author", "envelope", "withdraw", "copy-proof"} {
		if value := name.Text(key); !strings.Contains(string(page), " "+value+"\n") && !strings.Contains(string(page), value+", for which") {
			t.Errorf("the codename's %s (%s) is not in docs/protocol.md", key, value)
		}
	}
	replyKey := name.Text("reply-key")
	unbroken := strings.ReplaceAll(string(page), "\n     ", "")
	for _, kind := range []string{"first", "copy", "receipt", "reply", "next", "note"} {
		text, meta := letterJSON(t, "ok-thread-"+kind)
		before, after, found := strings.Cut(text, replyKey)
		if !strings.Contains(unbroken, before) || !strings.Contains(unbroken, after) || found != (kind == "first") {
			t.Errorf("letter.json of the %s is not in docs/protocol.md", kind)
		}
		if kind == "first" && meta.CheckReplyTo() != nil {
			t.Error("the worked first letter is not signed")
		}
	}
	if !strings.Contains(string(page), replyKey[:60]+"…\n") {
		t.Error("the beginning of the reply key is not in docs/protocol.md")
	}
}

// letterJSON returns letter.json of a vector, as it stands there and as it is read.
func letterJSON(t *testing.T, name string) (string, *letter.Meta) {
	t.Helper()
	lr := letter.NewReader(bytes.NewReader(find(t, "letter", name).Body))
	entry, err := lr.Next()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(entry)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), lr.Meta()
}

// unseal opens a card without asking whether it is a good one.
func unseal(t *testing.T, sealed []byte, seed envelope.SealingSeed) (signature, body []byte) {
	t.Helper()
	opened, err := envelope.Open(bytes.NewReader(sealed), seed.Identity())
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(opened)
	if err != nil || len(content) <= 64 {
		t.Fatalf("%d bytes, %v", len(content), err)
	}
	return content[:64], content[64:]
}

func find(t *testing.T, kind, name string) *vectors.Vector {
	t.Helper()
	all, err := vectors.Load(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("there is no vector %s/%s", kind, name)
	return nil
}
