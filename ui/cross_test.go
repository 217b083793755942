package ui_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
)

// TestCross holds the page and Go together over what nobody has chosen: each
// opens what the other seals, and both judge the same of what is broken.
func TestCross(t *testing.T) {
	script := bundle(t)
	// What is sealed is new in every run. What is broken is the same, so that no
	// chance decides whether a change passes; SEED tries others.
	live, fixed := uint64(time.Now().UnixNano()), uint64(1)
	if seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		live, fixed = seed, seed
	}
	t.Logf("SEED=%d", live)
	for _, test := range []struct {
		name string
		run  func(*page, *chance)
		// rounds is how often it is run: what seals is slow.
		rounds int
		seed   uint64
		// flags are node's. Tor Browser's "Safer" has neither a JIT nor WebAssembly.
		flags []string
	}{
		{"page seals and Go opens", pageSeals, 40, live, nil},
		{"page seals without WebAssembly", pageSeals, 3, live, []string{"--jitless"}},
		{"Go seals and page opens", goSeals, 40, live, nil},
		{"Go seals and page opens without WebAssembly", goSeals, 3, live, []string{"--jitless"}},
		{"threads", threads, 6, live, nil},
		{"threads without WebAssembly", threads, 1, live, []string{"--jitless"}},
		{"cards", cards, 15, live, nil},
		{"names", safeNames, 1000, fixed, nil},
		{"tar headers", headers, 1000, fixed, nil},
		{"padded sizes", paddedSizes, 1000, fixed, nil},
		{"letters changed", changedLetters, 1500, fixed, nil},
		{"bare letters", bareLetters, 1500, fixed, nil},
		{"envelopes changed", changedEnvelopes, 400, fixed, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, c := start(t, script, test.flags...), &chance{rand.New(rand.NewPCG(test.seed, 0))}
			for range test.rounds {
				test.run(p, c)
			}
		})
	}
}

// chance makes random inputs.
type chance struct{ *rand.Rand }

func (c *chance) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(c.Uint32())
	}
	return b
}

// text returns text of characters that matter, in valid UTF-8.
func (c *chance) text(longest int) string {
	var b strings.Builder
	for range c.IntN(longest + 1) {
		switch c.IntN(5) {
		case 0:
			b.WriteByte(byte(c.IntN(0x80)))
		case 1:
			b.WriteRune(rune(0x10000 + c.IntN(0x100000)))
		case 2:
			b.WriteString(pick(c, ".", "-", " ", "/", `\`, "\n", "\x00", "CON", ".txt", "\u202e", "\u200f", "\ufeff", "ä", "€"))
		case 3:
			b.WriteRune(rune(0xa0 + c.IntN(0xd000)))
		default:
			b.WriteByte(byte('a' + c.IntN(26)))
		}
	}
	return b.String()
}

func pick[T any](c *chance, items ...T) T { return items[c.IntN(len(items))] }

// fileSize is random, and often at an edge of what is counted in.
func (c *chance) fileSize() int {
	return max(0, pick(c, 0, 1, 512, 64<<10, 256<<10, c.IntN(5000))+c.IntN(3)-1)
}

// team returns one to three sealing keys.
func (c *chance) team() (seeds []envelope.SealingSeed, recipients []string) {
	for range 1 + c.IntN(3) {
		seed := envelope.NewSealingSeed()
		seeds, recipients = append(seeds, seed), append(recipients, seed.Recipient())
	}
	return seeds, recipients
}

func pageSeals(p *page, c *chance) {
	m := c.meta()
	message, most := c.room(&m)
	untrusted, files := []string{}, [][]byte{}
	for range c.IntN(most + 1) {
		untrusted, files = append(untrusted, c.text(pick(c, 3, 100, 300))), append(files, c.bytes(c.fileSize()))
	}
	seeds, recipients := c.team()
	var sealed struct {
		Bytes []byte   `json:"bytes"`
		Names []string `json:"names"`
	}
	p.must(request{Op: "seal", Keys: recipients, Meta: letterJSON(p.t, m), Text: message, Names: untrusted, Files: files}, &sealed)
	opened, err := envelope.Open(bytes.NewReader(sealed.Bytes), pick(c, seeds...).Identity())
	if err != nil {
		p.t.Fatal(err)
	}
	read, err := readLetter(p.t, opened)
	if err != nil {
		p.t.Fatalf("Go refuses the page's letter: %v", err)
	}
	if !slices.Equal(sealed.Names, letter.UniqueNames(untrusted)) {
		p.t.Errorf("names are %q, want %q", sealed.Names, letter.UniqueNames(untrusted))
	}
	compare(p.t, read, contents{Meta: letterJSON(p.t, m), Message: []byte(message), Names: sealed.Names, Files: files})
}

func goSeals(p *page, c *chance) {
	m := c.meta()
	message, most := c.room(&m)
	want := contents{Meta: letterJSON(p.t, m), Message: []byte(message)}
	for range c.IntN(most + 1) {
		want.Names, want.Files = append(want.Names, c.text(pick(c, 3, 100, 300))), append(want.Files, c.bytes(c.fileSize()))
	}
	want.Names = letter.UniqueNames(want.Names)
	seeds, recipients := c.team()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, recipients)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := writeLetter(w, m, message, want); err != nil {
		p.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	var read contents
	p.must(request{Op: "open", Keys: []string{pick(c, seeds...).String()}, Bytes: sealed.Bytes()}, &read)
	compare(p.t, read, want)
}

func writeLetter(w io.Writer, m letter.Meta, message string, files contents) error {
	lw := letter.NewWriter(w)
	err := lw.Meta(m)
	if err == nil {
		err = lw.Message(message)
	}
	for i, name := range files.Names {
		if err == nil {
			err = lw.File(name, int64(len(files.Files[i])), bytes.NewReader(files.Files[i]))
		}
	}
	if err == nil {
		err = lw.Close()
	}
	return err
}

// readLetter reads a letter as the page would describe it.
func readLetter(t *testing.T, r io.Reader) (contents, error) {
	lr := letter.NewReader(r)
	var read contents
	for {
		entry, err := lr.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			return contents{}, err
		}
		data, err := io.ReadAll(entry)
		if err != nil {
			return contents{}, err
		}
		switch entry.Kind {
		case letter.MessageEntry:
			read.Message = data
		case letter.FileEntry:
			read.Names = append(read.Names, string([]rune(entry.UntrustedName)))
			read.Files = append(read.Files, data)
		}
	}
	if m := lr.Meta(); m != nil {
		read.Meta = letterJSON(t, *m)
	}
	return read, nil
}

func compare(t *testing.T, got, want contents) {
	t.Helper()
	if g, w := anyJSON(t, got.Meta), anyJSON(t, want.Meta); !reflect.DeepEqual(g, w) {
		t.Errorf("letter.json says %v, want %v", g, w)
	}
	if !bytes.Equal(got.Message, want.Message) {
		t.Errorf("the message is %q, want %q", got.Message, want.Message)
	}
	if !slices.Equal(got.Names, want.Names) || !slices.EqualFunc(got.Files, want.Files, bytes.Equal) {
		t.Errorf("the files are %q, want %q, or differ in content", got.Names, want.Names)
	}
}

func cards(p *page, c *chance) {
	root, secret := keys.NewRoot(), link.NewSecret()
	today := 20_000 + c.IntN(1000)
	_, recipients := c.team()
	own := &card.Card{
		Seq: 1 + c.Int64N(1<<40), Published: today, Expires: today + c.IntN(90), Title: "Post <&> \u2028 " + pick(c, "é", "报", "x"),
		Intro: "a\n\"b\"\\ \u2029 </script>", Languages: []string{"en", "pt-BR"}, Desks: [][32]byte{[32]byte(c.bytes(32))},
		Questions: []card.Question{{ID: "q", Label: "How?", Kind: card.KindChoice, Choices: []string{"a", "b"}}},
		Epochs:    []card.Epoch{{Number: 7, From: today, Until: today, Keys: recipients}},
		Policy:    card.Policy{Files: true, Largest: 16 << 20}, Notices: []card.Notice{{Day: today, Text: "heard\n"}},
	}
	sealed, err := card.Seal(root, secret, own)
	if err != nil {
		p.t.Fatal(err)
	}
	var got struct {
		Title, Intro string
		Seq, Epoch   int64
		Keys         []string
	}
	code := link.Code{Secret: secret, Mailbox: root.Mailbox()}
	p.must(request{Op: "card", Text: code.String(), Bytes: sealed, Number: int64(today)}, &got)
	if got.Title != own.Title || got.Intro != own.Intro || got.Seq != own.Seq || got.Epoch != 7 || !slices.Equal(got.Keys, recipients) {
		p.t.Errorf("the page reads %+v", got)
	}
	if code := p.ask(request{Op: "card", Text: link.Code{Secret: secret}.String(), Bytes: sealed, Number: int64(today)}, nil); code != "card/root" {
		p.t.Errorf("another mailbox's card: %q", code)
	}
}
