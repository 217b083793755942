package main

import (
	"fmt"
	"slices"
)

// The letters of a thread: the worked one, under the worked codename.

var (
	threadMailbox = workedCodename.mailbox() // where replies go
	deskRoot      = newRoot("worked desk")
	deskAuthor    = random("worked desk author", 8)
)

// threadEnvelope is the ID under which the worked letter of a kind is stored.
func threadEnvelope(kind string) [16]byte { return random16("worked envelope of " + kind) }

// threadPlace is where the letters of a kind are stored.
func threadPlace(kind string) (mailbox, envelope [16]byte) {
	switch kind {
	case "first", "next", "closing":
		return letterMailbox, threadEnvelope(kind)
	}
	return threadMailbox, threadEnvelope(kind)
}

// metaOrder is the order in which writers have the keys of letter.json.
var metaOrder = []string{"version", "kind", "mailbox", "envelope", "author", "seq", "seen", "beyond", "answers", "reply", "proof", "signature", "copy", "closed"}

// put returns a copy in which a member of letter.json has this value, in its place.
func put(c cardText, name, value string) cardText {
	c = c.with(name, value)
	slices.SortStableFunc(c, func(a, b [2]string) int {
		return slices.Index(metaOrder, a[0]) - slices.Index(metaOrder, b[0])
	})
	return c
}

// reply is what a first letter says about where replies go.
type reply struct {
	root      []byte
	key       string
	thread    []byte
	signature []byte
}

func (r reply) text() cardText {
	return cardText{
		{"root", quote(b64u(r.root))}, {"key", quote(r.key)},
		{"thread", quote(b64u(r.thread))}, {"signature", quote(b64u(r.signature))},
	}
}

// replyTo is that of a codename, signed for a place.
func replyTo(c codename, mailbox, envelope [16]byte) reply {
	r := reply{root: c.root().public(), key: c.key().recipient(), thread: c.thread()}
	r.signature = c.root().sign("thread", mailbox[:], envelope[:], sha([]byte(r.key)), sha(r.thread))
	return r
}

func seen(author []byte, seq int) string { return fmt.Sprintf(`{"%s":%d}`, b64u(author), seq) }

// newCopy is what the copy of the worked first letter says about it; without
// sent and kind it is a note's.
func newCopy() cardText {
	sent := threadEnvelope("first")
	return cardText{
		{"link", quote(linkCode(workedSecret, workedRoot.mailbox()))},
		{"origin", quote("https://drop.example.org")},
		{"sent", quote(b64u(sent[:]))},
		{"kind", quote("first")},
		{"files", `[{"name":"minutes.pdf","size":48213}]`},
		{"deleted", "[]"},
	}
}

func newNote() cardText {
	return newCopy().without("sent").without("kind").with("files", "[]").with("deleted", fmt.Sprintf(`[{"author":"%s","seq":1}]`, b64u(deskAuthor)))
}

// threadMeta is letter.json of the worked letter of a kind. Besides the kinds
// that there are it knows a note, a receipt that closes and a letter that does.
func threadMeta(kind string) cardText {
	mailbox, envelope := threadPlace(kind)
	name := map[string]string{"note": "copy", "closed": "receipt", "closing": "next"}[kind]
	if name == "" {
		name = kind
	}
	author, seq, has := workedCodename.author(), 1, "{}"
	switch kind {
	case "next", "closing":
		seq, has = 2, seen(deskAuthor, 1)
	case "reply", "receipt", "closed":
		author, has = deskAuthor, seen(workedCodename.author(), 1)
		if kind != "reply" {
			seq = 0
		}
	}
	c := cardText{
		{"version", "1"}, {"kind", quote(name)},
		{"mailbox", quote(b64u(mailbox[:]))}, {"envelope", quote(b64u(envelope[:]))},
		{"author", quote(b64u(author))}, {"seq", fmt.Sprint(seq)}, {"seen", has},
	}
	proof := proofOf(workedCodename.thread(), "proof", mailbox[:], envelope[:])
	switch name {
	case "first":
		return put(c, "reply", replyTo(workedCodename, mailbox, envelope).text().body())
	case "reply", "receipt":
		c = put(c, "signature", quote(b64u(deskRoot.sign("reply", mailbox[:], envelope[:]))))
	case "copy":
		proof = workedCodename.copyProof(mailbox, envelope)
		text := newCopy()
		if kind == "note" {
			text = newNote()
		}
		c = put(c, "copy", text.body())
	}
	if kind == "closed" || kind == "closing" {
		c = put(c, "closed", "true")
	}
	return put(c, "proof", quote(b64u(proof)))
}

// threadMessage is what the worked letter of a kind says.
func threadMessage(kind string) string {
	switch kind {
	case "next":
		return "Here is the second part.\n"
	case "reply":
		return "Thank you. Can you tell us more?\n"
	case "receipt", "closed", "closing", "note":
		return ""
	}
	return hello
}

// threadLetter adds a letter of a thread. expected are the keys, besides those
// that every letter has, of one that is to be accepted.
func threadLetter(s *set, name, expect, comment, kind string, meta cardText, message string, expected []string, files ...file) {
	mailbox, envelope := threadPlace(kind)
	fields := []string{"mailbox", hexOf(mailbox[:]), "envelope", hexOf(envelope[:])}
	if expect == "ok" {
		fields = append(fields, "bare", "no")
		fields = append(fields, expected...)
		fields = append(fields, "message", sizeAndHash([]byte(message)))
		for _, f := range files {
			fields = append(fields, "file", sizeAndHash(f.data)+" "+safeName(f.name))
		}
	}
	s.add("letter", name, expect, comment, pad(archive(letterEntries(meta.body(), message, files...)...)), fields...).compress = true
}

// threadFields says how the worked letter of a kind is to be read, less what the
// vector at hand changes.
func threadFields(kind string, less ...string) []string {
	mailbox, envelope := threadPlace(kind)
	sender, desk := hexOf(workedCodename.author()), hexOf(deskAuthor)
	proof := hexOf(proofOf(workedCodename.thread(), "proof", mailbox[:], envelope[:]))
	signature := hexOf(deskRoot.sign("reply", mailbox[:], envelope[:]))
	code, sent := linkCode(workedSecret, workedRoot.mailbox()), threadEnvelope("first")
	r := replyTo(workedCodename, mailbox, envelope)
	fields := map[string][]string{
		"first": {"kind", "first", "author", sender, "seq", "1", "reply-root", hexOf(r.root), "reply-key", r.key,
			"reply-thread", hexOf(r.thread), "reply-signature", hexOf(r.signature)},
		"next":    {"kind", "next", "author", sender, "seq", "2", "seen", desk + " 1", "proof", proof},
		"closing": {"kind", "next", "author", sender, "seq", "2", "seen", desk + " 1", "proof", proof, "closed", "yes"},
		"reply":   {"kind", "reply", "author", desk, "seq", "1", "seen", sender + " 1", "proof", proof, "signature", signature},
		"receipt": {"kind", "receipt", "author", desk, "seq", "0", "seen", sender + " 1", "proof", proof, "signature", signature},
		"closed":  {"kind", "receipt", "author", desk, "seq", "0", "seen", sender + " 1", "proof", proof, "signature", signature, "closed", "yes"},
		"copy": {"kind", "copy", "author", sender, "seq", "1", "proof", hexOf(workedCodename.copyProof(mailbox, envelope)),
			"copy-link", code, "copy-origin", "https://drop.example.org", "copy-sent", hexOf(sent[:]), "copy-kind", "first", "copy-file", "48213 minutes.pdf"},
		"note": {"kind", "copy", "author", sender, "seq", "1", "proof", hexOf(workedCodename.copyProof(mailbox, envelope)),
			"copy-link", code, "copy-origin", "https://drop.example.org", "copy-deleted", desk + " 1"},
	}[kind]
	var kept []string
	for i := 0; i < len(fields); i += 2 {
		if !slices.Contains(less, fields[i]) {
			kept = append(kept, fields[i:i+2]...)
		}
	}
	return kept
}
