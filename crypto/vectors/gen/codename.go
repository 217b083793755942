package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// wordsSum is the SHA-256 of BIP 39's english.txt, with its last newline.
const wordsSum = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"

// readWords reads BIP 39's list from where the codenames have it. It is data,
// and its sum is known: nothing of what is tested comes along with it.
func readWords(testdata string) []string {
	list := must1(os.ReadFile(filepath.Join(testdata, "..", "..", "codename", "words.txt")))
	if hexOf(sha(list)) != wordsSum {
		fail("the list of words is not BIP 39's")
	}
	return strings.Fields(string(list))
}

// codename is what a sender keeps.
type codename struct{ entropy []byte }

// workedCodename is that of the specification's examples.
var workedCodename = codename{random("worked codename", 16)}

func (c codename) seed() []byte { return kdf(c.entropy, "codename", nil) }

func (c codename) root() root {
	return root{ed25519.NewKeyFromSeed(kdf(c.seed(), "reply root", nil))}
}

func (c codename) mailbox() [16]byte { return c.root().mailbox() }

func (c codename) key() hybridKey { return hybridKey{kdf(c.seed(), "reply key", nil)} }

func (c codename) thread() []byte { return kdf(c.seed(), "thread key", nil) }

func (c codename) author() []byte { return kdf(c.seed(), "author", nil)[:8] }

func (c codename) withdraw(envelope [16]byte) []byte { return kdf(c.seed(), "withdraw", envelope[:]) }

func (c codename) copyKey() []byte { return kdf(c.seed(), "copy key", nil) }

func (c codename) copyProof(mailbox, envelope [16]byte) []byte {
	return proofOf(c.copyKey(), "copy", mailbox[:], envelope[:])
}

func proofOf(key []byte, label string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(labeled(label, parts...))
	return mac.Sum(nil)
}

// words writes entropy with the given checksum, or the right one when it is
// negative, as a list of words.
func (c codename) words(list []string, checksum int) []string {
	if checksum < 0 {
		checksum = int(sha(c.entropy)[0] >> 4)
	}
	var bits []byte
	for _, b := range c.entropy {
		for i := range 8 {
			bits = append(bits, b>>(7-i)&1)
		}
	}
	for i := range 4 {
		bits = append(bits, byte(checksum>>(3-i)&1))
	}
	var words []string
	for word := range slices.Chunk(bits, 11) {
		n := 0
		for _, bit := range word {
			n = n<<1 | int(bit)
		}
		words = append(words, list[n])
	}
	return words
}

// distance is that of optimal string alignment, by its recursive definition.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func suggestions(list []string, token string) []string {
	for wanted := 1; wanted <= 2; wanted++ {
		var near []string
		for _, word := range list {
			if distance(token, word) == wanted {
				near = append(near, word)
			}
		}
		if len(near) > 0 {
			return near[:min(3, len(near))]
		}
	}
	return nil
}

func codenameVectors(s *set, list []string) {
	codenameOK(s, list)
	codenameWord(s, list)
	codenameCount(s, list)
	codenameChecksum(s, list)
}

func codenameOK(s *set, list []string) {
	ok := func(name, comment string, c codename, typed string) {
		mailbox, envelope := c.mailbox(), random16("codename envelope "+name)
		s.add("codename", "ok-"+name, "ok", comment, []byte(typed),
			"words", strings.Join(c.words(list, -1), " "), "entropy", hexOf(c.entropy),
			"mailbox", hexOf(mailbox[:]), "reply-root", hexOf(c.root().public()), "reply-key", c.key().recipient(),
			"thread", hexOf(c.thread()), "author", hexOf(c.author()), "envelope", hexOf(envelope[:]),
			"withdraw", hexOf(c.withdraw(envelope)), "copy-proof", hexOf(c.copyProof(mailbox, envelope)))
	}
	join := func(c codename, separator string) string { return strings.Join(c.words(list, -1), separator) }
	w := workedCodename
	worked := join(w, " ")
	ok("worked", "the worked codename", w, worked)
	for name, b := range map[string]byte{"zero": 0, "ones": 0xff, "7f": 0x7f, "80": 0x80} {
		c := codename{slices.Repeat([]byte{b}, 16)}
		ok(name, "one of BIP 39's own test vectors", c, join(c, " "))
	}
	ok("upper", "all in capitals", w, strings.ToUpper(worked))
	var title, numbered, beginnings, five strings.Builder
	for i, word := range w.words(list, -1) {
		title.WriteString(strings.ToUpper(word[:1]) + word[1:] + " ")
		fmt.Fprintf(&numbered, "%d. %s\n", i+1, word)
		fmt.Fprintf(&beginnings, "%s ", cut(word, 4))
		fmt.Fprintf(&five, "%s ", cut(word, 5))
	}
	ok("title", "as a phone's keyboard writes it", w, title.String())
	ok("numbered", "as the page prints it: digits and full stops separate", w, numbered.String())
	ok("four-letters", "four letters tell every word from the others", w, beginnings.String())
	ok("five-letters", "and five", w, five.String())
	ok("commas", "commas without a space", w, join(w, ","))
	ok("digits", "digits alone between the words", w, join(w, "7"))
	ok("lines", "a word a line, as Windows ends lines", w, join(w, "\r\n"))
	ok("white-space", "white space everywhere", w, "\n\t "+join(w, " \t ")+" \n\n")
	ok("quoted", "in quotation marks that are not ASCII", w, "“"+worked+"”")
	ok("no-break-spaces", "copied from a page: no-break spaces, ideographic spaces, a byte order mark", w, "\ufeff"+join(w, "\u00a0\u3000"))
	ok("hidden-characters", "a mark for the direction of text between words", w, join(w, "\u200f \u2066"))
	ok("nul", "a NUL between words", w, join(w, "\x00"))
	ok("emoji", "characters of four bytes between words", w, join(w, "\U0001f511"))
	ok("4096-bytes", "as long as it may be", w, worked+strings.Repeat(" ", 4096-len(worked)))
	short := codename{random("short words", 16)}
	ok("another", "another codename", short, join(short, " "))
}

// failWord adds a codename of which the word at position is none.
func failWord(s *set, list []string, name, comment, typed string, position int, token string) {
	if slices.ContainsFunc(list, func(word string) bool { return word == token || len(token) > 3 && strings.HasPrefix(word, token) }) {
		panic(token + " is a word")
	}
	fields := []string{"position", fmt.Sprint(position), "token", token}
	for _, word := range suggestions(list, token) {
		fields = append(fields, "suggestion", word)
	}
	s.add("codename", "fail-word-"+name, "word", comment, []byte(typed), fields...)
}

func codenameWord(s *set, list []string) {
	words := workedCodename.words(list, -1)
	replaced := func(position int, with string) string {
		w := slices.Clone(words)
		w[position-1] = with
		return strings.Join(w, " ")
	}
	wrong := func(name, comment, token string, position int) {
		failWord(s, list, name, comment, replaced(position, token), position, token)
	}
	wrong("swapped", "two letters have changed places", "abnadon", 1)
	wrong("letter-missing", "a letter is missing", "brige", 3)
	wrong("letter-more", "a letter too many", "buutter", 5)
	wrong("letter-other", "another letter", "gorden", 12)
	wrong("two-mistakes", "two letters are wrong", "abbandonn", 2)
	wrong("three-mistakes", "three are: nothing is near enough", "xxandonx", 2)
	wrong("plural", "a word with something behind it", "abandons", 7)
	wrong("two-words", "two words without a space between", "abandonability", 6)
	wrong("three-letters", "three letters can begin several words", "aba", 4)
	wrong("one-letter", "a letter alone; many words are as near: the first three of the list", "n", 4)
	wrong("nearest-only", "one word at a distance of 1, many at 2: the nearest alone", "catz", 9)
	wrong("swap-is-one", "a swap counts as one, so that the word meant is nearer than others", "vautl", 8)
	wrong("no-letter-twice", "swapping two letters and putting one between them touches a letter twice", "abnxadon", 8)
	wrong("other-language", "a word of BIP 39's French list", "abaisser", 1)
	wrong("not-bip-39", "an English word that is not in the list", "transom", 10)
	wrong("long", "4000 letters", strings.Repeat("a", 4000-len(strings.Join(words, " "))), 11)
	failWord(s, list, "accent", "a letter that is not ASCII separates; what is left of the word is wrong", replaced(1, "ábandon"), 1, "bandon")
	failWord(s, list, "kelvin-sign", "U+212A is no k, though it becomes one in Unicode's lower case", replaced(3, "\u212aangaroo"), 3, "angaroo")
	failWord(s, list, "dotless-i", "U+0130 is no i", replaced(3, "\u0130mage"), 3, "mage")
	failWord(s, list, "long-s", "U+017F is no s", replaced(3, "\u017ftamp"), 3, "tamp")
	failWord(s, list, "soft-hyphen", "a hyphen that is not shown separates", replaced(2, "re\u00adport"), 2, "re")
	failWord(s, list, "digit", "a digit for a letter splits the word: the first half is long enough, the second is not", replaced(1, "aband0n"), 2, "n")
	failWord(s, list, "upper", "told in lower case", strings.ToUpper(replaced(2, "abnadon")), 2, "abnadon")
	failWord(s, list, "first-of-two", "two are wrong: the first is told", replaced(2, "abnadon zzzzzzzz"), 2, "abnadon")
	failWord(s, list, "before-count", "a wrong word comes before their number", "abnadon", 1, "abnadon")
	failWord(s, list, "thirteenth", "also behind the twelfth", strings.Join(words, " ")+" abnadon", 13, "abnadon")
	failWord(s, list, "link", "the link was pasted instead", "https://drop.example.org/#"+linkCode(workedSecret, workedRoot.mailbox()), 1, "https")
	failWord(s, list, "no-spaces", "all of it in one", strings.Join(words, ""), 1, strings.Join(words, ""))
}

func codenameCount(s *set, list []string) {
	words := workedCodename.words(list, -1)
	worked := strings.Join(words, " ")
	count := func(name, comment, typed string) {
		s.add("codename", "fail-count-"+name, "count", comment, []byte(typed)).compress = len(typed) > 10000
	}
	count("empty", "nothing", "")
	count("separators", "no letter", " \n1. 2. 3. – \u3000")
	count("11", "one word is missing", strings.Join(words[:11], " "))
	count("13", "one too many", worked+" "+words[0])
	count("1", "one word", words[0])
	count("24", "a seed phrase of a wallet: 24 words with a checksum of their own", strings.Repeat("abandon ", 23)+"art")
	count("other-script", "another script has no letters here", "از میان نامه")
	count("full-width", "full-width letters are other characters", "\uff41\uff42\uff41\uff4e\uff44\uff4f\uff4e")
	count("4097-bytes", "too long by a byte, with nothing but spaces behind the words", worked+strings.Repeat(" ", 4097-len(worked)))
	count("4097-bytes-word", "too long comes before a wrong word", "abnadon"+strings.Repeat(" ", 4096))
	count("megabyte", "a file was dropped into the field", strings.Repeat("abandon ", 1<<13))
}

func codenameChecksum(s *set, list []string) {
	words := workedCodename.words(list, -1)
	right := int(sha(workedCodename.entropy)[0] >> 4)
	checksum := func(name, comment string, words []string) {
		s.add("codename", "fail-checksum-"+name, "checksum", comment, []byte(strings.Join(words, " ")))
	}
	for bit := range 4 {
		checksum(fmt.Sprintf("bit-%d", bit), "one bit of the checksum is wrong", workedCodename.words(list, right^1<<bit))
	}
	swapped := slices.Clone(words)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	checksum("swapped", "two words have changed places", swapped)
	reversed := slices.Clone(words)
	slices.Reverse(reversed)
	checksum("reversed", "read from the end", reversed)
	checksum("abandon", "the first word of the list twelve times: 128 zeros whose checksum is not zero", slices.Repeat(list[:1], 12))
	checksum("zoo", "the last word twelve times", slices.Repeat(list[2047:], 12))
	other := slices.Clone(words)
	other[5] = list[slices.Index(list, other[5])^1]
	checksum("neighbour", "the next word of the list in one place", other)
}
