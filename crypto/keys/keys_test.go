package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
)

// HKDF of 32 bytes is two HMACs (RFC 5869): worked here by hand.
func TestDerive(t *testing.T) {
	mac := func(key []byte, data string) []byte {
		h := hmac.New(sha256.New, key)
		io.WriteString(h, data)
		return h.Sum(nil)
	}
	ikm := []byte("0123456789abcdef")
	extracted := mac(make([]byte, 32), string(ikm))
	for _, c := range []struct {
		label   string
		context []byte
		info    string
	}{
		{"card key", nil, "transom/v1 card key"},
		{"withdraw", []byte("id"), "transom/v1 withdraw\x00id"},
		{"withdraw", []byte{}, "transom/v1 withdraw\x00"},
	} {
		want := mac(extracted, c.info+"\x01")
		if got := keys.Derive(ikm, c.label, c.context); !bytes.Equal(got[:], want) {
			t.Errorf("%q %q: %x, want %x", c.label, c.context, got, want)
		}
	}
}

func TestMAC(t *testing.T) {
	key := [32]byte{1}
	h := hmac.New(sha256.New, key[:])
	io.WriteString(h, "transom/v1 proof\x00mailbox")
	if got := keys.MAC(key, "proof", []byte("mail"), []byte("box")); !bytes.Equal(got[:], h.Sum(nil)) {
		t.Errorf("%x: not of the label, a zero byte and the parts", got)
	}
}

func TestRoot(t *testing.T) {
	root := keys.NewRoot()
	again := keys.RootFromSeed(root.Seed())
	if again.Public() != root.Public() || again.Mailbox() != root.Mailbox() {
		t.Error("the seed makes another key")
	}
	if keys.NewRoot().Public() == root.Public() {
		t.Error("two new keys are equal")
	}
	public := root.Public()
	hash := sha256.Sum256(append([]byte("transom/v1 mailbox\x00"), public[:]...))
	if root.Mailbox() != [16]byte(hash[:16]) || keys.MailboxID(public[:]) != root.Mailbox() {
		t.Error("the mailbox ID is not the hash of the key")
	}

	sig := root.Sign("card", []byte("mail"), []byte("box"))
	if !ed25519.Verify(public[:], []byte("transom/v1 card\x00mailbox"), sig) {
		t.Error("what is signed is not the label, a zero byte and the parts")
	}
	other := keys.NewRoot().Public()
	for name, ok := range map[string]bool{
		"another label":   keys.Verify(public[:], "reply", sig, []byte("mailbox")),
		"another text":    keys.Verify(public[:], "card", sig, []byte("mailboy")),
		"another key":     keys.Verify(other[:], "card", sig, []byte("mailbox")),
		"short signature": keys.Verify(public[:], "card", sig[:63], []byte("mailbox")),
		"no signature":    keys.Verify(public[:], "card", nil, []byte("mailbox")),
		"short key":       keys.Verify(public[:31], "card", sig, []byte("mailbox")),
		"no key":          keys.Verify(nil, "card", sig, []byte("mailbox")),
	} {
		if ok {
			t.Errorf("%s: verifies", name)
		}
	}
	if !keys.Verify(public[:], "card", sig, []byte("mailbox")) {
		t.Error("does not verify")
	}
}

// TestSecretsAreNotFormatted formats what holds a secret in every way in which
// a log, an error or a failing test would.
func TestSecretsAreNotFormatted(t *testing.T) {
	var fill [32]byte
	for i := range fill {
		fill[i] = 0xe7
	}
	root := keys.RootFromSeed(fill)
	for _, v := range []any{root, *root, struct{ R *keys.Root }{root}, []*keys.Root{root}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			text := strings.ToLower(fmt.Sprintf(format, v))
			for _, spelling := range []string{"231 231", "0xe7", "e7e7", "secret-key", `\xe7`} {
				if strings.Contains(text, spelling) {
					t.Errorf("%s of a %T: %s", format, v, text)
				}
			}
		}
	}
}
