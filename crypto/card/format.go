package card

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/internal/b64"
	"github.com/transom-drop/transom/crypto/internal/strictjson"
)

const (
	maxValid     = 90 // days
	maxTitle     = 200
	maxIntro     = 20_000
	maxLanguages = 20
	maxEpochs    = 64
	maxKeys      = 32
	maxDesks     = 32
)

// wireCard is the body of a card, field by field in the order that writers keep.
type wireCard struct {
	Version   int        `json:"version"`
	Root      b64.B32    `json:"root"`
	Seq       int64      `json:"seq"`
	Published int        `json:"published"`
	Expires   int        `json:"expires"`
	Title     string     `json:"title"`
	Intro     string     `json:"intro"`
	Languages []string   `json:"languages"`
	Questions []Question `json:"questions"`
	Epochs    []Epoch    `json:"epochs"`
	Desks     []b64.B32  `json:"desks"`
	Policy    Policy     `json:"policy"`
	Notices   []Notice   `json:"notices"`
}

func (c *Card) encode() ([]byte, error) {
	w := wireCard{
		Version: c.Version, Root: c.Root, Seq: c.Seq, Published: c.Published, Expires: c.Expires,
		Title: c.Title, Intro: c.Intro, Languages: list(c.Languages), Questions: list(c.Questions),
		Epochs: list(c.Epochs), Desks: []b64.B32{}, Policy: c.Policy, Notices: list(c.Notices),
	}
	for i := range w.Questions {
		w.Questions[i].Choices = list(w.Questions[i].Choices)
	}
	for _, desk := range c.Desks {
		w.Desks = append(w.Desks, desk)
	}
	return strictjson.Marshal(w)
}

// list returns a copy that is an empty list, not null, when there is nothing.
func list[T any](items []T) []T { return append([]T{}, items...) }

// rootOf looks at the root key before the rest: nothing else in a card is worth
// reading if it is not the owner's.
func rootOf(o *strictjson.Object) (root b64.B32, ok bool) {
	text, ok := o.Text("root")
	return root, ok && b64.Decode(root[:], text) == nil
}

func decode(o *strictjson.Object) (*Card, error) {
	var w wireCard
	if err := o.Decode(&w); err != nil {
		return nil, ErrFormat
	}
	c := &Card{
		Version: w.Version, Root: w.Root, Seq: w.Seq, Published: w.Published, Expires: w.Expires,
		Title: w.Title, Intro: w.Intro, Languages: w.Languages, Questions: w.Questions,
		Epochs: w.Epochs, Policy: w.Policy, Notices: w.Notices,
	}
	for _, desk := range w.Desks {
		c.Desks = append(c.Desks, desk)
	}
	return c, nil
}

// validate checks the rules that a card keeps whoever made it. ErrFormat.
func (c *Card) validate() error {
	ok := c.Seq >= 1 && c.Seq <= strictjson.MaxInt &&
		0 <= c.Published && c.Published <= c.Expires && c.Expires <= c.Published+maxValid &&
		c.Title != "" && len(c.Title) <= maxTitle && isLine(c.Title) &&
		len(c.Intro) <= maxIntro && isText(c.Intro) &&
		len(c.Languages) <= maxLanguages && all(c.Languages, isLanguage) &&
		validQuestions(c.Questions) &&
		c.validEpochs() &&
		len(c.Desks) <= maxDesks &&
		0 <= c.Policy.Largest && c.Policy.Largest <= strictjson.MaxInt &&
		all(c.Notices, func(n Notice) bool { return n.Day >= 0 && isText(n.Text) })
	if !ok {
		return ErrFormat
	}
	return nil
}

func validQuestions(questions []Question) bool {
	ids := map[string]bool{}
	for _, q := range questions {
		if q.ID == "" || !isLine(q.ID) || ids[q.ID] || !isText(q.Label) || !all(q.Choices, isLine) {
			return false
		}
		ids[q.ID] = true
		switch q.Kind {
		case KindText, KindScale:
			if len(q.Choices) > 0 {
				return false
			}
		case KindChoice:
			if len(q.Choices) == 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (c *Card) validEpochs() bool {
	if len(c.Epochs) < 1 || len(c.Epochs) > maxEpochs {
		return false
	}
	for i, e := range c.Epochs {
		if e.Number < 0 || e.Number > strictjson.MaxInt || e.From < 0 || e.From > e.Until || e.Until > c.Expires ||
			len(e.Keys) < 1 || len(e.Keys) > maxKeys || !all(e.Keys, isSealingKey) {
			return false
		}
		for j, key := range e.Keys {
			if slices.Contains(e.Keys[:j], key) {
				return false
			}
		}
		for _, before := range c.Epochs[:i] {
			if before.Number >= e.Number || before.From <= e.Until && e.From <= before.Until {
				return false
			}
		}
	}
	return true
}

func isSealingKey(s string) bool {
	_, err := age.ParseHybridRecipient(s)
	return err == nil
}

// isLanguage takes the form of a BCP 47 tag, not only those that are registered.
func isLanguage(s string) bool { return language.MatchString(s) }

var language = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$`)

// isLine takes text without control characters and without what reorders it: a
// card is shown to people who decide by it whom they trust.
func isLine(s string) bool { return isText(s) && !strings.Contains(s, "\n") }

// isText takes new lines too.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

func all[T any](items []T, is func(T) bool) bool {
	return !slices.ContainsFunc(items, func(item T) bool { return !is(item) })
}
