package codename

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const zeros = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

// One word changed is another codename, wherever the list came from.
func TestWordList(t *testing.T) {
	sum := sha256.Sum256([]byte(wordsFile))
	if got := hex.EncodeToString(sum[:]); got != "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda" {
		t.Errorf("words.txt is not BIP39's English list: %s", got)
	}
	if len(list) != 1<<wordBits || !slices.IsSorted(list) {
		t.Fatalf("%d words, sorted: %v", len(list), slices.IsSorted(list))
	}
	for i, word := range list[1:] {
		if before := list[i]; word[:min(uniqueLetters, len(word))] == before[:min(uniqueLetters, len(before))] {
			t.Errorf("%s and %s begin with the same %d letters", before, word, uniqueLetters)
		}
	}
}

// From the test vectors of BIP39's reference implementation (trezor/python-mnemonic).
func TestBIP39(t *testing.T) {
	for entropy, words := range map[string]string{
		"00000000000000000000000000000000": zeros,
		"7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f": "legal winner thank year wave sausage worth useful legal winner thank yellow",
		"80808080808080808080808080808080": "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
		"ffffffffffffffffffffffffffffffff": "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",
		"9e885d952ad362caeb4efe34a8e91bd2": "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
		"c0ba5a8e914111210f2bd131f3d5e08d": "scheme spot photo card baby mountain device kick cradle pact join borrow",
		"f30f8c1da665478f49b001d94c5fc452": "vessel ladder alter error federal sibling chat ability sun glass valve picture",
	} {
		b, err := hex.DecodeString(entropy)
		if err != nil {
			t.Fatal(err)
		}
		c := FromEntropy([16]byte(b))
		if c.String() != words {
			t.Errorf("%s: %s", entropy, c.String())
		}
		parsed, err := Parse(words)
		if err != nil || parsed != c || parsed.Entropy() != [16]byte(b) {
			t.Errorf("%s: read as %x: %v", words, parsed.Entropy(), err)
		}
	}
}

func TestNew(t *testing.T) {
	a, b := New(), New()
	if a == b || a == (Codename{}) {
		t.Error("the same codename twice")
	}
	for _, c := range []Codename{a, b} {
		if again, err := Parse(c.String()); err != nil || again != c {
			t.Errorf("read back: %v", err)
		}
	}
}

// What people make of twelve words between the paper and the keyboard.
func TestParseForgives(t *testing.T) {
	want, err := Parse("legal winner thank year wave sausage worth useful legal winner thank yellow")
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{
		"LEGAL WINNER THANK YEAR WAVE SAUSAGE WORTH USEFUL LEGAL WINNER THANK YELLOW",
		"  legal\twinner\r\nthank\u00a0year\u200bwave sausage worth useful legal winner thank yellow\n",
		"1. legal, 2. winner, 3. thank, 4. year, 5. wave, 6. sausage, 7. worth, 8. useful, 9. legal, 10. winner, 11. thank, 12. yellow.",
		"lega winn than year wave saus wort usef lega winn than yell",
		"Legal Winne Thank Year Wave Sausag Worth Usefu Legal Winner Than Yello",
		"legal-winner-thank-year-wave-sausage-worth-useful-legal-winner-thank-yellow",
		"legal1winner2thank3year4wave5sausage6worth7useful8legal9winner0thank1yellow",
		"\ufefflegal winner thank year — wave sausage worth useful … legal winner thank yellow",
		"legal winner thank year wave sausage worth useful legal winner thank yellow" + strings.Repeat("\n", 4000),
	} {
		if c, err := Parse(typed); err != nil || c != want {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	after := strings.TrimPrefix(zeros, "abandon ")
	for typed, want := range map[string]error{
		"":                                ErrCount,
		" 1. 2. 3. ":                      ErrCount,
		"abandon":                         ErrCount,
		after:                             ErrCount,
		zeros + " about":                  ErrCount,
		zeros + " " + zeros:               ErrCount,
		zeros[:len(zeros)-6] + " zoo":     ErrChecksum,
		"about " + after:                  ErrChecksum,
		strings.Repeat("abandon ", 12):    ErrChecksum,
		"abandone " + after:               ErrWord,
		"abanxon " + after:                ErrWord,
		"aba " + after:                    ErrWord,
		"ab and on " + after:              ErrWord,
		"abandonabandon " + after:         ErrWord,
		"abando\u0301n " + after:          ErrWord,
		"\u0430bandon " + after:           ErrWord, // Cyrillic
		"x":                               ErrWord, // before the count
		strings.Repeat(" ", 4097):         ErrCount,
		strings.Repeat("x", 4097):         ErrCount, // before the words
		strings.Repeat("x", 4096):         ErrWord,
		zeros + strings.Repeat(" ", 4096): ErrCount,
		strings.Repeat("a\xff", 12):       ErrWord,
	} {
		if _, err := Parse(typed); !errors.Is(err, want) {
			t.Errorf("%.100q: %v, want %v", typed, err, want)
		}
	}
	// The Kelvin sign is a separator, and no k.
	if _, err := Parse(strings.Replace("kangaroo "+after, "k", "\u212a", 1)); !errors.Is(err, ErrWord) {
		t.Errorf("with a Kelvin sign: %v", err)
	}
}

func TestSuggestions(t *testing.T) {
	for token, want := range map[string]string{
		"abandn":               "abandon", // left out
		"abanddon":             "abandon", // put in
		"abamdon":              "abandon", // taken for another
		"abadnon":              "abandon", // swapped
		"bandon":               "abandon", // the first is missing
		"abandonned":           "",        // three
		"abandoned":            "abandon", // two
		"zo":                   "zoo",     // nearest only
		"hapy":                 "happy",   // not "half", which is two away
		"qqqqq":                "",        //
		"xxxxxxxxxxxxxxxxxxxx": "",        // longer than any word
	} {
		_, err := Parse("zoo zoo " + token + " zoo nothere")
		var word *WordError
		if !errors.As(err, &word) || word.Position != 3 || word.Untrusted != token {
			t.Errorf("%s: %v", token, err)
			continue
		}
		if got := strings.Join(word.Suggestions, " "); got != want {
			t.Errorf("%s: suggested %q, want %q", token, got, want)
		}
		if strings.Contains(err.Error(), token) || len(err.Error()) == 0 {
			t.Errorf("the error says what was typed: %q", err)
		}
	}
}

// suggest against the definition: all words at the least distance, by a table
// that is filled the slow way.
func TestSuggestDefinition(t *testing.T) {
	for _, token := range []string{"", "a", "ac", "ca", "cra", "wrod", "sunn", "nus", "tset", "caer", "abandnoo", "ehlp", "oxygne", "cabinte"} {
		least, want := maxDistance+1, []string(nil)
		for _, word := range list {
			if d := slowDistance(token, word); d < least {
				least, want = d, []string{word}
			} else if d == least && d <= maxDistance {
				want = append(want, word)
			}
		}
		if got := suggest(token); !slices.Equal(got, want[:min(len(want), maxSuggestions)]) {
			t.Errorf("%s: %q, want %q", token, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"ca", "abc", 3}, {"", "", 0}, {"ab", "ba", 1}, {"abc", "", 3}, {"acb", "abc", 1}, {"abcd", "badc", 2}, {"kitten", "mitten", 1}} {
		if got := distance(c.a, c.b); got != c.want && (got <= maxDistance || c.want <= maxDistance) {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// slowDistance is the recursive definition of optimal string alignment.
func slowDistance(a, b string) int {
	memo := map[[2]int]int{}
	var d func(i, j int) int
	d = func(i, j int) int {
		if i == 0 || j == 0 {
			return i + j
		}
		if n, ok := memo[[2]int{i, j}]; ok {
			return n
		}
		n := min(d(i-1, j), d(i, j-1)) + 1
		if a[i-1] == b[j-1] {
			n = min(n, d(i-1, j-1))
		} else {
			n = min(n, d(i-1, j-1)+1)
		}
		if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
			n = min(n, d(i-2, j-2)+1)
		}
		memo[[2]int{i, j}] = n
		return n
	}
	return d(len(a), len(b))
}

// The checksum lets one wrong word in sixteen pass, and no more.
func TestChecksum(t *testing.T) {
	words, passed := strings.Fields(zeros), 0
	for _, word := range list {
		words[5] = word
		if _, err := Parse(strings.Join(words, " ")); err == nil {
			passed++
		} else if !errors.Is(err, ErrChecksum) {
			t.Fatal(err)
		}
	}
	if passed < 80 || passed > 180 {
		t.Errorf("%d of 2048 words pass", passed)
	}
}

func TestNothingIsPrinted(t *testing.T) {
	c, err := Parse(zeros)
	if err != nil {
		t.Fatal(err)
	}
	k := c.Keys()
	for _, v := range []any{c, &c, k, *k, struct{ C Codename }{c}, []*Keys{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			if strings.Contains(text, "abandon") || strings.Contains(text, "0 0 0") || strings.Contains(text, fmt.Sprintf("%x", k.Thread[:4])) {
				t.Errorf("%s of %T prints %s", verb, v, text)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	a, b := New().Keys(), New().Keys()
	here, there := [16]byte{1}, [16]byte{2}
	values := map[string]bool{}
	add := func(b []byte) { values[string(b)] = true }
	for _, k := range []*Keys{a, b} {
		root, mailbox := k.Root.Seed(), k.Mailbox()
		add(root[:8])
		add(mailbox[:8])
		add(k.Reply[:8])
		add(k.Thread[:8])
		add(k.Author[:])
		for _, envelope := range [][16]byte{here, there} {
			secret, proof, elsewhere := k.Withdraw(envelope), k.CopyProof(mailbox, envelope), k.CopyProof(here, envelope)
			add(secret[:8])
			add(proof[:8])
			add(elsewhere[:8])
		}
	}
	if want := 2 * (5 + 2*3); len(values) != want {
		t.Errorf("%d different values, want %d", len(values), want)
	}
	c := New()
	k, again := c.Keys(), c.Keys()
	if k.Mailbox() != again.Mailbox() || k.Withdraw(here) != again.Withdraw(here) || k.Author != again.Author {
		t.Error("not the same keys again")
	}
}

// FuzzParse: what is read is written in one way, and what is refused is refused
// without a word of it.
func FuzzParse(f *testing.F) {
	f.Add(zeros)
	f.Add("1. LEGA\n2. winn, than year wave saus wort usef lega winn than yell")
	f.Add("zoo zoo wrogn")
	f.Add("\u212a \xff")
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := Parse(typed)
		var word *WordError
		switch {
		case err == nil:
			if again, err := Parse(c.String()); err != nil || again != c {
				t.Errorf("%q is written as %q", typed, c.String())
			}
		case errors.As(err, &word):
			if word.Position < 1 || word.Untrusted == "" || len(word.Suggestions) > maxSuggestions ||
				!strings.Contains(lower(typed), word.Untrusted) || err.Error() != ErrWord.Error() {
				t.Errorf("%q: %+v", typed, *word)
			}
		case !errors.Is(err, ErrCount) && !errors.Is(err, ErrChecksum):
			t.Errorf("%q: %v", typed, err)
		}
	})
}
