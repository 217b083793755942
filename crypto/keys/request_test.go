package keys_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
)

var request = keys.Request{
	Method:   "PUT",
	Origin:   "https://drop.example.org",
	Target:   "/v1/mailboxes/aaaaaaaaaaaaaaaaaaaaaaaaaa/card?a=b",
	Time:     1_700_000_000,
	BodyHash: sha256.Sum256([]byte("body")),
	IfMatch:  `"abc"`,
}

func TestAuthorize(t *testing.T) {
	root := keys.RootFromSeed([32]byte{7})
	header := root.Authorize(request)
	a, err := keys.ParseAuthorization(header)
	if err != nil {
		t.Fatal(err)
	}
	if a.String() != header || a.Public != root.Public() || a.Mailbox() != root.Mailbox() || a.Time != request.Time {
		t.Errorf("%q is read as %+v", header, a)
	}
	if !a.Verify(request) {
		t.Error("does not verify")
	}
	// The specification's message, put together by hand.
	message := "PUT\nhttps://drop.example.org\n/v1/mailboxes/aaaaaaaaaaaaaaaaaaaaaaaaaa/card?a=b\n1700000000\n" +
		"Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU" + "\n\"abc\""
	if !keys.Verify(a.Public[:], "request", a.Signature[:], []byte(message)) {
		t.Error("what is signed is not what is specified")
	}
}

func TestAuthorizationBinds(t *testing.T) {
	root := keys.NewRoot()
	a, err := keys.ParseAuthorization(root.Authorize(request))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*keys.Request){
		"method":   func(q *keys.Request) { q.Method = "DELETE" },
		"case":     func(q *keys.Request) { q.Method = "put" },
		"origin":   func(q *keys.Request) { q.Origin = "https://drop.example.net" },
		"target":   func(q *keys.Request) { q.Target = q.Target[:len(q.Target)-1] },
		"time":     func(q *keys.Request) { q.Time++ },
		"body":     func(q *keys.Request) { q.BodyHash[31] ^= 1 },
		"if-match": func(q *keys.Request) { q.IfMatch = "" },
		"newline":  func(q *keys.Request) { q.Method, q.Origin = q.Method+"\n"+q.Origin, "" },
		"shifted":  func(q *keys.Request) { q.Origin, q.Target = q.Origin+"\n"+q.Target, "" },
	} {
		q := request
		change(&q)
		if a.Verify(q) {
			t.Errorf("%s: verifies", name)
		}
	}
	other, _ := keys.ParseAuthorization(keys.NewRoot().Authorize(request))
	other.Signature = a.Signature
	if other.Verify(request) {
		t.Error("verifies with another key")
	}
	a.Time++
	if a.Verify(request) {
		t.Error("verifies with another time in the header")
	}
}

func TestParseAuthorization(t *testing.T) {
	good := keys.RootFromSeed([32]byte{7}).Authorize(request)
	word := strings.Split(good, " ")
	join := func(words ...string) string { return strings.Join(words, " ") }
	for name, header := range map[string]string{
		"empty":               "",
		"another scheme":      join("Basic", word[1], word[2], word[3]),
		"scheme in caps":      join("TRANSOM", word[1], word[2], word[3]),
		"leading space":       " " + good,
		"trailing space":      good + " ",
		"two spaces":          strings.Replace(good, " ", "  ", 1),
		"tab":                 strings.Replace(good, " ", "\t", 1),
		"newline":             good + "\n",
		"fewer words":         join(word[:3]...),
		"more words":          good + " x",
		"short key":           join(word[0], word[1][1:], word[2], word[3]),
		"padded key":          join(word[0], word[1]+"=", word[2], word[3]),
		"key with spare bits": join(word[0], word[1][:42]+"B", word[2], word[3]),
		"short signature":     join(word[0], word[1], word[2], word[3][1:]),
		"signature with spare bits": join(word[0], word[1], word[2], word[3][:85]+
			string(word[3][85]+1)),
		"no time":       join(word[0], word[1], "", word[3]),
		"time with 0":   join(word[0], word[1], "0"+word[2], word[3]),
		"time with +":   join(word[0], word[1], "+"+word[2], word[3]),
		"negative time": join(word[0], word[1], "-1", word[3]),
		"minus zero":    join(word[0], word[1], "-0", word[3]),
		"broken time":   join(word[0], word[1], "1.5", word[3]),
		"hex time":      join(word[0], word[1], "0x1", word[3]),
		"huge time":     join(word[0], word[1], "9007199254740992", word[3]),
		"endless time":  join(word[0], word[1], strings.Repeat("9", 1<<20), word[3]),
		"Arabic time":   join(word[0], word[1], "١", word[3]),
	} {
		if _, err := keys.ParseAuthorization(header); !errors.Is(err, keys.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, time := range []string{"0", "9007199254740991"} {
		if _, err := keys.ParseAuthorization(join(word[0], word[1], time, word[3])); err != nil {
			t.Errorf("time %s: %v", time, err)
		}
	}
}

// A signature over a newline could be read as one over two fields.
func TestAuthorizeRefusesNewlines(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("signed")
		}
	}()
	q := request
	q.Target += "\n"
	keys.NewRoot().Authorize(q)
}

func FuzzParseAuthorization(f *testing.F) {
	good := keys.RootFromSeed([32]byte{7}).Authorize(request)
	f.Add(good)
	f.Add(strings.Replace(good, "17", "+17", 1))
	f.Add(strings.ToUpper(good))
	f.Add("Transom   ")
	f.Fuzz(func(t *testing.T, header string) {
		if a, err := keys.ParseAuthorization(header); err == nil && a.String() != header {
			t.Errorf("%q is read as %q", header, a)
		}
	})
}
