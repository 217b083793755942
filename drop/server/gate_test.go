package server_test

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

// TestNotSealed leaves what people leave by mistake. Each is refused with the
// same words, and nothing of it is kept.
func TestNotSealed(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.MaxEnvelope = 16 << 20 })
	r.publish()
	good := droptest.Envelope(droptest.Smallest)
	header := good[:bytes.Index(good, []byte("--- "))]
	noise := make([]byte, 40<<10)
	rand.Read(noise)
	for name, body := range map[string][]byte{
		"nothing":                nil,
		"one byte":               {'a'},
		"plain text":             []byte(strings.Repeat("They are lying about the dam. ", 2000)),
		"a PDF":                  append([]byte("%PDF-1.7\n"), noise...),
		"a tar of zeros":         make([]byte, 32<<10),
		"noise":                  noise,
		"armored":                []byte("-----BEGIN AGE ENCRYPTED FILE-----\n" + strings.Repeat("YWdl\n", 9000)),
		"age v2":                 bytes.Replace(good, []byte("org/v1"), []byte("org/v2"), 1),
		"scrypt":                 droptest.File(32<<10, "-> scrypt 7s8MBYkUdUWNb1N2lNVUWQ 18\n"+strings.SplitN(droptest.Stanza("x", 0, 32), "\n", 2)[1]),
		"SSH":                    droptest.File(32<<10, droptest.Stanza("ssh-ed25519", 4, 32)),
		"X25519":                 droptest.File(32<<10, droptest.Stanza("X25519", 32, 32)),
		"mixed":                  droptest.File(32<<10, droptest.HybridStanza(), droptest.Stanza("X25519", 32, 32)),
		"mixed, the other way":   droptest.File(32<<10, droptest.Stanza("X25519", 32, 32), droptest.HybridStanza()),
		"grease":                 droptest.File(32<<10, droptest.HybridStanza(), droptest.Stanza("x-grease", 4, 32)),
		"no stanza":              droptest.File(32 << 10),
		"33 stanzas":             droptest.File(32<<10, slices.Repeat([]string{droptest.HybridStanza()}, 33)...),
		"a truncated header":     header,
		"a header, then nothing": good[:bytes.Index(good, []byte("--- "))+48],
		"a header of 10 MB":      append(append([]byte("age-encryption.org/v1\n-> mlkem768x25519 "), bytes.Repeat([]byte("A"), 10<<20)...), good...),
		"a 10 MB header of lines": append(append([]byte("age-encryption.org/v1\n-> mlkem768x25519 AAAA\n"),
			bytes.Repeat([]byte(strings.Repeat("A", 64)+"\n"), 10<<20/65)...), good...),
		"unpadded":         droptest.Envelope(32<<10 + 1),
		"too small":        droptest.Envelope(32<<10 - 1),
		"one byte short":   good[:len(good)-1],
		"one byte longer":  append(slices.Clone(good), 0),
		"a sealed card":    droptest.Card(),
		"not base64":       bytes.Replace(good, []byte("-> mlkem768x25519 "), []byte("-> mlkem768x25519 *"), 1),
		"carriage returns": bytes.Replace(good, []byte("v1\n"), []byte("v1\r\n"), 1),
	} {
		l := newLetter()
		l.body = body
		r.deposit(l).want(t, name, 422, saysNotSealed)
	}
	if got := r.ids(); len(got) != 0 {
		t.Errorf("%d of them were kept", len(got))
	}
}

func TestSealedSizes(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.MaxEnvelope = 16 << 20 })
	r.publish()
	for _, size := range []int{32 << 10, 34 << 10, 64 << 10, 66 << 10, 1 << 20, 1<<20 + 32<<10, 2 << 20, 15 << 20} {
		l := newLetter()
		l.body = droptest.Envelope(size)
		r.deposit(l).want(t, "a letter of this size", 201, saysDeposited)
		got := r.asOwner("GET", r.path(l.id), nil)
		got.want(t, "the same letter", 200, string(l.body))
	}
	team := newLetter()
	team.body = droptest.File(32<<10, slices.Repeat([]string{droptest.HybridStanza()}, 32)...)
	r.deposit(team).want(t, "a letter to a team of 32", 201, saysDeposited)
}

func TestClassic(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Classic = true })
	r.publish()
	classic, mixed := newLetter(), newLetter()
	classic.body = droptest.File(32<<10, droptest.Stanza("X25519", 32, 32), droptest.Stanza("X25519", 32, 32))
	mixed.body = droptest.File(32<<10, droptest.HybridStanza(), droptest.Stanza("X25519", 32, 32))
	r.deposit(classic).want(t, "X25519 where it is allowed", 201, saysDeposited)
	r.deposit(mixed).want(t, "mixed where both are allowed", 422, saysNotSealed)
}

// TestNotACard: the gate stands before cards too.
func TestNotACard(t *testing.T) {
	r := newRig(t, func(c *server.Config) { c.Classic = true })
	for name, body := range map[string][]byte{
		"nothing":     {},
		"plain JSON":  []byte(`{"version":1}`),
		"two stanzas": droptest.File(500, droptest.HybridStanza(), droptest.HybridStanza()),
		"X25519":      droptest.File(500, droptest.Stanza("X25519", 32, 32)),
		"no content":  droptest.File(64, droptest.HybridStanza()),
	} {
		r.asOwner("PUT", r.cardPath(), body).want(t, name, 422, saysNotSealed)
	}
	if _, _, err := r.store.Card(t.Context(), drop.MailboxID(r.mailbox)); err == nil {
		t.Error("one of them was kept")
	}
}
