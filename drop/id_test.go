package drop_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
)

func TestIDText(t *testing.T) {
	for _, test := range []struct {
		id   drop.EnvelopeID
		text string
	}{
		{drop.EnvelopeID{}, "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{drop.EnvelopeID{15: 1}, "aaaaaaaaaaaaaaaaaaaaaaaaae"},
		{drop.EnvelopeID{0: 0x80}, "qaaaaaaaaaaaaaaaaaaaaaaaaa"},
		// RFC 4648, section 10: "foobar" is MZXW6YTBOI.
		{drop.EnvelopeID{'f', 'o', 'o', 'b', 'a', 'r'}, "mzxw6ytboiaaaaaaaaaaaaaaaa"},
	} {
		if got := test.id.String(); got != test.text {
			t.Errorf("%x is %q; want %q", test.id[:], got, test.text)
		}
		if got := drop.MailboxID(test.id).String(); got != test.text {
			t.Errorf("mailbox %x is %q; want %q", test.id[:], got, test.text)
		}
		if got, err := drop.ParseEnvelopeID(test.text); err != nil || got != test.id {
			t.Errorf("%q is %x, error %v", test.text, got[:], err)
		}
		if got, err := drop.ParseMailboxID(test.text); err != nil || got != drop.MailboxID(test.id) {
			t.Errorf("%q is mailbox %x, error %v", test.text, got[:], err)
		}
	}
}

func TestNotAnID(t *testing.T) {
	good := "mzxw6ytboiaaaaaaaaaaaaaaaa"
	for name, text := range map[string]string{
		"empty":             "",
		"short":             good[:25],
		"long":              good + "a",
		"padded":            good[:20] + "======",
		"padding after":     good + "======",
		"upper case":        strings.ToUpper(good),
		"mixed case":        "M" + good[1:],
		"spare bits":        good[:25] + "b",
		"more spare bits":   good[:25] + "7",
		"a digit not in it": "1" + good[1:],
		"a new line inside": good[:12] + "\n" + good[13:],
		"a new line after":  good[:25] + "\n",
		"a new line extra":  good + "\n",
		"a carriage return": good[:24] + "\r\n",
		"a space":           " " + good[1:],
		"a slash":           good[:10] + "/" + good[11:],
		"percent":           "%6d" + good[3:],
		"not ASCII":         "ſ" + good[2:],
		"a zero byte":       good[:25] + "\x00",
		"hex":               "00000000000000000000000000000000",
	} {
		if id, err := drop.ParseEnvelopeID(text); !errors.Is(err, drop.ErrID) || id != (drop.EnvelopeID{}) {
			t.Errorf("%s: %q is %x, error %v", name, text, id[:], err)
		}
		if id, err := drop.ParseMailboxID(text); !errors.Is(err, drop.ErrID) || id != (drop.MailboxID{}) {
			t.Errorf("%s: %q is mailbox %x, error %v", name, text, id[:], err)
		}
	}
}

func TestNewEnvelopeID(t *testing.T) {
	seen := make(map[drop.EnvelopeID]bool)
	var ones [16]byte
	for range 1000 {
		id := drop.NewEnvelopeID()
		if seen[id] {
			t.Fatal("drawn twice")
		}
		seen[id] = true
		for i := range id {
			ones[i] |= id[i]
		}
	}
	for i, b := range ones {
		if b != 0xff {
			t.Errorf("byte %d never has the bits %08b", i, ^b)
		}
	}
}

// FuzzID: whatever parses, spells itself; so no two texts are one ID.
func FuzzID(f *testing.F) {
	for _, text := range []string{
		"", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "mzxw6ytboiaaaaaaaaaaaaaaaa", "mzxw6ytboiaaaaaaaaaaaaaaab",
		"MZXW6YTBOIAAAAAAAAAAAAAAAA", "mzxw6ytboiaaaaaaaaaaaaaaa\n", "77777777777777777777777774",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := drop.ParseEnvelopeID(text)
		m, errM := drop.ParseMailboxID(text)
		if (err == nil) != (errM == nil) || drop.MailboxID(id) != m {
			t.Fatalf("%q: an envelope's ID %v, a mailbox's %v", text, err, errM)
		}
		if err != nil {
			if !errors.Is(err, drop.ErrID) || id != (drop.EnvelopeID{}) {
				t.Fatalf("%q: %x, error %v", text, id[:], err)
			}
			return
		}
		if id.String() != text {
			t.Fatalf("%q parses and is spelt %q", text, id)
		}
	})
}
