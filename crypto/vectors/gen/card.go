package main

import (
	"fmt"
	"slices"
	"strings"
)

// today is the day on which the cards of the vectors are looked at.
const today = 20700

// cardText is the body of a card in the making: its members as they are to
// stand there, in order.
type cardText [][2]string

// key is the worked drop's sealing key, nextKey one that follows it.
var (
	key     = newHybridKey("worked epoch 1")
	nextKey = newHybridKey("worked epoch 2")
)

func epoch(number, from, until int, keys ...string) string {
	return fmt.Sprintf(`{"number":%d,"from":%d,"until":%d,"keys":["%s"]}`, number, from, until, strings.Join(keys, `","`))
}

// newCard returns a card that is valid on today.
func newCard(r root) cardText {
	return cardText{
		{"version", "1"},
		{"root", quote(b64u(r.public()))},
		{"seq", "7"},
		{"published", "20695"},
		{"expires", "20725"},
		{"title", `"The Example Courier"`},
		{"intro", `"Write to us.\nWe read everything."`},
		{"languages", `["en","fa"]`},
		{"questions", `[]`},
		{"epochs", "[" + epoch(3, 20690, 20725, key.recipient()) + "]"},
		{"desks", `[]`},
		{"policy", `{"files":true,"largest":16777216,"replies":false}`},
		{"notices", `[]`},
	}
}

// quote writes a string that needs no escapes.
func quote(s string) string { return `"` + s + `"` }

// with returns a copy in which a member has another value, in JSON.
func (c cardText) with(name, value string) cardText {
	c = slices.Clone(c)
	for i := range c {
		if c[i][0] == name {
			c[i][1] = value
			return c
		}
	}
	return append(c, [2]string{name, value})
}

func (c cardText) without(name string) cardText {
	return slices.DeleteFunc(slices.Clone(c), func(m [2]string) bool { return m[0] == name })
}

func (c cardText) body() string {
	var members []string
	for _, m := range c {
		members = append(members, quote(m[0])+":"+m[1])
	}
	return "{" + strings.Join(members, ",") + "}"
}

// cardVector is a sealed card in the making. The zero values of the first four
// are those of the worked drop.
type cardVector struct {
	secret    *[16]byte // of the link that is used
	mailbox   *[16]byte // of the link that is used
	signer    *root
	signature []byte
	day       int
}

func (v cardVector) link() string {
	secret, mailbox := workedSecret, workedRoot.mailbox()
	if v.secret != nil {
		secret = *v.secret
	}
	if v.mailbox != nil {
		mailbox = *v.mailbox
	}
	return linkCode(secret, mailbox)
}

// signed returns signature and body, as they are sealed.
func (v cardVector) signed(body string) []byte {
	signer := workedRoot
	if v.signer != nil {
		signer = *v.signer
	}
	mailbox := workedRoot.mailbox()
	if v.mailbox != nil {
		mailbox = *v.mailbox
	}
	signature := v.signature
	if signature == nil {
		signature = signer.sign("card", mailbox[:], []byte(body))
	}
	return append(slices.Clone(signature), body...)
}

func cardVectors(s *set) {
	cardOK(s)
	cardSealed(s)
	cardJSON(s)
	cardVersion(s)
	cardRoot(s)
	cardSignature(s)
	cardFormat(s)
	cardNumbers(s)
	cardTexts(s)
	cardEpochs(s)
	cardDays(s)
}

// failCard adds a card whose body is right but for what the vector is about.
func failCard(s *set, name, expect, comment string, v cardVector, body string) {
	if v.day == 0 {
		v.day = today
	}
	sealed := ageFile("card "+name, v.signed(body), cardKey(workedSecret))
	s.add("card", name, expect, comment, sealed, "link", v.link(), "today", fmt.Sprint(v.day))
}

// okCard adds a card that is to be used, and says what it must be read as.
func okCard(s *set, name, comment string, day int, c cardText, wantEpoch int, wantKeys ...hybridKey) {
	member := func(name string) string {
		for _, m := range c {
			if m[0] == name {
				return m[1]
			}
		}
		panic("no member " + name)
	}
	okBody(s, name, comment, day, c.body(), []string{
		"seq", member("seq"), "published", member("published"), "expires", member("expires"),
		"title", strings.Trim(member("title"), `"`), "epoch", fmt.Sprint(wantEpoch),
	}, wantKeys...)
}

func okBody(s *set, name, comment string, day int, body string, fields []string, wantKeys ...hybridKey) {
	v := cardVector{}
	sealed := ageFile("card "+name, v.signed(body), cardKey(workedSecret))
	fields = append([]string{"link", v.link(), "today", fmt.Sprint(day)}, fields...)
	for _, k := range wantKeys {
		fields = append(fields, "sealing-key", k.recipient())
	}
	s.add("card", name, "ok", comment, sealed, fields...)
}

func cardOK(s *set) {
	base := newCard(workedRoot)
	okCard(s, "ok-minimal", "the worked card", today, base, 3, key)
	okCard(s, "ok-full", "every member filled", today, base.
		with("questions", `[{"id":"where","label":"Where was it?","kind":"text","required":true,"choices":[]},`+
			`{"id":"role","label":"You are","kind":"choice","required":false,"choices":["staff","visitor"]},`+
			`{"id":"sure","label":"How sure are you?\n1: not at all","kind":"scale","required":false,"choices":[]}]`).
		with("desks", "["+quote(b64u(newRoot("desk 1").public()))+","+quote(b64u(newRoot("desk 2").public()))+"]").
		with("notices", `[{"day":20694,"text":"We heard you.\nThank you."}]`), 3, key)
	okCard(s, "ok-team", "a team: a letter is sealed to every key of the epoch", today, base.
		with("epochs", "["+epoch(3, 20690, 20725, key.recipient(), nextKey.recipient())+"]"), 3, key, nextKey)
	okCard(s, "ok-no-epoch-number", "numbers begin where they like", today, base.
		with("epochs", "["+epoch(0, 20690, 20725, key.recipient())+"]"), 0, key)
	two := base.with("epochs", "["+epoch(3, 20690, 20705, key.recipient())+","+epoch(4, 20706, 20725, nextKey.recipient())+"]")
	okCard(s, "ok-epoch-first", "the last day of epoch 3", 20705, two, 3, key)
	okCard(s, "ok-epoch-second", "the first day of epoch 4", 20706, two, 4, nextKey)
	gap := base.with("epochs", "["+epoch(3, 20690, 20699, key.recipient())+","+epoch(4, 20701, 20725, nextKey.recipient())+"]")
	okCard(s, "ok-epoch-gap", "no epoch today: tomorrow's is taken before yesterday's", 20700, gap, 4, nextKey)
	okCard(s, "ok-epoch-yesterday", "the last epoch ended yesterday: a day of grace", 20706, base.
		with("epochs", "["+epoch(3, 20690, 20705, key.recipient())+"]"), 3, key)
	okCard(s, "ok-epoch-tomorrow", "the first epoch begins tomorrow: a day of grace", 20700, base.
		with("epochs", "["+epoch(3, 20701, 20725, key.recipient())+"]"), 3, key)
	okCard(s, "ok-grace-expired", "expired yesterday: a day of grace", 20726, base, 3, key)
	okCard(s, "ok-grace-future", "published tomorrow: a day of grace", 20694, base, 3, key)
	okCard(s, "ok-90-days", "the longest validity", today, base.with("expires", "20785"), 3, key)
	okCard(s, "ok-one-day", "the shortest", 20695, base.with("expires", "20695").
		with("epochs", "["+epoch(3, 20695, 20695, key.recipient())+"]"), 3, key)
	okCard(s, "ok-title-200-bytes", "200 bytes, and no more characters than 100", today, base.with("title", quote(strings.Repeat("é", 100))), 3, key)
	okCard(s, "ok-largest-number", "2^53-1 is the largest integer", today, base.with("seq", "9007199254740991"), 3, key)
	reversed := slices.Clone(base)
	slices.Reverse(reversed)
	okCard(s, "ok-order", "readers take the members in any order", today, reversed, 3, key)
	fields := []string{"seq", "7", "published", "20695", "expires", "20725", "title", "The Example Courier", "epoch", "3"}
	okBody(s, "ok-white-space", "and white space where JSON allows it", today,
		" \r\n\t"+strings.ReplaceAll(base.body(), `,"`, "\n,\t\""), fields, key)
	okBody(s, "ok-escapes", "any spelling of a character means that character", today,
		strings.Replace(base.body(), `"The Example Courier"`, `"\u0054he\u0020Example Courier"`, 1), fields, key)
	okBody(s, "ok-escaped-key", "of a key too", today, strings.Replace(base.body(), `"seq"`, `"\u0073eq"`, 1), fields, key)
	okBody(s, "ok-separators", "U+2028 and U+2029 may stand there as they are", today,
		base.with("intro", "\"a\u2028b\u2029c\"").body(), fields, key)
	okBody(s, "ok-emoji-escape", "a pair of surrogates is a character", today,
		base.with("intro", `"\ud83d\ude00 \u200d \u200c"`).body(), fields, key)
	okBody(s, "ok-language-tags", "forms of BCP 47 tags", today,
		base.with("languages", `["de-CH-1996","zh-Hant-TW","es-419","sl-rozaj-biske","x-klingon"]`).body(), fields, key)
}

func cardSealed(s *set) {
	body := newCard(workedRoot).body()
	content := cardVector{}.signed(body)
	fail := func(name, comment string, sealed []byte) {
		s.add("card", name, "sealed", comment, sealed, "link", cardVector{}.link(), "today", fmt.Sprint(today))
	}
	good := ageFile("card sealed", content, cardKey(workedSecret))
	other := random16("another link secret")
	fail("fail-other-secret", "sealed with another link's secret", ageFile("card other secret", content, cardKey(other)))
	fail("fail-sealing-key", "sealed to the sealing key, as if it were a letter", ageFile("card sealing key", content, key))
	fail("fail-classic", "sealed to a classic key made of the same seed", ageFile("card classic", content, classicKey{cardKey(workedSecret).seed}))
	fileKey := random("card grease file key", 16)
	own := cardKey(workedSecret).wrap("card grease stanza", fileKey)
	payload := agePayload(fileKey, random("card grease nonce", 16), content)
	fail("fail-mixed", "a second stanza of another class: somebody who breaks that one can read the card",
		append([]byte(ageHeader(fileKey, own, newClassicKey("card mixed").wrap("card mixed", fileKey))), payload...))
	fail("fail-grease", "a second stanza of no class at all",
		append([]byte(ageHeader(fileKey, own, stanza{"x-grease", []string{"a"}, nil})), payload...))
	fail("fail-empty", "nothing at all", nil)
	fail("fail-web-page", "the server answers with a web page", []byte("<!doctype html>\n<title>502 Bad Gateway</title>\n"))
	fail("fail-unsealed", "signature and body as they are", content)
	fail("fail-header-only", "cut after the header", good[:len(good)-len(content)-16-16])
	fail("fail-cut", "the last byte is missing", good[:len(good)-1])
	fail("fail-cut-tag", "cut before the last tag", good[:len(good)-16])
	fail("fail-trailing", "a byte follows", append(slices.Clone(good), 0))
	fail("fail-flipped", "one bit of the payload differs", flip(good, -100))
	fail("fail-flipped-header", "one bit of the header's MAC differs", []byte(flipMAC(string(good))))
	fail("fail-signature-only", "a signature over an empty body", ageFile("card signature only", cardVector{}.signed(""), cardKey(workedSecret)))
	fail("fail-short-signature", "shorter than a signature", ageFile("card short", content[:63], cardKey(workedSecret)))
	fail("fail-nothing-inside", "sealed nothing", ageFile("card nothing", nil, cardKey(workedSecret)))
}

// flipMAC changes the first character of a header's MAC.
func flipMAC(file string) string {
	i := strings.Index(file, "\n--- ") + len("\n--- ")
	c := byte('A')
	if file[i] == c {
		c = 'B'
	}
	return file[:i] + string(c) + file[i+1:]
}

func cardJSON(s *set) {
	base := newCard(workedRoot)
	body := base.body()
	fail := func(name, comment, body string) { failCard(s, name, "json", comment, cardVector{}, body) }
	fail("fail-duplicate-key", "a key twice with the same value: readers may differ in which they take", body[:len(body)-1]+`,"seq":7}`)
	fail("fail-duplicate-epochs", "one reader seals to the first keys, another to the second", body[:len(body)-1]+`,"epochs":[`+epoch(3, 20690, 20725, nextKey.recipient())+`]}`)
	fail("fail-duplicate-nested", "a key twice further inside", strings.Replace(body, `"files":true`, `"files":true,"files":false`, 1))
	fail("fail-duplicate-escaped", "a key twice, once written with an escape", body[:len(body)-1]+`,"\u0073eq":8}`)
	fail("fail-trailing-data", "something follows the object", body+"{}")
	fail("fail-trailing-nul", "a zero byte follows", body+"\x00")
	fail("fail-byte-order-mark", "a byte order mark before it", "\ufeff"+body)
	fail("fail-cut-json", "cut before the last brace, and signed so", body[:len(body)-1])
	fail("fail-array", "an array with a card in it", "["+body+"]")
	fail("fail-string", "a string", `"card"`)
	fail("fail-null", "null", "null")
	fail("fail-two-lines", "two objects", body+"\n"+body)
	fail("fail-comment", "a comment", strings.Replace(body, `{`, `{/* */`, 1))
	fail("fail-trailing-comma", "a comma before the brace", body[:len(body)-1]+`,}`)
	fail("fail-single-quotes", "JavaScript, not JSON", strings.ReplaceAll(body, `"`, `'`))
	fail("fail-leading-zero", "a number with a leading zero", base.with("seq", "07").body())
	fail("fail-plus", "a number with a plus", base.with("seq", "+7").body())
	fail("fail-nan", "not a number", base.with("seq", "NaN").body())
	fail("fail-raw-newline", "a newline inside a string", base.with("intro", "\"a\nb\"").body())
	fail("fail-vertical-tab", "U+000B is no white space in JSON", "\v"+body)
	fail("fail-invalid-utf-8", "a byte that is no UTF-8", base.with("intro", "\"caf\xe9\"").body())
	fail("fail-overlong-utf-8", "a quotation mark in two bytes", base.with("intro", "\"a\xc0\xa2b\"").body())
	fail("fail-surrogate-utf-8", "half a character written as UTF-8", base.with("intro", "\"a\xed\xa0\x80b\"").body())
	fail("fail-lone-high-surrogate", "half a character as an escape: some readers repair it, some do not", base.with("intro", `"a\ud800b"`).body())
	fail("fail-lone-low-surrogate", "the other half", base.with("intro", `"a\udc00b"`).body())
	fail("fail-reversed-surrogates", "both halves in the wrong order", base.with("intro", `"\ude00\ud83d"`).body())
	fail("fail-lone-surrogate-in-key", "in a key", body[:len(body)-1]+`,"\ud800":1}`)
	fail("fail-too-deep", "arrays in arrays, deeper than a reader's stack has to be", body[:len(body)-1]+`,"a":`+strings.Repeat("[", 4000)+strings.Repeat("]", 4000)+"}")
}

func cardVersion(s *set) {
	base := newCard(workedRoot)
	fail := func(name, comment string, c cardText) {
		failCard(s, name, "version", comment, cardVector{}, c.body())
	}
	fail("fail-version-2", "the next version", base.with("version", "2"))
	fail("fail-version-2-unknown-key", "the next version with a key that this one does not know: the reader has to say that it is too old, not that the card is wrong",
		base.with("version", "2").with("colour", `"green"`))
	fail("fail-version-0", "version 0", base.with("version", "0"))
	fail("fail-version-string", "a string", base.with("version", `"1"`))
	fail("fail-version-fraction", "1.0 is 1 to some readers", base.with("version", "1.0"))
	fail("fail-version-missing", "no version", base.without("version"))
	other := newRoot("another drop")
	failCard(s, "fail-version-2-other-root", "version", "of another version nothing else can be judged, not even whose it is",
		cardVector{signer: &other}, newCard(other).with("version", "2").body())
}

func cardRoot(s *set) {
	other := newRoot("another drop")
	otherMailbox := other.mailbox()
	base := newCard(workedRoot)
	failCard(s, "fail-other-root", "root", "the server has put its own key into a card of its own, signed for this mailbox",
		cardVector{signer: &other}, newCard(other).body())
	sealed := ageFile("card another drop", cardVector{signer: &other, mailbox: &otherMailbox}.signed(newCard(other).body()), cardKey(workedSecret))
	s.add("card", "fail-other-drop", "root", "a good card of another drop, sealed again for this link", sealed, "link", cardVector{}.link(), "today", fmt.Sprint(today))
	sealed = ageFile("card wrong mailbox", cardVector{}.signed(base.body()), cardKey(workedSecret))
	s.add("card", "fail-other-mailbox", "root", "the link's secret with another mailbox ID: a link made up of two", sealed,
		"link", linkCode(workedSecret, otherMailbox), "today", fmt.Sprint(today))
	flipped := workedRoot.mailbox()
	flipped[15] ^= 1
	s.add("card", "fail-mailbox-one-bit", "root", "one bit of the mailbox ID differs, the last one", sealed,
		"link", linkCode(workedSecret, flipped), "today", fmt.Sprint(today))
	for _, c := range []struct{ name, comment, value string }{
		{"fail-root-short", "31 bytes", quote(b64u(workedRoot.public()[:31]))},
		{"fail-root-long", "33 bytes", quote(b64u(append(slices.Clone(workedRoot.public()), 0)))},
		{"fail-root-empty", "empty", `""`},
		{"fail-root-null", "null", "null"},
		{"fail-root-padded", "base64url with padding: a second spelling", quote(b64u(workedRoot.public()) + "=")},
		{"fail-root-spare-bits", "spare bits set: a second spelling", quote(spareBits(b64u(workedRoot.public())))},
		{"fail-root-newline", "a newline that some decoders skip", quote(b64u(workedRoot.public()) + `\n`)},
		{"fail-root-hex", "hex", quote(hexOf(workedRoot.public()))},
	} {
		failCard(s, c.name, "root", "the root key: "+c.comment, cardVector{}, base.with("root", c.value).body())
	}
	failCard(s, "fail-root-missing", "root", "no root key", cardVector{}, base.without("root").body())
	failCard(s, "fail-root-wrong-case", "root", "a root key under another case of the key only", cardVector{},
		base.without("root").with("Root", quote(b64u(workedRoot.public()))).body())
}

// spareBits sets the lowest bit of the last character, which stands for nothing.
func spareBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + alphabet[last|1:last|1+1]
}

func cardSignature(s *set) {
	body := newCard(workedRoot).body()
	mailbox := workedRoot.mailbox()
	other := newRoot("another drop")
	otherMailbox := other.mailbox()
	good := workedRoot.sign("card", mailbox[:], []byte(body))
	fail := func(name, comment string, signature []byte) {
		failCard(s, name, "signature", comment, cardVector{signature: signature}, body)
	}
	fail("fail-signed-by-other", "the right root key, another's signature", other.sign("card", mailbox[:], []byte(body)))
	fail("fail-signed-for-other-mailbox", "signed for another mailbox", workedRoot.sign("card", otherMailbox[:], []byte(body)))
	fail("fail-signed-without-mailbox", "signed for no mailbox", workedRoot.sign("card", []byte(body)))
	fail("fail-signed-as-request", "an owner's signature made for another purpose", workedRoot.sign("request", mailbox[:], []byte(body)))
	fail("fail-signed-as-cards", "a label that begins with the right one", workedRoot.sign("cards", mailbox[:], []byte(body)))
	fail("fail-signature-flipped", "one bit of the signature differs", flip(good, 3))
	fail("fail-signature-zero", "all zero", make([]byte, 64))
	fail("fail-signature-malleable", "S plus the order of the group", malleable(good))
	edited := newCard(workedRoot).with("epochs", "["+epoch(3, 20690, 20725, nextKey.recipient())+"]").body()
	failCard(s, "fail-swapped-key", "signature", "the signature is good; the sealing key was exchanged afterwards", cardVector{signature: good}, edited)
	failCard(s, "fail-space-added", "signature", "a space more, the same meaning: it is the bytes that are signed", cardVector{signature: good}, body+" ")
	failCard(s, "fail-longer-validity", "signature", "the expiry was moved afterwards", cardVector{signature: good}, strings.Replace(body, "20725", "20785", 1))
}
