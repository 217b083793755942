package ui_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
)

// replyKey is any key that replies can be sealed to.
var replyKey = envelope.NewSealingSeed().Recipient()

// meta returns a letter.json of one of these kinds, or of any, with anything in
// it that the kind may have.
func (c *chance) meta(kinds ...string) letter.Meta {
	if len(kinds) == 0 {
		kinds = []string{letter.KindFirst, letter.KindNext, letter.KindReply, letter.KindReceipt, letter.KindCopy}
	}
	m := letter.Meta{Kind: pick(c, kinds...), Mailbox: [16]byte(c.bytes(16)), Envelope: [16]byte(c.bytes(16)),
		Author: [8]byte(c.bytes(8)), Seq: 1 + c.Int64N(1<<53-1), Seen: map[[8]byte]int64{}}
	for range c.IntN(3) {
		m.Seen[[8]byte(c.bytes(8))] = c.Int64N(1 << 53)
	}
	for range c.IntN(3) {
		if m.Beyond == nil {
			m.Beyond = map[[8]byte][]int64{}
		}
		author, upTo := [8]byte(c.bytes(8)), c.Int64N(1<<52)
		m.Seen[author], m.Beyond[author] = upTo, []int64{upTo + 2, upTo + 3 + c.Int64N(9)}
	}
	if m.Kind != letter.KindFirst {
		m.Proof = new([32]byte(c.bytes(32)))
	}
	switch m.Kind {
	case letter.KindFirst:
		if c.IntN(2) == 0 {
			m.Reply = &letter.ReplyTo{Root: [32]byte(c.bytes(32)), Key: replyKey, Thread: [32]byte(c.bytes(32)), Signature: [64]byte(c.bytes(64))}
		}
	case letter.KindReply, letter.KindReceipt:
		m.Signature = new([64]byte(c.bytes(64)))
	case letter.KindCopy:
		m.Copy = c.copy()
	}
	if m.Kind == letter.KindFirst || m.Kind == letter.KindNext || m.Kind == letter.KindCopy {
		m.Answers = c.answers()
	}
	m.Closed = (m.Kind == letter.KindNext || m.Kind == letter.KindReceipt) && c.IntN(3) == 0
	return m
}

func (c *chance) copy() *letter.Copy {
	code := link.Code{Secret: link.Secret(c.bytes(16)), Mailbox: [16]byte(c.bytes(16))}
	made := &letter.Copy{Link: code.String(), Origin: pick(c, "https://drop.example.org", "http://127.0.0.1:8080", "http://x.onion")}
	if c.IntN(3) > 0 {
		made.Sent, made.Kind = new([16]byte(c.bytes(16))), pick(c, letter.KindFirst, letter.KindNext)
	}
	for range c.IntN(3) {
		made.Files = append(made.Files, letter.FileInfo{Name: letter.SafeName(c.text(20)), Size: c.Int64N(1 << 53)})
		made.Deleted = append(made.Deleted, letter.Ref{Author: [8]byte(c.bytes(8)), Seq: 1 + c.Int64N(1<<53-1)})
	}
	return made
}

// answers returns answers to questions with IDs that a JavaScript object would
// make something else of.
func (c *chance) answers() map[string]string {
	var answers map[string]string
	for range c.IntN(4) {
		if answers == nil {
			answers = map[string]string{}
		}
		text := strings.ReplaceAll(c.text(60), "\x00", "")
		answers[pick(c, "q1", "__proto__", "constructor", "10", "9", "é\u2028", `"\`)] = text + "."
	}
	return answers
}

// room returns a message and how many files may stand in a letter with this
// letter.json.
func (c *chance) room(m *letter.Meta) (message string, mostFiles int) {
	note := m.Copy != nil && m.Copy.Sent == nil
	switch {
	case m.Kind == letter.KindReceipt || m.Closed || note:
		return "", 0
	case m.Kind == letter.KindCopy:
		return c.text(500), 0
	}
	return c.text(500), 4
}

// letterJSON returns letter.json as it stands in a letter.
func letterJSON(t *testing.T, m letter.Meta) string {
	t.Helper()
	var tar bytes.Buffer
	if err := letter.NewWriter(&tar).Meta(m); err != nil {
		t.Fatal(err)
	}
	data := tar.String()[512:]
	return strings.TrimRight(data, "\x00")
}

// anyJSON reads a text so that it can be compared by values. "" is nothing.
func anyJSON(t *testing.T, text string) (value any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); text != "" && err != nil {
		t.Fatalf("couldn't read %.200q: %v", text, err)
	}
	return value
}
