package vectors_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/vectors"
)

func TestCodename(t *testing.T) {
	categories := map[string]error{"word": codename.ErrWord, "count": codename.ErrCount, "checksum": codename.ErrChecksum}
	run(t, "codename", categories, func(t *testing.T, v *vectors.Vector) error {
		c, err := codename.Parse(string(v.Body))
		if wrong := (*codename.WordError)(nil); errors.As(err, &wrong) {
			equal(t, "the position", int64(wrong.Position), v.Int("position"))
			equal(t, "the token", wrong.Untrusted, v.Text("token"))
			equal(t, "the suggestions", strings.Join(wrong.Suggestions, " "), strings.Join(v.All("suggestion"), " "))
		}
		if err != nil {
			return err
		}
		entropy, words := c.Entropy(), c.Words()
		equal(t, "the words", c.String(), v.Text("words"))
		equal(t, "the words, one by one", strings.Join(words[:], " "), v.Text("words"))
		equal(t, "the entropy", hex.EncodeToString(entropy[:]), v.Text("entropy"))
		equal(t, "the codename of the entropy", codename.FromEntropy(entropy).String(), v.Text("words"))
		k := c.Keys()
		mailbox, root, envelope := k.Mailbox(), k.Root.Public(), [16]byte(v.Bytes("envelope"))
		withdraw, proof := k.Withdraw(envelope), k.CopyProof(mailbox, envelope)
		equal(t, "the mailbox", hex.EncodeToString(mailbox[:]), v.Text("mailbox"))
		equal(t, "the root", hex.EncodeToString(root[:]), v.Text("reply-root"))
		equal(t, "the key", k.Reply.Recipient(), v.Text("reply-key"))
		equal(t, "the thread key", hex.EncodeToString(k.Thread[:]), v.Text("thread"))
		equal(t, "the author", hex.EncodeToString(k.Author[:]), v.Text("author"))
		equal(t, "the withdraw secret", hex.EncodeToString(withdraw[:]), v.Text("withdraw"))
		equal(t, "the copy's proof", hex.EncodeToString(proof[:]), v.Text("copy-proof"))
		return nil
	})
}

// checkMeta compares letter.json with the vector's header, line by line.
func checkMeta(t *testing.T, v *vectors.Vector, m *letter.Meta) {
	t.Helper()
	kind := "first"
	if v.Has("kind") {
		kind = v.Text("kind")
	}
	equal(t, "kind", m.Kind, kind)
	equal(t, "author", hex.EncodeToString(m.Author[:]), v.Text("author"))
	equal(t, "seq", m.Seq, v.Int("seq"))
	var seen, beyond, answers []string
	for author, seq := range m.Seen {
		seen = append(seen, fmt.Sprintf("%x %d", author, seq))
	}
	for author, seqs := range m.Beyond {
		beyond = append(beyond, fmt.Sprintf("%x %s", author, joined(seqs)))
	}
	for id, answer := range m.Answers {
		answers = append(answers, fmt.Sprintf("%x %d %x", id, len(answer), sha256.Sum256([]byte(answer))))
	}
	for key, got := range map[string][]string{"seen": seen, "beyond": beyond, "answer": answers} {
		slices.Sort(got)
		equal(t, key, strings.Join(got, "\n"), strings.Join(slices.Sorted(slices.Values(v.All(key))), "\n"))
	}
	r := m.Reply
	if equal(t, "whether replies are wanted", r != nil, v.Has("reply-root")); r != nil {
		equal(t, "reply's root", hex.EncodeToString(r.Root[:]), v.Text("reply-root"))
		equal(t, "reply's key", r.Key, v.Text("reply-key"))
		equal(t, "reply's thread key", hex.EncodeToString(r.Thread[:]), v.Text("reply-thread"))
		equal(t, "reply's signature", hex.EncodeToString(r.Signature[:]), v.Text("reply-signature"))
	}
	if equal(t, "whether there is a proof", m.Proof != nil, v.Has("proof")); m.Proof != nil {
		equal(t, "the proof", hex.EncodeToString(m.Proof[:]), v.Text("proof"))
	}
	if equal(t, "whether there is a signature", m.Signature != nil, v.Has("signature")); m.Signature != nil {
		equal(t, "the signature", hex.EncodeToString(m.Signature[:]), v.Text("signature"))
	}
	equal(t, "closed", m.Closed, v.Text("closed") == "yes")
	if equal(t, "whether it is a copy", m.Copy != nil, v.Has("copy-link")); m.Copy != nil {
		checkCopy(t, v, m.Copy)
	}
}

func checkCopy(t *testing.T, v *vectors.Vector, c *letter.Copy) {
	t.Helper()
	equal(t, "the copy's link", c.Link, v.Text("copy-link"))
	equal(t, "the copy's origin", c.Origin, v.Text("copy-origin"))
	equal(t, "the copy's kind", c.Kind, v.Text("copy-kind"))
	if equal(t, "whether it is of a letter", c.Sent != nil, v.Has("copy-sent")); c.Sent != nil {
		equal(t, "the letter that was sent", hex.EncodeToString(c.Sent[:]), v.Text("copy-sent"))
	}
	var files, deleted []string
	for _, f := range c.Files {
		files = append(files, fmt.Sprintf("%d %s", f.Size, f.Name))
	}
	for _, d := range c.Deleted {
		deleted = append(deleted, fmt.Sprintf("%x %d", d.Author, d.Seq))
	}
	equal(t, "the copy's files", strings.Join(files, "\n"), strings.Join(v.All("copy-file"), "\n"))
	equal(t, "what was deleted", strings.Join(deleted, "\n"), strings.Join(v.All("copy-deleted"), "\n"))
}

func joined(numbers []int64) string { return strings.Trim(fmt.Sprint(numbers), "[]") }

// TestProof checks who can have written a letter: the place first, then what
// the vector is about.
func TestProof(t *testing.T) {
	categories := map[string]error{"elsewhere": letter.ErrElsewhere, "proof": letter.ErrProof, "signature": letter.ErrSignature}
	run(t, "proof", categories, func(t *testing.T, v *vectors.Vector) error {
		got, err := readLetter(bytes.NewReader(v.Body))
		if err != nil || got.bare {
			t.Fatalf("the letter itself is refused: %v", err)
		}
		m, what := got.meta, v.Text("what")
		mailbox, envelope := [16]byte(v.Bytes("mailbox")), [16]byte(v.Bytes("envelope"))
		var check func() error
		switch what {
		case "reply-to":
			check = m.CheckReplyTo
		case "thread":
			thread := [32]byte(v.Bytes("thread"))
			check = func() error { return m.CheckProof(thread) }
		case "desk":
			var desks [][32]byte
			for _, text := range v.All("desk") {
				desk, err := hex.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				desks = append(desks, [32]byte(desk))
			}
			check = func() error { return m.CheckSignature(desks) }
		case "copy":
			proof := codename.FromEntropy([16]byte(v.Bytes("entropy"))).Keys().CopyProof(mailbox, envelope)
			check = func() error { return m.CheckCopy(proof) }
		default:
			t.Fatalf("unknown %q", what)
		}
		if err := m.CheckPlace(mailbox, envelope); err != nil {
			return err
		}
		return check()
	})
}

// said is a letter in the body of a vector of reading order.
type said struct {
	Kind   string             `json:"kind"`
	Author string             `json:"author"`
	Seq    int64              `json:"seq"`
	Seen   map[string]int64   `json:"seen"`
	Beyond map[string][]int64 `json:"beyond"`
	Day    int                `json:"day"`
}

func (s said) meta(t *testing.T) *letter.Meta {
	author := func(text string) [8]byte {
		id, err := base64.RawURLEncoding.Strict().DecodeString(text)
		if err != nil || len(id) != 8 {
			t.Fatalf("%q is no author", text)
		}
		return [8]byte(id)
	}
	m := &letter.Meta{Kind: s.Kind, Author: author(s.Author), Seq: s.Seq, Seen: map[[8]byte]int64{}, Beyond: map[[8]byte][]int64{}}
	for who, seq := range s.Seen {
		m.Seen[author(who)] = seq
	}
	for who, seqs := range s.Beyond {
		m.Beyond[author(who)] = seqs
	}
	return m
}

func TestOrder(t *testing.T) {
	run(t, "order", nil, func(t *testing.T, v *vectors.Vector) error {
		var body struct {
			Letters []said
			Seqs    []int64
			Highest int64
		}
		d := json.NewDecoder(bytes.NewReader(v.Body))
		d.DisallowUnknownFields()
		if err := d.Decode(&body); err != nil {
			t.Fatal(err)
		}
		switch what := v.Text("what"); what {
		case "order":
			var letters []*letter.Meta
			var days []int
			for _, s := range body.Letters {
				letters, days = append(letters, s.meta(t)), append(days, s.Day)
			}
			order := letter.Order(letters, days)
			equal(t, "the order", strings.Trim(fmt.Sprint(order), "[]"), v.Text("order"))
		case "summary":
			upTo, beyond := letter.Summary(body.Seqs)
			equal(t, "up to", upTo, v.Int("up-to"))
			equal(t, "beyond", joined(beyond), v.Text("beyond"))
		case "missing":
			equal(t, "missing", joined(letter.Missing(body.Seqs, body.Highest)), v.Text("missing"))
		default:
			t.Fatalf("unknown %q", what)
		}
		return nil
	})
}
