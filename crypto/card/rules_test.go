package card

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/envelope"
)

func TestRules(t *testing.T) {
	manyEpochs := func(n int) (epochs []Epoch) {
		for i := range n {
			epochs = append(epochs, Epoch{Number: int64(i), From: i, Until: i, Keys: []string{key1}})
		}
		return epochs
	}
	manyKeys := func(n int) (list []string) {
		for i := range n {
			list = append(list, envelope.SealingSeed{1, byte(i)}.Recipient())
		}
		return list
	}
	for name, change := range map[string]func(c *Card){
		"ok: valid for a day":        func(c *Card) { c.Published = c.Expires },
		"ok: valid for 90 days":      func(c *Card) { c.Expires = c.Published + 90 },
		"valid for 91 days":          func(c *Card) { c.Expires = c.Published + 91 },
		"expires before":             func(c *Card) { c.Expires = c.Published - 1; c.Epochs = c.Epochs[:1]; c.Epochs[0].Until = c.Expires },
		"published before 1970":      func(c *Card) { c.Published = -1 },
		"seq 0":                      func(c *Card) { c.Seq = 0 },
		"ok: seq 2^53-1":             func(c *Card) { c.Seq = 1<<53 - 1 },
		"seq 2^53":                   func(c *Card) { c.Seq = 1 << 53 },
		"no title":                   func(c *Card) { c.Title = "" },
		"ok: title of 200":           func(c *Card) { c.Title = strings.Repeat("ä", 100) },
		"title of 201":               func(c *Card) { c.Title = strings.Repeat("ä", 100) + "b" },
		"title of two lines":         func(c *Card) { c.Title = "a\nb" },
		"title with an escape":       func(c *Card) { c.Title = "a\x1b[2J" },
		"title with C1":              func(c *Card) { c.Title = "a\u009b" },
		"title with a bidi override": func(c *Card) { c.Title = "a\u202eb" },
		"title with a bidi mark":     func(c *Card) { c.Title = "a\u200fb" },
		"title not UTF-8":            func(c *Card) { c.Title = "a\xff" },
		"ok: no intro":               func(c *Card) { c.Intro = "" },
		"ok: intro of 20000":         func(c *Card) { c.Intro = strings.Repeat("x", 20_000) },
		"intro of 20001":             func(c *Card) { c.Intro = strings.Repeat("x", 20_001) },
		"intro with a tab":           func(c *Card) { c.Intro = "a\tb" },
		"intro with an isolate":      func(c *Card) { c.Intro = "a\u2066b" },
		"ok: intro with ZWNJ":        func(c *Card) { c.Intro = "می\u200cخواهم" },
		"ok: 20 languages":           func(c *Card) { c.Languages = strings.Fields(strings.Repeat("en ", 20)) },
		"21 languages":               func(c *Card) { c.Languages = strings.Fields(strings.Repeat("en ", 21)) },
		"ok: a long tag":             func(c *Card) { c.Languages = []string{"de-CH-1901-x-a1b2"} },
		"empty language":             func(c *Card) { c.Languages = []string{""} },
		"language with a line":       func(c *Card) { c.Languages = []string{"en\n"} },
		"language with underscore":   func(c *Card) { c.Languages = []string{"en_GB"} },
		"question without ID":        func(c *Card) { c.Questions[0].ID = "" },
		"two questions of one ID":    func(c *Card) { c.Questions[0].ID = "how" },
		"unknown kind":               func(c *Card) { c.Questions[0].Kind = "date" },
		"choice without choices":     func(c *Card) { c.Questions[0].Choices = nil },
		"text with choices":          func(c *Card) { c.Questions[2].Choices = []string{"a"} },
		"scale with choices":         func(c *Card) { c.Questions[1].Choices = []string{"a"} },
		"choice of two lines":        func(c *Card) { c.Questions[0].Choices[0] = "a\nb" },
		"label with an escape":       func(c *Card) { c.Questions[0].Label = "\x1b" },
		"no epoch":                   func(c *Card) { c.Epochs = nil },
		"ok: 64 epochs":              func(c *Card) { c.Epochs = manyEpochs(64) },
		"65 epochs":                  func(c *Card) { c.Epochs = manyEpochs(65) },
		"numbers equal":              func(c *Card) { c.Epochs[1].Number = 7 },
		"numbers falling":            func(c *Card) { c.Epochs[1].Number = 6 },
		"epochs overlap by a day":    func(c *Card) { c.Epochs[1].From-- },
		"epoch inside another":       func(c *Card) { c.Epochs[1].From, c.Epochs[1].Until = today-3, today-2 },
		"ok: epochs with a gap":      func(c *Card) { c.Epochs[1].From++ },
		"ok: epochs out of order":    func(c *Card) { c.Epochs[1].From, c.Epochs[1].Until = today-9, today-8 },
		"epoch ends before":          func(c *Card) { c.Epochs[1].Until = c.Epochs[1].From - 1 },
		"ok: epoch to the last day":  func(c *Card) { c.Epochs[1].Until = c.Expires },
		"epoch beyond the card":      func(c *Card) { c.Epochs[1].Until = c.Expires + 1 },
		"epoch before 1970":          func(c *Card) { c.Epochs[0].From = -1 },
		"epoch without keys":         func(c *Card) { c.Epochs[0].Keys = nil },
		"ok: 32 keys":                func(c *Card) { c.Epochs[0].Keys = manyKeys(32) },
		"33 keys":                    func(c *Card) { c.Epochs[0].Keys = manyKeys(33) },
		"a key twice":                func(c *Card) { c.Epochs[0].Keys = []string{key1, key1} },
		"a classic key": func(c *Card) {
			c.Epochs[0].Keys[0] = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
		},
		"a key with a typing error": func(c *Card) { c.Epochs[0].Keys[0] = key1[:100] + "qqqq" + key1[104:] },
		"a secret key":              func(c *Card) { c.Epochs[0].Keys[0] = envelope.SealingSeed{1}.String() },
		"ok: 32 desks":              func(c *Card) { c.Desks = make([][32]byte, 32) },
		"33 desks":                  func(c *Card) { c.Desks = make([][32]byte, 33) },
		"negative size":             func(c *Card) { c.Policy.Largest = -1 },
		"notice with an escape":     func(c *Card) { c.Notices[0].Text = "\x1b" },
		"notice before 1970":        func(c *Card) { c.Notices[0].Day = -1 },
	} {
		c := newCard()
		change(c)
		_, err := Seal(root, secret, c)
		if strings.HasPrefix(name, "ok: ") != (err == nil) || err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%s: sealing: %v", name, err)
		}
		if !strings.Contains(name, "UTF-8") { // which JSON cannot carry
			mailbox := root.Mailbox()
			_, err = Open(sealAs(t, root, mailbox, cardKey(), body(t, c)), code)
			if strings.HasPrefix(name, "ok: ") != (err == nil) || err != nil && !errors.Is(err, ErrFormat) {
				t.Errorf("%s: opening: %v", name, err)
			}
		}
	}
}

func TestDays(t *testing.T) {
	c := newCard()
	c.Epochs[0].From, c.Epochs[0].Until = today-2, today
	c.Epochs[1].From, c.Epochs[1].Until = today+3, today+30
	for _, d := range []struct {
		today int
		want  error
		epoch int64
	}{
		{today - 2, ErrFuture, 7}, // published after tomorrow, whatever the epochs say
		{today - 1, nil, 7},
		{today, nil, 7},
		{today + 1, nil, 7}, // a day of grace after the epoch
		{today + 2, nil, 8}, // and one before the next: tomorrow's rather than none
		{today + 3, nil, 8},
		{today + 30, nil, 8},
		{today + 31, nil, 8},
		{today + 32, ErrExpired, 0},
	} {
		if err := c.CheckDay(d.today); !errors.Is(err, d.want) {
			t.Errorf("day %+d: %v, want %v", d.today-today, err, d.want)
		}
		if e, err := c.Epoch(d.today); e.Number != d.epoch || (err == nil) != (d.epoch != 0) {
			t.Errorf("day %+d: epoch %d, %v", d.today-today, e.Number, err)
		}
	}

	c.Epochs[1].From, c.Epochs[1].Until = today+5, today+6
	for _, d := range []struct {
		today int
		want  error
	}{{today + 1, nil}, {today + 2, ErrEpoch}, {today + 3, ErrEpoch}, {today + 4, nil}, {today + 7, nil}, {today + 8, ErrEpoch}, {today + 31, ErrEpoch}, {today + 32, ErrExpired}} {
		if err := c.CheckDay(d.today); !errors.Is(err, d.want) {
			t.Errorf("day %+d: %v, want %v", d.today-today, err, d.want)
		}
	}

	// Between two epochs: tomorrow's is the newer key, and it is preferred.
	c.Epochs[0].Until, c.Epochs[1].From = today, today+2
	if e, err := c.Epoch(today + 1); err != nil || e.Number != 8 {
		t.Errorf("between two epochs: %d, %v", e.Number, err)
	}
}

// No error says anything about the card that it refuses.
func TestErrorsAreConstant(t *testing.T) {
	c := newCard()
	c.Title = "canary\x1b"
	_, err := Seal(root, secret, c)
	if s := fmt.Sprintf("%v %+v", err, err); strings.Contains(s, "canary") {
		t.Error(s)
	}
}
