package card

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/internal/strictjson"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/link"
)

const today = 20_000

var (
	root   = keys.RootFromSeed([32]byte{1})
	secret = link.Secret{2}
	code   = link.Code{Secret: secret, Mailbox: root.Mailbox()}
	key1   = envelope.SealingSeed{1}.Recipient()
	key2   = envelope.SealingSeed{2}.Recipient()
	key3   = envelope.SealingSeed{3}.Recipient()
)

func newCard() *Card {
	return &Card{
		Version: 1, Root: root.Public(), Seq: 3, Published: today, Expires: today + 30,
		Title: "Ethics desk <&> مكتب", Intro: "Write to us.\nWe read \"everything\".", Languages: []string{"en", "ar", "zh-Hant-TW"},
		Questions: []Question{
			{ID: "who", Label: "Who are you?\nA role is enough.", Kind: KindChoice, Choices: []string{"staff", "other"}},
			{ID: "how", Label: "How sure are you?", Kind: KindScale, Required: true, Choices: []string{}},
			{ID: "what", Label: "What?", Kind: KindText, Choices: []string{}},
		},
		Epochs: []Epoch{
			{Number: 7, From: today - 7, Until: today, Keys: []string{key1, key2}},
			{Number: 8, From: today + 1, Until: today + 8, Keys: []string{key1, key3}},
		},
		Desks: [][32]byte{{1}, {2}}, Policy: Policy{Files: true, Largest: 16 << 20, Replies: true},
		Notices: []Notice{{Day: today, Text: "We heard you.\nThank you."}},
	}
}

func body(t testing.TB, c *Card) []byte {
	t.Helper()
	data, err := c.encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sealAs signs and seals whatever it is given, as a forger would.
func sealAs(t testing.TB, signer *keys.Root, mailbox [16]byte, key string, body []byte) []byte {
	t.Helper()
	return sealed(t, key, append(signer.Sign("card", mailbox[:], body), body...))
}

func sealed(t testing.TB, key string, content []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := envelope.Seal(&buf, []string{key})
	if err != nil {
		t.Fatal(err)
	}
	w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func cardKey() string { return envelope.CardSeed(secret).Recipient() }

func TestSealOpen(t *testing.T) {
	small := &Card{
		Seq: 1, Published: 0, Expires: 0, Title: "t",
		Epochs: []Epoch{{Keys: []string{key1}}},
	}
	for name, c := range map[string]*Card{"full": newCard(), "small": small} {
		before := *c
		data, err := Seal(root, secret, c)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(*c, before) {
			t.Errorf("%s: sealing has changed the card", name)
		}
		got, err := Open(data, code)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Version != 1 || got.Root != root.Public() || !bytes.Equal(body(t, got), body(t, &Card{
			Version: 1, Root: root.Public(), Seq: c.Seq, Published: c.Published, Expires: c.Expires, Title: c.Title, Intro: c.Intro,
			Languages: c.Languages, Questions: c.Questions, Epochs: c.Epochs, Desks: c.Desks, Policy: c.Policy, Notices: c.Notices,
		})) {
			t.Errorf("%s: not the same card", name)
		}
	}
	data, err := Seal(root, secret, newCard())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Open(data, code); err != nil || !reflect.DeepEqual(got, newCard()) {
		t.Errorf("not the same card: %+v, %v", got, err)
	}
}

// The bytes that are signed, for readers of the specification.
func TestBody(t *testing.T) {
	c := newCard()
	c.Epochs[0].Keys, c.Epochs[1].Keys, c.Desks = []string{"K1"}, []string{"K2"}, [][32]byte{{1}}
	want := `{"version":1,"root":"zswVB9wd3XKVlRwpCIjwla25BE0bc9aW5t8GXWg71Pw","seq":3,"published":20000,"expires":20030,` +
		`"title":"Ethics desk <&> مكتب","intro":"Write to us.\nWe read \"everything\".","languages":["en","ar","zh-Hant-TW"],` +
		`"questions":[{"id":"who","label":"Who are you?\nA role is enough.","kind":"choice","required":false,"choices":["staff","other"]},` +
		`{"id":"how","label":"How sure are you?","kind":"scale","required":true,"choices":[]},` +
		`{"id":"what","label":"What?","kind":"text","required":false,"choices":[]}],` +
		`"epochs":[{"number":7,"from":19993,"until":20000,"keys":["K1"]},{"number":8,"from":20001,"until":20008,"keys":["K2"]}],` +
		`"desks":["AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],"policy":{"files":true,"largest":16777216,"replies":true},` +
		`"notices":[{"day":20000,"text":"We heard you.\nThank you."}]}`
	if got := string(body(t, c)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	empty := string(body(t, &Card{Questions: []Question{{}}, Epochs: []Epoch{{Keys: []string{key1}}}}))
	if strings.Contains(empty, "null") {
		t.Errorf("a list is null: %s", empty)
	}
}

func TestOpenRefuses(t *testing.T) {
	good, err := Seal(root, secret, newCard())
	if err != nil {
		t.Fatal(err)
	}
	text := string(body(t, newCard()))
	mailbox := root.Mailbox()
	forge := func(body string) []byte { return sealAs(t, root, mailbox, cardKey(), []byte(body)) }
	edit := func(old, new string) []byte {
		if !strings.Contains(text, old) {
			t.Fatalf("no %s in the card", old)
		}
		return forge(strings.Replace(text, old, new, 1))
	}
	stranger := keys.RootFromSeed([32]byte{9})
	strangers := newCard()
	strangers.Root = stranger.Public()
	otherCard, err := Seal(stranger, secret, strangers)
	if err != nil {
		t.Fatal(err)
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	content := append(root.Sign("card", mailbox[:], []byte(text)), text...)
	flipped := bytes.Clone(content)
	flipped[10] ^= 1

	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                         {nil, ErrSealed},
		"a web page":                      {[]byte("<!doctype html><title>502</title>"), ErrSealed},
		"cut":                             {good[:len(good)-1], ErrSealed},
		"cut by a lot":                    {good[:1700], ErrSealed},
		"longer":                          {append(bytes.Clone(good), 0), ErrSealed},
		"too large":                       {append(bytes.Clone(good), make([]byte, MaxSealed)...), ErrSealed},
		"sealed to another key":           {sealed(t, key1, content), ErrSealed},
		"sealed to a classic key":         {sealed(t, classic.Recipient().String(), content), ErrSealed},
		"a signature alone":               {sealed(t, cardKey(), content[:64]), ErrSealed},
		"not JSON":                        {forge("hello"), ErrJSON},
		"an array":                        {forge("[" + text + "]"), ErrJSON},
		"two objects":                     {forge(text + text), ErrJSON},
		"not UTF-8":                       {edit("desk", "desk\xff"), ErrJSON},
		"half a character":                {edit("desk", `\ud83d`), ErrJSON},
		"a key twice":                     {edit(`"seq":3`, `"seq":3,"seq":4`), ErrJSON},
		"a key twice, deep":               {edit(`"number":7`, `"number":7,"number":7`), ErrJSON},
		"version 2":                       {edit(`"version":1`, `"version":2`), ErrVersion},
		"version 1.0":                     {edit(`"version":1`, `"version":1.0`), ErrVersion},
		"no version":                      {edit(`"version":1,`, ``), ErrVersion},
		"version 2, of another drop":      {sealAs(t, stranger, mailbox, cardKey(), []byte(`{"version":2}`)), ErrVersion},
		"another drop's card":             {otherCard, ErrRoot},
		"another drop's, for our mailbox": {sealAs(t, stranger, mailbox, cardKey(), body(t, strangers)), ErrRoot},
		"no root":                         {edit(`"root":`, `"Root":`), ErrRoot},
		"root as number":                  {forge(`{"version":1,"root":1}`), ErrRoot},
		"root too short":                  {edit(`"root":"z`, `"root":"`), ErrRoot},
		"signed by another":               {sealAs(t, stranger, mailbox, cardKey(), []byte(text)), ErrSignature},
		"signed for another mailbox":      {sealAs(t, root, stranger.Mailbox(), cardKey(), []byte(text)), ErrSignature},
		"signature changed":               {sealed(t, cardKey(), flipped), ErrSignature},
		"title changed":                   {sealed(t, cardKey(), bytes.Replace(content, []byte("Ethics"), []byte("Eth1cs"), 1)), ErrSignature},
		"signature for another purpose":   {sealed(t, cardKey(), append(root.Sign("request", mailbox[:], []byte(text)), text...)), ErrSignature},
		"only what is needed so far":      {edit(`,"seq":3`, ``), ErrFormat},
		"one more key":                    {edit(`"seq":3`, `"seq":3,"extra":true`), ErrFormat},
		"another case":                    {edit(`"seq"`, `"Seq"`), ErrFormat},
		"null":                            {edit(`"questions":[{`, `"questions":null,"x":[{`), ErrFormat},
		"seq 3e0":                         {edit(`"seq":3`, `"seq":3e0`), ErrFormat},
	} {
		if got, err := Open(c.data, code); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Open(good, link.Code{Secret: link.Secret{9}, Mailbox: mailbox}); !errors.Is(err, ErrSealed) {
		t.Errorf("another secret: %v", err)
	}
	if _, err := Open(good, link.Code{Secret: secret, Mailbox: [16]byte{9}}); !errors.Is(err, ErrRoot) {
		t.Errorf("another mailbox: %v", err)
	}
	for name, data := range map[string][]byte{
		"white space":     forge(" " + strings.Replace(text, ",", " ,\n", 1) + "\n"),
		"another order":   forge(strings.Replace(strings.Replace(text, `"seq":3,`, ``, 1), `{"version":1`, `{"seq":3,"version":1`, 1)),
		"another escape":  edit("desk", `\u0064esk`),
		"line separators": edit("Write", "\u2028Write"),
	} {
		if _, err := Open(data, code); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	c := newCard()
	for range 600 {
		c.Notices = append(c.Notices, Notice{Text: strings.Repeat("x", 2000)})
	}
	if _, err := Seal(root, secret, c); !errors.Is(err, ErrFormat) {
		t.Errorf("a card of 1.2 MB: %v", err)
	}
}

func FuzzBody(f *testing.F) {
	f.Add(body(f, newCard()))
	f.Add(body(f, &Card{Version: 1, Seq: 1, Title: "t", Epochs: []Epoch{{Keys: []string{key1}}}}))
	f.Add([]byte(`{"version":1,"root":"zswVB9wd3XKVlRwpCIjwla25BE0bc9aW5t8GXWg71Pw","seq":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readBody(data)
		if err != nil {
			return
		}
		written := body(t, c)
		again, err := readBody(written)
		if err != nil || !bytes.Equal(body(t, again), written) {
			t.Errorf("%s is written as %s", data, written)
		}
	})
}

// readBody reads a body without its signature.
func readBody(data []byte) (*Card, error) {
	o, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	c, err := decode(o)
	if err != nil {
		return nil, err
	}
	return c, c.validate()
}

func FuzzOpen(f *testing.F) {
	good, err := Seal(root, secret, newCard())
	if err != nil {
		f.Fatal(err)
	}
	opened, err := envelope.Open(bytes.NewReader(good), envelope.CardSeed(secret).Identity())
	if err != nil {
		f.Fatal(err)
	}
	content, err := io.ReadAll(opened)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add(content[:64])
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := openContent(data, code.Mailbox); err == nil && !bytes.Equal(data, content) {
			t.Error("a card that nobody has signed")
		}
	})
}
