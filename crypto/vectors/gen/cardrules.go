package main

import (
	"strings"
)

// The cards that are signed and break a rule for cards.

func cardFormat(s *set) {
	base := newCard(workedRoot)
	fail := func(name, comment string, c cardText) {
		failCard(s, name, "format", comment, cardVector{}, c.body())
	}
	fail("fail-unknown-key", "a key that this version does not have", base.with("colour", `"green"`))
	fail("fail-unknown-key-nested", "the same further inside", base.with("policy", `{"files":true,"largest":16777216,"replies":false,"colour":1}`))
	for _, m := range base {
		if m[0] != "version" && m[0] != "root" {
			fail("fail-missing-"+m[0], "a member is missing", base.without(m[0]))
		}
	}
	fail("fail-missing-nested", "a member of the policy is missing", base.with("policy", `{"files":true,"largest":16777216}`))
	fail("fail-key-case", "keys are compared byte by byte", base.without("title").with("Title", `"The Example Courier"`))
	fail("fail-key-case-nested", "the same further inside", base.with("policy", `{"Files":true,"largest":16777216,"replies":false}`))
	fail("fail-key-folded", "U+017F folds to s", base.without("seq").with("\u017feq", "7"))
	fail("fail-title-null", "null is not nothing", base.with("title", "null"))
	fail("fail-notices-null", "null is no list", base.with("notices", "null"))
	fail("fail-title-number", "a number for a string", base.with("title", "7"))
	fail("fail-files-string", "a string for a boolean", base.with("policy", `{"files":"true","largest":16777216,"replies":false}`))
	fail("fail-languages-string", "a string for a list", base.with("languages", `"en"`))
	fail("fail-policy-list", "a list for an object", base.with("policy", "[]"))

	fail("fail-languages-21", "more than 20 languages", base.with("languages", "["+strings.Repeat(`"en",`, 20)+`"en"]`))
	fail("fail-language-sentence", "no language tag", base.with("languages", `["plain English"]`))
	fail("fail-language-underscore", "a locale, not a tag", base.with("languages", `["de_DE"]`))
	fail("fail-language-empty", "empty", base.with("languages", `[""]`))
	fail("fail-desk-short", "a desk key of 31 bytes", base.with("desks", "["+quote(b64u(random("desk", 31)))+"]"))
	fail("fail-desk-spare-bits", "a second spelling of a desk key", base.with("desks", "["+quote(spareBits(b64u(random("desk", 32))))+"]"))
	fail("fail-desks-33", "more than 32 desk keys", base.with("desks", "["+strings.TrimSuffix(strings.Repeat(quote(b64u(random("desk", 32)))+",", 33), ",")+"]"))

	question := func(id, kind, choices string) cardText {
		return base.with("questions", `[{"id":`+id+`,"label":"Where?","kind":"`+kind+`","required":false,"choices":`+choices+`}]`)
	}
	fail("fail-question-kind", "a kind of question that this version does not have", question(`"a"`, "hologram", "[]"))
	fail("fail-question-choices", "choices where none can be chosen", question(`"a"`, "text", `["b"]`))
	fail("fail-question-no-choices", "nothing to choose from", question(`"a"`, "choice", `[]`))
	fail("fail-question-empty-id", "no ID", question(`""`, "text", `[]`))
	fail("fail-question-id-newline", "an ID of two lines", question(`"a\nb"`, "text", `[]`))
	fail("fail-question-duplicate", "two questions of one ID", base.with("questions", `[{"id":"a","label":"Where?","kind":"text","required":false,"choices":[]},`+
		`{"id":"a","label":"When?","kind":"text","required":false,"choices":[]}]`))
}

func cardNumbers(s *set) {
	base := newCard(workedRoot)
	fail := func(name, comment string, c cardText) {
		failCard(s, name, "format", comment, cardVector{}, c.body())
	}
	for _, n := range []struct{ name, comment, value string }{
		{"fraction", "7.0 is 7 to some readers", "7.0"},
		{"exponent", "7e0 is 7 to some readers", "7e0"},
		{"thousand", "1e3", "1e3"},
		{"zero", "counting begins with 1", "0"},
		{"minus-zero", "-0 is 0 to some readers", "-0"},
		{"negative", "negative", "-7"},
		{"2-53", "2^53: JavaScript cannot tell it from 2^53+1", "9007199254740992"},
		{"2-53-1", "2^53+1", "9007199254740993"},
		{"2-64", "2^64+7 is 7 to a reader that overflows", "18446744073709551623"},
		{"huge", "1e400 is infinite", "1e400"},
		{"string", "a string", `"7"`},
		{"null", "null", "null"},
		{"boolean", "true", "true"},
	} {
		fail("fail-seq-"+n.name, "the sequence number: "+n.comment, base.with("seq", n.value))
	}
	fail("fail-day-fraction", "a day is an integer", base.with("published", "20695.0"))
	fail("fail-day-negative", "a day before 1970", base.with("published", "-1"))
	fail("fail-largest-negative", "a negative size", base.with("policy", `{"files":true,"largest":-1,"replies":false}`))
	fail("fail-expires-before", "expires before it is published", base.with("published", "20700").with("expires", "20699").
		with("epochs", "["+epoch(3, 20690, 20699, key.recipient())+"]"))
	fail("fail-91-days", "validity is the window for showing an old card: 90 days at most", base.with("expires", "20786"))
}

func cardTexts(s *set) {
	base := newCard(workedRoot)
	fail := func(name, comment, member, value string) {
		failCard(s, name, "format", comment, cardVector{}, base.with(member, value).body())
	}
	fail("fail-title-empty", "a drop has a title", "title", `""`)
	fail("fail-title-201-bytes", "201 bytes, though only 101 characters", "title", quote(strings.Repeat("é", 100)+"e"))
	fail("fail-title-newline", "a title is one line", "title", `"The Example\nCourier"`)
	fail("fail-title-escape", "a control sequence", "title", `"\u001b[2JThe Example Courier"`)
	fail("fail-title-delete", "U+007F", "title", "\"The Example\u007f Courier\"")
	fail("fail-title-c1", "U+009B begins a control sequence too", "title", "\"\u009b2JThe Example Courier\"")
	fail("fail-title-next-line", "U+0085", "title", "\"The Example\u0085Courier\"")
	fail("fail-title-bidi-override", "reads as another name", "title", "\"\u202ereiruoC elpmaxE ehT\"")
	fail("fail-title-bidi-escaped", "the same, written with an escape", "title", `"\u202ereiruoC elpmaxE ehT"`)
	fail("fail-title-bidi-isolate", "U+2066", "title", "\"The \u2066Example\u2069 Courier\"")
	fail("fail-title-bidi-mark", "U+200F", "title", "\"The Example\u200f Courier\"")
	fail("fail-title-arabic-mark", "U+061C", "title", "\"The Example\u061c Courier\"")
	fail("fail-intro-carriage-return", "of the control characters only the newline may stand in a text", "intro", `"a\rb"`)
	fail("fail-intro-tab", "no tab", "intro", `"a\tb"`)
	fail("fail-intro-nul", "no zero", "intro", `"a\u0000b"`)
	fail("fail-intro-bidi", "U+202D in the introduction", "intro", "\"a\u202db\"")
	fail("fail-intro-long", "20,001 bytes", "intro", quote(strings.Repeat("a", 20001)))
	fail("fail-notice-bidi", "in a notice", "notices", "[{\"day\":20694,\"text\":\"a\u2067b\"}]")
	fail("fail-notice-control", "in a notice", "notices", `[{"day":20694,"text":"a\u0007b"}]`)
	label := func(label, choice string) string {
		return `[{"id":"a","label":"` + label + `","kind":"choice","required":false,"choices":["` + choice + `"]}]`
	}
	fail("fail-label-control", "in a question", "questions", label(`a\u0008b`, "c"))
	fail("fail-choice-newline", "a choice is one line", "questions", label("a", `b\nc`))
	fail("fail-choice-bidi", "in a choice", "questions", label("a", "b\u202ec"))
}

func cardEpochs(s *set) {
	base := newCard(workedRoot)
	fail := func(name, comment string, epochs ...string) {
		failCard(s, name, "format", comment, cardVector{}, base.with("epochs", "["+strings.Join(epochs, ",")+"]").body())
	}
	good := key.recipient()
	fail("fail-epochs-none", "nothing to seal to")
	fail("fail-epoch-overlap", "one day lies in two epochs: senders would differ in the key", epoch(3, 20690, 20705, good), epoch(4, 20705, 20725, nextKey.recipient()))
	fail("fail-epoch-inside", "one epoch inside another", epoch(3, 20690, 20725, good), epoch(4, 20700, 20701, nextKey.recipient()))
	fail("fail-epoch-beyond-expiry", "an epoch that outlives the card: who shows the card later would bring an old key back", epoch(3, 20690, 20726, good))
	fail("fail-epoch-reversed", "ends before it begins", epoch(3, 20705, 20704, good))
	fail("fail-epoch-number-same", "two epochs of one number", epoch(3, 20690, 20705, good), epoch(3, 20706, 20725, nextKey.recipient()))
	fail("fail-epoch-number-falls", "the numbers grow", epoch(4, 20690, 20705, good), epoch(3, 20706, 20725, nextKey.recipient()))
	fail("fail-epoch-no-keys", "no key", `{"number":3,"from":20690,"until":20725,"keys":[]}`)
	fail("fail-epoch-same-key", "one key twice", epoch(3, 20690, 20725, good, good))
	fail("fail-epoch-classic", "an X25519 key: letters could be opened by who records them today and has a quantum computer one day", epoch(3, 20690, 20725, newClassicKey("epoch").recipient()))
	fail("fail-epoch-mixed", "an X25519 key beside a hybrid one undoes it", epoch(3, 20690, 20725, good, newClassicKey("epoch").recipient()))
	fail("fail-epoch-secret", "somebody published the secret half", epoch(3, 20690, 20725, key.identity()))
	fail("fail-epoch-key-upper", "an upper-case key", epoch(3, 20690, 20725, strings.ToUpper(good)))
	fail("fail-epoch-key-checksum", "a key with a typing error", epoch(3, 20690, 20725, good[:1000]+swapCase(good[1000])+good[1001:]))
	fail("fail-epoch-key-short", "a key of a byte less", epoch(3, 20690, 20725, bech32("age1pq", key.public()[:1215])))
	fail("fail-epoch-key-bech32m", "a key with the checksum of a link", epoch(3, 20690, 20725, bech32m("age1pq", key.public())))
	fail("fail-epoch-key-prefix", "a hybrid key under the prefix of classic ones", epoch(3, 20690, 20725, bech32("age", key.public())))
	unreduced := append([]byte{0xff, 0xff}, key.public()[2:]...)
	fail("fail-epoch-key-unreduced", "a coefficient of 4095, where ML-KEM has 3328 at most (FIPS 203, section 7.2)", epoch(3, 20690, 20725, bech32("age1pq", unreduced)))
	fail("fail-epoch-key-plugin", "a plugin's key", epoch(3, 20690, 20725, bech32("age1yubikey", random("plugin", 33))))
	fail("fail-epoch-key-space", "a space before the key", epoch(3, 20690, 20725, " "+good))
}

// swapCase returns another character of the alphabet.
func swapCase(c byte) string {
	return string(charset[(strings.IndexByte(charset, c)+7)%32])
}

func cardDays(s *set) {
	base := newCard(workedRoot)
	fail := func(name, expect, comment string, day int, c cardText) {
		failCard(s, name, expect, comment, cardVector{day: day}, c.body())
	}
	fail("fail-expired", "expired", "expired the day before yesterday", 20727, base)
	fail("fail-expired-long-ago", "expired", "a server shows last year's card", 21065, base)
	fail("fail-future", "future", "published the day after tomorrow", 20693, base)
	fail("fail-future-far", "future", "this device's clock is at 1970", 1, base)
	short := base.with("epochs", "["+epoch(3, 20690, 20705, key.recipient())+"]")
	fail("fail-epoch-ended", "epoch", "the last epoch ended the day before yesterday", 20707, short)
	late := base.with("epochs", "["+epoch(3, 20702, 20725, key.recipient())+"]")
	fail("fail-epoch-not-begun", "epoch", "the first epoch begins the day after tomorrow", 20700, late)
	gap := base.with("epochs", "["+epoch(3, 20690, 20697, key.recipient())+","+epoch(4, 20701, 20725, nextKey.recipient())+"]")
	fail("fail-epoch-gap", "epoch", "in the middle of a gap between two epochs", 20699, gap)
	fail("fail-expired-and-format", "format", "a broken rule is told before the day", 20727, base.with("title", `""`))
	fail("fail-expired-before-epoch", "expired", "no epoch either: the expiry is told first", 20730, short)
}
