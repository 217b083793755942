package main

import (
	"fmt"
	"strings"
)

// failThread adds a letter of a thread with one member changed.
func failThread(s *set, name, expect, comment, kind, member, value string, files ...file) {
	threadLetter(s, "fail-thread-"+name, expect, comment, kind, put(threadMeta(kind), member, value), threadMessage(kind), nil, files...)
}

func threadVectors(s *set) {
	threadOK(s)
	threadKeys(s)
	threadProofs(s)
	threadReply(s)
	threadSeen(s)
	threadAnswers(s)
	threadCopy(s)
	threadLimits(s)
	threadElsewhere(s)
}

// threadKeys: which kind has which keys. What a kind does not need could carry
// something that one program acts on and another one does not.
func threadKeys(s *set) {
	donor := map[string]string{}
	for _, kind := range []string{"first", "reply", "copy", "closed"} {
		for _, m := range threadMeta(kind) {
			donor[m[0]] = m[1]
		}
	}
	donor["answers"] = `{"how":"by post"}`
	forbidden := map[string][]string{
		"first":   {"proof", "signature", "copy", "closed"},
		"next":    {"reply", "signature", "copy"},
		"reply":   {"answers", "reply", "copy", "closed"},
		"receipt": {"answers", "reply", "copy"},
		"copy":    {"reply", "signature", "closed"},
		"note":    {"reply", "signature", "closed"},
	}
	for _, kind := range []string{"first", "next", "reply", "receipt", "copy", "note"} {
		for _, key := range forbidden[kind] {
			failThread(s, kind+"-with-"+key, "json", "a key that this kind does not have", kind, key, donor[key])
		}
	}
	required := map[string][]string{"next": {"proof"}, "reply": {"proof", "signature"}, "receipt": {"proof", "signature"}, "copy": {"proof", "copy"}}
	for _, kind := range []string{"next", "reply", "receipt", "copy"} {
		for _, key := range append([]string{"author", "seq", "seen"}, required[kind]...) {
			threadLetter(s, "fail-thread-"+kind+"-without-"+key, "json", "a key that this kind must have", kind, threadMeta(kind).without(key), threadMessage(kind), nil)
		}
		failThread(s, kind+"-unknown-key", "json", "a key that no kind has", kind, "colour", `"green"`)
	}
	for _, kind := range []string{"next", "reply", "copy"} {
		failThread(s, kind+"-seq-zero", "json", "letters are counted from 1", kind, "seq", "0")
	}
	failThread(s, "receipt-seq-negative", "json", "a negative count", "receipt", "seq", "-1")
	failThread(s, "receipt-seq-2-53", "json", "2^53", "receipt", "seq", "9007199254740992")
	failThread(s, "kind-as-first", "json", "a first letter called next: it has no proof", "first", "kind", `"next"`)
	failThread(s, "kind-as-next", "json", "a reply called next: a signature too many", "reply", "kind", `"next"`)
	failThread(s, "kind-upper", "kind", "another case", "reply", "kind", `"Reply"`)
	failThread(s, "kind-note", "kind", "a note is a copy, and no kind", "note", "kind", `"note"`)
	failThread(s, "kind-space", "kind", "a space behind it", "receipt", "kind", `"receipt "`)
	failThread(s, "kind-empty", "kind", "empty", "next", "kind", `""`)
	for _, c := range [][2]string{{"false", "false"}, {"null", "null"}, {"string", `"true"`}, {"number", "1"}} {
		failThread(s, "closed-"+c[0], "json", "`closed` is true, or absent: there is one way to say that it is not", "closed", "closed", c[1])
		failThread(s, "closing-"+c[0], "json", "the same in a letter of the sender's", "closing", "closed", c[1])
	}
}

func threadProofs(s *set) {
	mailbox, envelope := threadPlace("reply")
	proof := proofOf(workedCodename.thread(), "proof", mailbox[:], envelope[:])
	signature := deskRoot.sign("reply", mailbox[:], envelope[:])
	for _, c := range []struct {
		name, comment string
		proof         string
		signature     string
	}{
		{"short", "a byte is missing", quote(b64u(proof[:31])), quote(b64u(signature[:63]))},
		{"long", "a byte too many", quote(b64u(append(proof[:32:32], 0))), quote(b64u(append(signature[:64:64], 0)))},
		{"empty", "empty", `""`, `""`},
		{"hex", "in hex", quote(hexOf(proof)), quote(hexOf(signature))},
		{"padded", "with base64's padding", quote(b64u(proof) + "="), quote(b64u(signature) + "==")},
		{"spare-bits", "a second spelling", quote(spareBits(b64u(proof))), quote(spareBits(b64u(signature)))},
		{"null", "null", "null", "null"},
		{"list", "a list", "[" + quote(b64u(proof)) + "]", "[" + quote(b64u(signature)) + "]"},
		{"newline", "a newline inside", quote(b64u(proof)[:20] + `\n` + b64u(proof)[20:]), quote(b64u(signature)[:20] + `\n` + b64u(signature)[20:])},
	} {
		failThread(s, "proof-"+c.name, "json", c.comment, "reply", "proof", c.proof)
		failThread(s, "signature-"+c.name, "json", c.comment, "reply", "signature", c.signature)
	}
}

func threadReply(s *set) {
	mailbox, envelope := threadPlace("first")
	r := replyTo(workedCodename, mailbox, envelope).text()
	fail := func(name, comment, member, value string) {
		failThread(s, "reply-block-"+name, "json", comment, "first", "reply", r.with(member, value).body())
	}
	for _, m := range r {
		failThread(s, "reply-block-without-"+m[0], "json", "a member is missing", "first", "reply", r.without(m[0]).body())
		fail(m[0]+"-null", "null", m[0], "null")
		fail(m[0]+"-empty", "empty", m[0], `""`)
	}
	for _, m := range []string{"root", "thread", "signature"} {
		value := strings.Trim(map[string]string{"root": r[0][1], "thread": r[2][1], "signature": r[3][1]}[m], `"`)
		fail(m+"-short", "cut", m, quote(value[:len(value)-4]))
		fail(m+"-spare-bits", "a second spelling", m, quote(spareBits(value)))
	}
	fail("unknown", "a key that it does not have", "mailbox", quote(b64u(mailbox[:])))
	failThread(s, "reply-block-null", "json", "null is not absent", "first", "reply", "null")
	failThread(s, "reply-block-list", "json", "a list", "first", "reply", "["+r.body()+"]")
	failThread(s, "reply-block-twice", "json", "a member twice: which key is it that replies are sealed to?", "first", "reply", strings.TrimSuffix(r.body(), "}")+`,"key":`+quote(nextKey.recipient())+"}")

	public := workedCodename.key().public()
	recipient := workedCodename.key().recipient()
	unreduced := append([]byte{0xff, 0xff, 0xff}, public[3:]...)
	for _, c := range [][3]string{
		{"classic", "an X25519 key: replies could be recorded, and broken later", newClassicKey("reply").recipient()},
		{"secret", "the identity instead of the key", workedCodename.key().identity()},
		{"upper", "in capitals: a second spelling", strings.ToUpper(recipient)},
		{"checksum", "a character differs", recipient[:len(recipient)-1] + map[bool]string{true: "p", false: "q"}[strings.HasSuffix(recipient, "q")]},
		{"bech32m", "the other checksum", bech32m("age1pq", public)},
		{"cut", "a byte is missing", bech32("age1pq", public[:1215])},
		{"long", "a byte too many", bech32("age1pq", append(public[:1216:1216], 0))},
		{"unreduced", "coefficients that are not reduced", bech32("age1pq", unreduced)},
		{"plugin", "a plugin's", bech32("age1yubikey", public[:33])},
		{"space", "a space in front", " " + recipient},
		{"two", "two keys", recipient + `\n` + nextKey.recipient()},
	} {
		fail("key-"+c[0], c[1], "key", quote(c[2]))
	}
}

func threadSeen(s *set) {
	desk, other := b64u(deskAuthor), b64u(random("another desk", 8))
	fail := func(name, comment, value string) {
		failThread(s, "beyond-"+name, "json", comment, "receipt", "beyond", value)
	}
	one := func(name, comment, numbers string) {
		meta := put(put(threadMeta("receipt"), "seen", seen(deskAuthor, 3)), "beyond", fmt.Sprintf(`{"%s":%s}`, desk, numbers))
		threadLetter(s, "fail-thread-beyond-"+name, "json", comment, "receipt", meta, "", nil)
	}
	one("next", "4 stands right behind 3: `seen` had to say 4", "[4]")
	one("next-more", "the same with others behind it", "[4,6]")
	one("seen", "a number that `seen` has already", "[3,5]")
	one("falling", "not ascending", "[7,5]")
	one("same", "a number twice", "[5,5]")
	one("empty-list", "an author of whom nothing is behind a gap", "[]")
	one("zero", "0", "[0,5]")
	one("negative", "a negative number", "[-5]")
	one("fraction", "5.0", "[5.0]")
	one("exponent", "5e0", "[5e0]")
	one("2-53", "2^53", "[9007199254740992]")
	one("string", "a text", `["5"]`)
	one("number", "no list", "5")
	one("null", "null for a number", "[null]")
	one("null-list", "null for a list", "null")
	one("range", "an attempt to be brief", `[{"from":5,"to":9}]`)
	one("1001", "one number more than there may be", list(numbers(5, 1001, 2)))
	fail("not-in-seen", "of an author of whom nothing is seen the first is missing, so 1 cannot be behind the gap", `{"`+desk+`":[1]}`)
	fail("1001-of-two", "one more, of two authors", fmt.Sprintf(`{"%s":%s,"%s":[2]}`, desk, list(numbers(2, 1000, 2)), other))
	fail("empty", "nothing is behind a gap: then it is absent", "{}")
	fail("all-null", "null is not absent", "null")
	fail("all-list", "a list", "[]")
	fail("author-short", "an author of 7 bytes", `{"AAAAAAAAAA":[2]}`)
	fail("author-spare-bits", "a second spelling of an author", `{"`+spareBits(desk)+`":[2]}`)
	fail("author-twice", "an author twice", `{"`+desk+`":[2],"`+desk+`":[3]}`)
	failThread(s, "seen-fraction", "json", "1.0", "next", "seen", `{"`+desk+`":1.0}`)
	failThread(s, "seen-2-53", "json", "2^53", "next", "seen", `{"`+desk+`":9007199254740992}`)
	failThread(s, "seen-spare-bits", "json", "a second spelling of an author, who is then two", "next", "seen", `{"`+spareBits(desk)+`":1}`)
}

func threadAnswers(s *set) {
	fail := func(name, comment, value string) {
		failThread(s, "answers-"+name, "json", comment, "first", "answers", value)
	}
	fail("empty", "no answer: then it is absent", "{}")
	fail("null", "null is not absent", "null")
	fail("list", "a list", `["by post"]`)
	fail("number", "a scale's answer as a number", `{"rating":5}`)
	fail("null-answer", "null for an answer", `{"how":null}`)
	fail("boolean", "true for an answer", `{"agree":true}`)
	fail("several", "a list of choices", `{"how":["by post","by hand"]}`)
	fail("empty-answer", "a question that was not answered is left out", `{"how":""}`)
	fail("empty-id", "an ID of no bytes", `{"":"by post"}`)
	fail("nul", "a NUL in the answer", `{"how":"by\u0000post"}`)
	fail("nul-id", "a NUL in the ID", `{"h\u0000w":"by post"}`)
	fail("surrogate", "half a character", `{"how":"\ud800"}`)
	fail("twice", "two answers to one question", `{"how":"by post","how":"by hand"}`)
	fail("twice-escaped", "the same, one ID with an escape", `{"how":"by post","h\u006fw":"by hand"}`)
	fail("long", "10,001 bytes", `{"how":"`+strings.Repeat("é", 5000)+`x"}`)
	fail("long-id", "an ID of 65 bytes", `{"`+strings.Repeat("é", 32)+`x":"by post"}`)
	members := map[string]string{}
	for i := range 101 {
		members[fmt.Sprintf("question %03d", i)] = quote("yes")
	}
	fail("101", "one more than there may be", object(members))
	failThread(s, "answers-invalid-utf-8", "json", "a byte that is no UTF-8", "next", "answers", "{\"how\":\"\xff\"}")
}
