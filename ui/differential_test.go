package ui_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
)

// TestDifferential writes inputs that are wrong in the ways in which parsers
// disagree - by the grammar of each format, not byte by byte - and has the page
// and Go judge them: the same category, or the same value. A card that opens here
// and not there is a drop that half of its senders cannot write to; one that says
// something else there is worse.
//
// TRANSOM_SEED repeats a run.
func TestDifferential(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("TRANSOM_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("TRANSOM_SEED=%d", seed)
	p := start(t, filepath.Join(filepath.Dir(bundle(t)), "differential.mjs"))
	for _, test := range []struct {
		name   string
		rounds int
		run    func(*differ)
	}{
		{"links", 4000, (*differ).link},
		{"names", 4000, (*differ).name},
		{"headers", 2500, (*differ).header},
		{"cards", 250, (*differ).card},
		{"letter.json", 4000, (*differ).letterJSON},
		{"codenames", 3000, (*differ).codename},
		{"order", 1500, (*differ).order},
		{"bare letters", 4000, (*differ).bare},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.t = t
			d := &differ{page: p, chance: &chance{rand.New(rand.NewPCG(seed, 1))}, verdicts: map[string]int{}}
			for range test.rounds {
				if test.run(d); t.Failed() {
					t.Fatalf("TRANSOM_SEED=%d", seed)
				}
			}
			t.Log(d.verdicts)
			if d.verdicts[""] == 0 || len(d.verdicts) < 2 && test.name != "names" && test.name != "order" {
				t.Error("all were judged alike: these inputs try nothing")
			}
		})
	}
}

// differ asks both sides.
type differ struct {
	page *page
	*chance
	verdicts map[string]int
}

// compare fails unless both sides refuse for the same reason or read the same.
func (d *differ) compare(r request, err error, value any, input string) {
	d.page.t.Helper()
	var got any
	code := d.page.ask(r, &got)
	want := category(err)
	d.verdicts[want]++
	_, code, _ = strings.Cut(code, "/")
	if code == "type" && want == "tar" {
		return // archive/tar reads the map of a sparse file first, and it can be broken
	}
	if code != want {
		d.page.t.Errorf("the page says %q, Go says %q (%v) of\n%q", code, want, err, input)
		return
	}
	if err != nil {
		return
	}
	// Both through JSON, so that a difference is one of values.
	text, jsonErr := json.Marshal(value)
	var wanted any
	if jsonErr != nil || json.Unmarshal(text, &wanted) != nil {
		d.page.t.Fatal("what Go read is no JSON")
	}
	if !reflect.DeepEqual(got, wanted) {
		d.page.t.Errorf("the page reads\n%v\nGo reads\n%v\nof\n%q", got, wanted, input)
	}
}

// category names an error as the page does.
func category(err error) string {
	if err == nil {
		return ""
	}
	for name, sentinel := range map[string]error{
		"checksum": link.ErrChecksum, "prefix": link.ErrPrefix, "length": link.ErrLength, "origin": link.ErrOrigin,
		"sealed": card.ErrSealed, "root": card.ErrRoot, "signature": card.ErrSignature, "format": card.ErrFormat,
		"count": codename.ErrCount, "header": gate.ErrHeader, "class": gate.ErrClass, "tar": letter.ErrTar, "type": letter.ErrType,
		"name": letter.ErrName, "duplicate": letter.ErrDuplicate, "order": letter.ErrOrder, "canonical": letter.ErrCanonical,
		"trailing": letter.ErrTrailing, "padding": letter.ErrPadding, "kind": letter.ErrKind, "limit": letter.ErrLimit,
	} {
		if errors.Is(err, sentinel) {
			return name
		}
	}
	switch {
	case errors.Is(err, codename.ErrChecksum):
		return "checksum"
	case errors.Is(err, link.ErrVersion), errors.Is(err, card.ErrVersion), errors.Is(err, letter.ErrVersion):
		return "version"
	case errors.Is(err, card.ErrJSON), errors.Is(err, letter.ErrJSON):
		return "json"
	}
	return err.Error()
}

// link leaves out what is no Punycode behind xn--: browsers refuse it, Go does
// not look, and neither finds a server under such a name.
func (d *differ) link() {
	code := link.Code{Secret: link.Secret(d.bytes(16)), Mailbox: [16]byte(d.bytes(16))}.String()
	host := pick(d.chance, "drop.example.org", "localhost", "a.localhost", "x.onion", "127.0.0.1", "127.1", "10.0.0.1", "0x7f.1", "1.2.3.4.5", "01.2.3.4",
		"256.0.0.1", "[::1]", "[::0001]", "[2001:db8::1]", "[::ffff:1.2.3.4]", "[::]", "[fe80::1%25a]", "a_b.example", "-a.example", "xn--bcher-kva.example",
		"bücher.example", "a..b", ".a", "a.", "1", "a.1", "a.0x", "a.1a", "EXAMPLE.org", "a%2eb", "user@a.example", "ﬀ.example", strings.Repeat("a.", 125)+"abc",
		strings.Repeat("a", 64)+".example")
	port := pick(d.chance, "", "", "", ":80", ":443", ":8080", ":0", ":65535", ":65536", ":", ":08", ":+1", ":1e3", ":٣")
	space := func() string {
		return pick(d.chance, "", "", "", " ", "\n", "\t", "\v", "\f", "\r\n", "\u0085", "\u00a0", "\ufeff", "\u2003", "\u2028", "\u3000", "\u180e", "\u200b", "\x00", "\u1680")
	}
	text := pick(d.chance, "http", "https", "HTTPS", "ws", "") + pick(d.chance, "://", "://", "://", ":", ":/", ":\\\\", "//") + host + port +
		pick(d.chance, "", "/", "/", "//", "/.", "/?", "?", "/a", "\\", "/%23") + pick(d.chance, "#", "#", "#", "", "##") + code
	text = space() + pick(d.chance, text, text, code, strings.ToUpper(code), mutate(d.chance, code)) + space()
	l, err := link.Parse(text)
	d.compare(request{Op: "link", Text: text}, err, l.String(), text)
}

func (d *differ) name() {
	name := d.text(pick(d.chance, 4, 12, 230))
	for range d.IntN(3) {
		name = pick(d.chance, "", " ", ".", "-") + pick(d.chance, "con", "NUL", "Lpt9", "COM¹", "conin$", "ﬀ", "K", "ſ", "ı", "İ") + pick(d.chance, "", " ", ".", ":", "\u0000") + name
	}
	d.compare(request{Op: "name", Text: name}, nil, letter.SafeName(name), name)
}

// header makes the header of an age file, and changes it.
func (d *differ) header() {
	b64 := func(n int) string { return base64.RawStdEncoding.EncodeToString(d.bytes(n)) }
	lines := []string{"age-encryption.org/v1"}
	class := pick(d.chance, "mlkem768x25519", "X25519")
	for range pick(d.chance, 0, 1, 1, 1, 2, 3, 31, 32, 33) {
		other := pick(d.chance, class, class, class, class, class, class, class, class, "ssh-ed25519", "scrypt", "X25519", "x-grease")
		lines = append(lines, "-> "+other+" "+b64(map[string]int{"mlkem768x25519": 1120}[other]+pick(d.chance, 32, 32, 32, 32, 32, 32, 31)*(1-map[string]int{"mlkem768x25519": 1}[other])),
			b64(pick(d.chance, 32, 32, 32, 32, 32, 32, 31, 48, 0)))
	}
	lines = append(lines, "--- "+b64(pick(d.chance, 32, 32, 32, 32, 32, 31)), "")
	for range d.IntN(3) {
		i := d.IntN(len(lines))
		at := d.IntN(len(lines[i]) + 1)
		lines[i] = lines[i][:at] + pick(d.chance, "", " ", "=", "\r", "\n", "\n-> X25519 ", "é", "\x00", "_", "A", "-> ", "--- ") + lines[i][min(len(lines[i]), at+d.IntN(3)):]
	}
	file := []byte(strings.Join(lines, "\n"))
	var header struct {
		Class  string
		Length int64
	}
	// The gate is the one who looks at headers without a key. It takes no header
	// for longer or shorter than the page does, or the size would not fit.
	code := d.page.ask(request{Op: "header", Bytes: file}, &header)
	_, err := gate.Read(bufio.NewReader(bytes.NewReader(file)), header.Length+16+32768+16, gate.Hybrid, gate.Classic)
	_, code, _ = strings.Cut(code, "/")
	d.verdicts[category(err)]++
	if code != "" {
		if want := category(err); code != want {
			d.page.t.Errorf("the page says %q, Go says %q of\n%q", code, want, file)
		}
		return
	}
	if _, onlyErr := gate.Read(bufio.NewReader(bytes.NewReader(file)), header.Length+16+32768+16, gate.Class(header.Class)); err != nil || onlyErr != nil {
		d.page.t.Errorf("the page takes %d bytes of %s, Go says %v, %v of\n%q", header.Length, header.Class, err, onlyErr, file)
	}
}

var differRoot, differSecret, differKeys = keys.NewRoot(), link.NewSecret(), []string{envelope.NewSealingSeed().Recipient(), envelope.NewSealingSeed().Recipient()}

// card changes a card's body, signs and seals it again.
func (d *differ) card() {
	public, mailbox := differRoot.Public(), differRoot.Mailbox()
	root := base64.RawURLEncoding.EncodeToString(public[:])
	body := d.changeJSON(`{"version":1,"root":"` + root + `","seq":7,"published":20000,"expires":20030,"title":"a title","intro":"a\nb","languages":["en","pt-BR"],` +
		`"questions":[{"id":"a","label":"b","kind":"text","required":true,"choices":[]},{"id":"c","label":"d","kind":"choice","required":false,"choices":["e","f"]}],` +
		`"epochs":[{"number":1,"from":20000,"until":20010,"keys":["` + differKeys[0] + `"]},{"number":2,"from":20011,"until":20030,"keys":["` + differKeys[0] + `","` + differKeys[1] + `"]}],` +
		`"desks":["` + root + `"],"policy":{"files":true,"largest":16777216,"replies":false},"notices":[{"day":20000,"text":"heard"}]}`)
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{envelope.CardSeed(differSecret).Recipient()})
	if err != nil {
		d.page.t.Fatal(err)
	}
	w.Write(differRoot.Sign("card", mailbox[:], []byte(body)))
	io.WriteString(w, body)
	w.Close()
	code := link.Code{Secret: differSecret, Mailbox: mailbox}
	c, err := card.Open(sealed.Bytes(), code)
	d.compare(request{Op: "card", Text: code.String(), Bytes: sealed.Bytes()}, err, describeCard(c), body)
}

// describeCard describes a card as the page does.
func describeCard(c *card.Card) any {
	if c == nil {
		return nil
	}
	desks := make([]any, len(c.Desks))
	for i, desk := range c.Desks {
		desks[i] = desk[:]
	}
	return map[string]any{
		"version": c.Version, "root": c.Root[:], "seq": c.Seq, "published": c.Published, "expires": c.Expires, "title": c.Title, "intro": c.Intro,
		"languages": c.Languages, "questions": c.Questions, "epochs": c.Epochs, "desks": desks, "policy": c.Policy, "notices": c.Notices,
	}
}

var jsonToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[0-9]+|true|false|[][{}:,]`)

// changeJSON changes a few tokens of a text.
func (d *differ) changeJSON(text string) string {
	tokens := jsonToken.FindAllString(text, -1)
	for range d.IntN(4) {
		i := d.IntN(len(tokens))
		what := d.IntN(40)
		for what > 7 && strings.ContainsAny(tokens[i][:min(1, len(tokens[i]))], "{}[]:,") {
			i = d.IntN(len(tokens))
		}
		// Mostly values, so that the syntax stays.
		switch {
		case what > 7 && tokens[i] != "" && tokens[i][0] >= '0' && tokens[i][0] <= '9':
			tokens[i] = pick(d.chance, "0", "1", "2", "19999", "20000", "20010", "20011", "20020", "20030", "20090", "20091", "9007199254740991", "9007199254740992")
			continue
		case what > 7:
			what = 7
		}
		switch what {
		case 0:
			tokens[i] = d.jsonString(tokens[i])
		case 1:
			tokens[i] = pick(d.chance, "0", "-0", "1.0", "1e0", "01", "20020", "-1", "9007199254740991", "9007199254740992", "18446744073709551616", "0.1", "1E+1", "+1", "NaN")
		case 2:
			tokens[i] = pick(d.chance, "null", "true", "[]", "{}", `""`, "[[]]", strings.Repeat("[", 15)+strings.Repeat("]", 15), strings.Repeat("[", 13)+strings.Repeat("]", 13))
		case 3:
			tokens[i] = pick(d.chance, " ", "\n", "\t", "\f", "\u00a0", "\ufeff", "\x00", "\x80", "//", ",") + tokens[i]
		case 4:
			j := d.IntN(len(tokens))
			tokens[i], tokens[j] = tokens[j], tokens[i]
		case 5:
			tokens[i] = ""
		case 6:
			if tokens[i] == "," {
				tokens[i] = pick(d.chance, `,"seq":1,`, `,"\u0073eq":1,`, `,"Seq":1,`, `,"more":1,`, `,"\ud800":1,`, `,"__proto__":{},`)
			}
		case 7:
			// Only strings: the other changes seldom get past the syntax.
			for !strings.HasPrefix(tokens[i], `"`) {
				i = (i + 1) % len(tokens)
			}
			tokens[i] = d.jsonString(tokens[i])
		}
	}
	return pick(d.chance, "", "", "", "", "", "", "\ufeff", " ") + strings.Join(tokens, "") + pick(d.chance, "", "", "", "", "", "", "\x00", "{}", "\r\n", "\u2028")
}

// jsonString changes what is between the quotes.
func (d *differ) jsonString(token string) string {
	inner := strings.Trim(token, `"`)
	at := d.IntN(len(inner) + 1)
	for at > 0 && inner[at-1] == '\\' {
		at--
	}
	change := pick(d.chance, `\u0041`, `\u0000`, `\n`, `\u000A`, `\u202e`, "\u202e", "\u061c", "\u200d", "\u0085", `\u0085`, "\x7f", "\x1f", `\ud83d\ude00`, `\uD83D`, `\ude00\ud83d`,
		`\ud83d\n`, "😀", `\/`, `\'`, `\x41`, `\u00e`, "\u2028", `\ufeff`, "\xed\xa0\x80", "\xc0\x80", "\xff", "\ufffd", "é", "e\u0301", "K", strings.Repeat("x", 190), "A", "=", "_", " ")
	return `"` + inner[:at] + change + inner[min(len(inner), at+d.IntN(2)):] + `"`
}

func (d *differ) letter(data string) {
	want := map[string]any{"meta": "bare", "message": "none"}
	files := []string{}
	r := letter.NewReader(strings.NewReader(data))
	for {
		entry, err := r.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			d.compare(request{Op: "letter", Bytes: []byte(data)}, err, nil, data)
			return
		}
		content, err := io.ReadAll(entry)
		if err != nil {
			d.compare(request{Op: "letter", Bytes: []byte(data)}, err, nil, data)
			return
		}
		switch encoded := base64.StdEncoding.EncodeToString(content); entry.Kind {
		case letter.MessageEntry:
			want["message"] = encoded
		case letter.FileEntry:
			files = append(files, entry.UntrustedName+" "+encoded)
		}
	}
	if m := r.Meta(); m != nil {
		want["meta"] = anyJSON(d.page.t, letterJSON(d.page.t, *m))
	}
	want["files"] = files
	d.compare(request{Op: "letter", Bytes: []byte(data)}, nil, want, data)
}
