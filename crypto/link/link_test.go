package link_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/internal/bech32"
	"github.com/transom-drop/transom/crypto/link"
)

var code = link.Code{
	Secret:  link.Secret{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	Mailbox: [16]byte{0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff},
}

func payload(version byte, extra ...byte) []byte {
	data := append([]byte{version}, code.Secret[:]...)
	return append(append(data, code.Mailbox[:]...), extra...)
}

func TestCode(t *testing.T) {
	s := code.String()
	if len(s) != 64 || !strings.HasPrefix(s, "drop1") || s != strings.ToLower(s) {
		t.Errorf("%q", s)
	}
	for _, spelling := range []string{s, strings.ToUpper(s)} {
		if got, err := link.ParseCode(spelling); err != nil || got != code {
			t.Errorf("%q: %v, %v", spelling, got, err)
		}
	}
	if a, b := link.NewSecret(), link.NewSecret(); a == b {
		t.Error("two new secrets are equal")
	}
}

func TestParseCodeRefuses(t *testing.T) {
	good := code.String()
	for name, c := range map[string]struct {
		code string
		want error
	}{
		"empty":            {"", link.ErrChecksum},
		"mixed case":       {strings.ToUpper(good[:40]) + good[40:], link.ErrChecksum},
		"cut":              {good[:63], link.ErrChecksum},
		"longer":           {good + "q", link.ErrChecksum},
		"inner space":      {good[:30] + " " + good[30:], link.ErrChecksum},
		"bech32, not m":    {bech32.Encode(bech32.Classic, "drop", payload(1)), link.ErrChecksum},
		"over 90":          {bech32.Encode(bech32.M, "drop", make([]byte, 50)), link.ErrChecksum},
		"a megabyte":       {strings.Repeat("q", 1<<20), link.ErrChecksum},
		"prefix":           {bech32.Encode(bech32.M, "drip", payload(1)), link.ErrPrefix},
		"prefix, short":    {bech32.Encode(bech32.M, "drip", nil), link.ErrPrefix},
		"empty data":       {bech32.Encode(bech32.M, "drop", nil), link.ErrLength},
		"short":            {bech32.Encode(bech32.M, "drop", payload(1)[:32]), link.ErrLength},
		"long":             {bech32.Encode(bech32.M, "drop", payload(1, 0)), link.ErrLength},
		"long, version 2":  {bech32.Encode(bech32.M, "drop", payload(2, 0)), link.ErrLength},
		"version 0":        {bech32.Encode(bech32.M, "drop", payload(0)), link.ErrVersion},
		"version 2":        {bech32.Encode(bech32.M, "drop", payload(2)), link.ErrVersion},
		"a Kelvin sign":    {strings.Replace(strings.ToUpper(good), "K", "\u212a", 1), link.ErrChecksum},
		"age's public key": {"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", link.ErrChecksum},
	} {
		if got, err := link.ParseCode(c.code); !errors.Is(err, c.want) || got != (link.Code{}) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Every change of one character is found.
func TestTypingErrors(t *testing.T) {
	good := code.String()
	for i := range good {
		for _, c := range "qpzry9x8gf2tvdw0s3jn54khce6mua7l1" {
			if typo := good[:i] + string(c) + good[i+1:]; typo != good {
				if _, err := link.ParseCode(typo); !errors.Is(err, link.ErrChecksum) {
					t.Fatalf("%q: %v", typo, err)
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	c := code.String()
	for text, origin := range map[string]string{
		c:                                        "",
		"\n " + strings.ToUpper(c) + "\t\r\n":    "",
		"https://drop.example.org/#" + c:         "https://drop.example.org",
		"https://drop.example.org#" + c:          "https://drop.example.org",
		" https://DROP.example.org:443/#" + c:    "https://drop.example.org",
		"HTTPS://drop.example.org:8443/#" + c:    "https://drop.example.org:8443",
		"http://127.0.0.1:8080/#" + c:            "http://127.0.0.1:8080",
		"http://localhost/#" + c:                 "http://localhost",
		"http://[::1]:8080/#" + c:                "http://[::1]:8080",
		"http://abcdefghijklmnop.onion:80/#" + c: "http://abcdefghijklmnop.onion",
	} {
		got, err := link.Parse(text)
		if err != nil || got.Origin != origin || got.Code != code {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := link.Parse(got.String()); err != nil || again != got {
			t.Errorf("%q is written as %q", text, got)
		}
	}
	bad := c[:63]
	for text, want := range map[string]error{
		"":                                 link.ErrChecksum,
		"https://drop.example.org/":        link.ErrChecksum,
		"https://drop.example.org/#":       link.ErrChecksum,
		"https://drop.example.org/#" + bad: link.ErrChecksum,
		"nonsense#" + bad:                  link.ErrChecksum, // the code is looked at first
		"https://a.example/##" + c:         link.ErrChecksum,
		"https://a.example/#" + c + "#x":   link.ErrChecksum,
		"#" + c:                            link.ErrOrigin,
		"/#" + c:                           link.ErrOrigin,
		"http://drop.example.org/#" + c:    link.ErrOrigin,
		"https://drop.example.org/x#" + c:  link.ErrOrigin,
		"https://drop.example.org//#" + c:  link.ErrOrigin,
	} {
		if got, err := link.Parse(text); !errors.Is(err, want) || got != (link.Link{}) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestParseOrigin(t *testing.T) {
	for s, want := range map[string]string{
		"https://a.example":                  "https://a.example",
		"https://a.example/":                 "https://a.example",
		"https://a.example:443":              "https://a.example",
		"https://a.example:1":                "https://a.example:1",
		"https://a.example:65535":            "https://a.example:65535",
		"https://xn--bcher-kva.example":      "https://xn--bcher-kva.example",
		"https://192.0.2.1":                  "https://192.0.2.1",
		"https://[2001:db8::1]:8443":         "https://[2001:db8::1]:8443",
		"http://127.9.9.9":                   "http://127.9.9.9",
		"http://drop.localhost:8080":         "http://drop.localhost:8080",
		"http://LOCALHOST:80/":               "http://localhost",
		"http://sub.abcdefghijklmnop.onion/": "http://sub.abcdefghijklmnop.onion",
	} {
		if got, err := link.ParseOrigin(s); err != nil || got != want {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "a.example", "//a.example", "https:", "https://", "https:///", "https:a.example", "ftp://a.example", "javascript://a.example",
		"http://a.example", "http://localhost.example", "http://127.0.0.1.example", "http://onion", "http://a.onion.example", "http://128.0.0.1", "http://[::2]",
		"https://a.example:", "https://a.example:0", "https://a.example:080", "https://a.example:65536", "https://a.example:x", "https://a.example:-1",
		"https://u@a.example", "https://u:p@a.example", "https://@a.example",
		"https://a.example/x", "https://a.example//", "https://a.example/?", "https://a.example?x", "https://a.example#", "https://a.example/%2f",
		"https://a b.example", " https://a.example", "https://a.example\n", "https://a\x00.example",
		"https://bücher.example", "https://\u212a.example", "https://a%2eexample", `https://a.example\@b.example`,
		"https://a..example", "https://.a", "https://a.example.", "https://" + strings.Repeat("a.", 127) + "aa",
		"https://127.1", "https://0x7f.1", "https://2130706433", "https://127.0.0.01", "https://1.2.3.4.5",
		"https://[::1", "https://[2001:DB8:0::1]", "https://[::ffff:127.0.0.1]", "https://[fe80::1%25eth0]", "https://::1",
	} {
		if got, err := link.ParseOrigin(s); !errors.Is(err, link.ErrOrigin) || got != "" {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(code.String())
	f.Add(" https://drop.example.org/#" + strings.ToUpper(code.String()) + "\n")
	f.Add("HTTP://[::1]:80/#" + code.String())
	f.Add("http://127.0.0.1#" + code.String())
	f.Add("https://a.example:443/x?y#z")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := link.Parse(s)
		if err != nil {
			return
		}
		again, err := link.Parse(got.String())
		if err != nil || again != got || again.String() != got.String() {
			t.Errorf("%q is read as %q", s, got)
		}
		// What a person pasted is the link itself, but for case, white space, a
		// default port and the slash.
		_, own, whole := strings.Cut(strings.TrimSpace(s), "#")
		if !whole {
			own = strings.TrimSpace(s)
		}
		if c := got.Code.String(); own != c && own != strings.ToUpper(c) {
			t.Errorf("%q is another spelling of %q", s, c)
		}
	})
}

func FuzzParseOrigin(f *testing.F) {
	for _, s := range []string{"https://a.example:443/", "http://[::1]", "http://a.onion", "https://127.1", "https://u@a", "https://\u212a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := link.ParseOrigin(s); err == nil {
			if again, err := link.ParseOrigin(got); err != nil || again != got {
				t.Errorf("%q is read as %q and that as %q, %v", s, got, again, err)
			}
		}
	})
}

func TestSecretsAreNotFormatted(t *testing.T) {
	whole := link.Link{Origin: "https://drop.example.org", Code: code}
	for _, v := range []any{code.Secret, code, &code, whole, &whole, struct{ L link.Link }{whole}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			text := strings.ToLower(fmt.Sprintf(format, v))
			for _, spelling := range []string{"drop1", "2 3", "0x2", "0203", `\x02`} {
				if strings.Contains(text, spelling) {
					t.Errorf("%s of a %T: %s", format, v, text)
				}
			}
		}
	}
}
