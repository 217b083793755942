package main

import (
	"fmt"
	"slices"
	"strings"
)

const hybridOnly, bothClasses = "mlkem768x25519", "mlkem768x25519 X25519"

// gateHeader returns a header of n stanzas of a class. It needs no real ones: a
// gate cannot tell.
func gateHeader(class string, n int) string {
	size := 32
	if class == "mlkem768x25519" {
		size = 1120
	}
	stanzas := make([]stanza, n)
	for i := range stanzas {
		label := fmt.Sprint("gate ", class, i)
		stanzas[i] = stanza{class, []string{rawStd.EncodeToString(random(label, size))}, random(label+" body", 32)}
	}
	return ageHeader(random("gate", 16), stanzas...)
}

// sealedLen is the size of the payload of n bytes.
func sealedLen(n int) int { return 16 + n + 16*max(1, (n+chunkSize-1)/chunkSize) }

func gateVectors(s *set) {
	gateSizes(s)
	gateHeaders(s)
	gateClasses(s)
	gateCards(s)
}

func addGate(s *set, name, expect, comment, what, classes, beginning string, size int) *vector {
	return s.add("gate", name, expect, comment, []byte(beginning), "what", what, "classes", classes, "size", fmt.Sprint(size))
}

func gateSizes(s *set) {
	header := gateHeader("mlkem768x25519", 1)
	ok := func(name, comment string, n int) {
		addGate(s, name, "ok", comment, "envelope", hybridOnly, header, len(header)+sealedLen(n))
	}
	fail := func(name, comment string, payload int) {
		addGate(s, name, "size", comment, "envelope", hybridOnly, header, len(header)+payload)
	}
	ok("ok-smallest", "32 KiB", 32<<10)
	ok("ok-next", "the next step", 34<<10)
	ok("ok-chunk", "exactly a chunk", 64<<10)
	ok("ok-chunk-and-step", "a chunk and the next step", 66<<10)
	ok("ok-two-chunks", "exactly two chunks", 128<<10)
	ok("ok-16-mib", "a large letter", 16<<20)
	ok("ok-8-gib", "larger than 32 bits", 8<<30)
	s.add("gate", "ok-whole", "ok", "a whole envelope: its own size counts", ageFile("gate whole", pad(archive(letterEntries(newMeta().body(), hello)...)), key),
		"what", "envelope", "classes", hybridOnly)
	fail("fail-one-less", "a byte less than 32 KiB: no letter is that small", sealedLen(32<<10-1))
	fail("fail-one-more", "a byte more: not a padded size", sealedLen(32<<10+1))
	fail("fail-empty-letter", "an age file of nothing", sealedLen(0))
	fail("fail-one-byte", "an age file of a byte", sealedLen(1))
	fail("fail-small-padme", "padded, but smaller than 32 KiB", sealedLen(16<<10))
	fail("fail-step-plus-block", "a tar, not padded", sealedLen(34<<10+512))
	fail("fail-wrong-step", "between 64 and 128 KiB the step is 2 KiB", sealedLen(65<<10))
	fail("fail-one-more-than-chunk", "a chunk and a byte", sealedLen(64<<10+1))
	fail("fail-empty-last-chunk", "the last chunk would be empty", sealedLen(64<<10)+16)
	fail("fail-part-of-tag", "a piece that is smaller than a tag", sealedLen(64<<10)+15)
	fail("fail-one-byte-behind-chunk", "a byte behind a full chunk", sealedLen(64<<10)+1)
	fail("fail-no-tag", "32 KiB without a tag", 16+32<<10)
	fail("fail-nonce-only", "a nonce and nothing behind it", 16)
	fail("fail-nonce-cut", "less than a nonce", 15)
	fail("fail-header-only", "a header and nothing behind it", 0)
	fail("fail-smaller-than-header", "declared smaller than its own header", -1)
	addGate(s, "fail-largest", "size", "the largest size that can be declared: nothing may overflow", "envelope", hybridOnly, header, 1<<63-1)
	addGate(s, "fail-size-zero", "size", "declared as nothing", "envelope", hybridOnly, header, 0)
}

func gateHeaders(s *set) {
	header := gateHeader("mlkem768x25519", 1)
	body := sealedLen(32 << 10)
	fail := func(name, comment, beginning string) {
		addGate(s, name, "header", comment, "envelope", bothClasses, beginning, len(beginning)+body)
	}
	edited := func(old, new string) string {
		changed := strings.Replace(header, old, new, 1)
		if changed == header {
			panic("nothing to replace: " + old)
		}
		return changed
	}
	for _, n := range []int{2, 5, 32} {
		many := gateHeader("mlkem768x25519", n)
		addGate(s, fmt.Sprintf("ok-%d-stanzas", n), "ok", "sealed to several keys", "envelope", hybridOnly, many, len(many)+body)
	}
	fail("fail-33-stanzas", "more than 32", gateHeader("mlkem768x25519", 33))
	fail("fail-33-classic-stanzas", "more than 32", gateHeader("X25519", 33))
	fail("fail-no-stanzas", "none", gateHeader("X25519", 0))
	fail("fail-empty", "nothing", "")
	fail("fail-plaintext", "a letter that was not sealed", hello+strings.Repeat("\n", 100))
	fail("fail-tar", "a letter that was not sealed", string(archive(letterEntries(newMeta().body(), hello)...)[:1024]))
	fail("fail-zip", "something else", "PK\x03\x04"+string(random("zip", 200)))
	fail("fail-armor", "an armored age file", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n")
	fail("fail-version", "another version of age", edited("/v1\n", "/v2\n"))
	fail("fail-intro-only", "the first line alone", ageIntro)
	fail("fail-intro-cut", "not even the first line", ageIntro[:12])
	fail("fail-crlf", "CR LF", strings.ReplaceAll(header, "\n", "\r\n"))
	fail("fail-cr-in-stanza", "a CR behind an argument", edited("\n", "\r\n"))
	fail("fail-no-final-newline", "no newline behind the MAC", strings.TrimSuffix(header, "\n"))
	fail("fail-no-footer", "no MAC", header[:strings.LastIndex(header, "---")])
	fail("fail-footer-bare", "an empty MAC", header[:strings.LastIndex(header, "---")]+"---\n")
	fail("fail-mac-short", "a MAC of 31 bytes", header[:strings.LastIndex(header, "---")]+"--- "+rawStd.EncodeToString(random("mac", 31))+"\n")
	fail("fail-mac-long", "a MAC of 33 bytes", header[:strings.LastIndex(header, "---")]+"--- "+rawStd.EncodeToString(random("mac", 33))+"\n")
	fail("fail-mac-padded", "base64 with padding", strings.TrimSuffix(header, "\n")+"=\n")
	fail("fail-mac-spare-bits", "spare bits", header[:len(header)-44]+spareStd(header[len(header)-44:len(header)-1])+"\n")
	fail("fail-mac-space", "a space behind the MAC", strings.TrimSuffix(header, "\n")+" \n")
	fail("fail-stanza-no-space", "no space behind the arrow", edited("-> ", "->"))
	fail("fail-stanza-two-spaces", "two spaces", edited("x25519 ", "x25519  "))
	fail("fail-stanza-tab", "a tab for a space", edited("x25519 ", "x25519\t"))
	fail("fail-blank-line", "an empty line before the first stanza", edited("/v1\n", "/v1\n\n"))
	stanzaOf := func(class string, argument, body int) string {
		return ageHeader(random("gate", 16), stanza{class, []string{rawStd.EncodeToString(random("gate argument", argument))}, random("gate body", body)})
	}
	fail("fail-argument-short", "an encapsulated key of 1119 bytes", stanzaOf("mlkem768x25519", 1119, 32))
	fail("fail-argument-long", "one of 1121 bytes", stanzaOf("mlkem768x25519", 1121, 32))
	fail("fail-argument-of-other-class", "an X25519 share under the hybrid name", stanzaOf("mlkem768x25519", 32, 32))
	fail("fail-classic-argument-short", "an X25519 share of 31 bytes", stanzaOf("X25519", 31, 32))
	fail("fail-body-short", "a wrapped key of 31 bytes", stanzaOf("mlkem768x25519", 1120, 31))
	fail("fail-body-long", "a wrapped key of 48 bytes, so an empty second line", stanzaOf("mlkem768x25519", 1120, 48))
	fail("fail-body-empty", "no wrapped key", stanzaOf("mlkem768x25519", 1120, 0))
	fail("fail-two-arguments", "an argument more", ageHeader(random("gate", 16), stanza{"X25519", []string{rawStd.EncodeToString(random("gate argument", 32)), "a"}, random("gate body", 32)}))
	fail("fail-no-argument", "no argument", ageHeader(random("gate", 16), stanza{"X25519", nil, random("gate body", 32)}))
	argument := rawStd.EncodeToString(random("gate argument", 32))
	fail("fail-argument-spare-bits", "a second spelling of the share", ageHeader(random("gate", 16), stanza{"X25519", []string{spareStd(argument)}, random("gate body", 32)}))
	fail("fail-argument-url", "base64url in a header", ageHeader(random("gate", 16), stanza{"X25519", []string{strings.Repeat("-", 42) + "A"}, random("gate body", 32)}))
	fail("fail-second-stanza", "the second stanza is wrong", edited("\n--- ", "\n-> X\n!\n--- "))
	filler := func(n int) string {
		text := ageHeader(random("gate", 16), stanza{"x-filler", []string{"a"}, nil})
		return ageHeader(random("gate", 16), stanza{"x-filler", []string{strings.Repeat("a", n-len(text)+1)}, nil})
	}
	addGate(s, "fail-64-kib", "class", "a header of exactly 64 KiB is read, and is of no class", "envelope", bothClasses, filler(64<<10), 64<<10+body).compress = true
	addGate(s, "fail-64-kib-and-one", "header", "one of a byte more is not", "envelope", bothClasses, filler(64<<10+1), 64<<10+1+body).compress = true
	addGate(s, "fail-endless-line", "header", "a line without an end", "envelope", bothClasses, ageIntro+"-> "+strings.Repeat("a", 100<<10), 1<<30).compress = true
	addGate(s, "fail-endless-body", "header", "a stanza without an end", "envelope", bothClasses, ageIntro+"-> a\n"+strings.Repeat(strings.Repeat("A", 64)+"\n", 1600), 1<<30).compress = true
}

func gateClasses(s *set) {
	body := sealedLen(32 << 10)
	add := func(name, expect, comment, classes string, stanzas ...stanza) {
		header := ageHeader(random("gate", 16), stanzas...)
		addGate(s, name, expect, comment, "envelope", classes, header, len(header)+body)
	}
	hybrid := stanza{"mlkem768x25519", []string{rawStd.EncodeToString(random("gate enc", 1120))}, random("gate body", 32)}
	classic := stanza{"X25519", []string{rawStd.EncodeToString(random("gate share", 32))}, random("gate body", 32)}
	add("ok-classic", "ok", "allowed where the operator says so", bothClasses, classic)
	add("ok-classic-32", "ok", "32 of them", bothClasses, slices.Repeat([]stanza{classic}, 32)...)
	add("ok-hybrid-where-both", "ok", "hybrid where both are allowed", bothClasses, hybrid, hybrid)
	add("fail-classic", "class", "not allowed: a recorder could open it one day", hybridOnly, classic)
	add("fail-mixed", "class", "both, where both are allowed: never in one envelope", bothClasses, hybrid, classic)
	add("fail-mixed-reversed", "class", "the other way round", bothClasses, classic, hybrid)
	add("fail-mixed-last", "class", "the last of 32", bothClasses, append(slices.Repeat([]stanza{hybrid}, 31), classic)...)
	add("fail-scrypt", "class", "a passphrase", bothClasses, scryptStanza("gate"))
	add("fail-ssh", "class", "an SSH key", bothClasses, sshStanza("gate"))
	add("fail-grease", "class", "a stanza of no known type beside ours", bothClasses, hybrid, stanza{"x-grease", []string{"a"}, nil})
	add("fail-grease-first", "class", "before ours", bothClasses, stanza{"x-grease", []string{"a"}, nil}, hybrid)
	add("fail-plugin", "class", "a plugin's", bothClasses, stanza{"piv-p256", []string{"a", "b"}, random("gate piv", 32)})
	add("fail-case", "class", "another case", bothClasses, stanza{"x25519", classic.args, classic.body})
	add("fail-prefix", "class", "a type that begins like ours", bothClasses, stanza{"mlkem768x25519v2", hybrid.args, hybrid.body})
}

func gateCards(s *set) {
	one := gateHeader("mlkem768x25519", 1)
	add := func(name, expect, comment, header string, payload int) {
		addGate(s, name, expect, comment, "card", hybridOnly, header, len(header)+payload)
	}
	add("ok-card", "ok", "a card is not padded", one, sealedLen(5000))
	add("ok-card-smallest", "ok", "a signature and a byte", one, sealedLen(65))
	add("ok-card-two-chunks", "ok", "a card of two chunks", one, sealedLen(70000))
	add("fail-card-no-body", "size", "a signature and nothing else", one, sealedLen(64))
	add("fail-card-empty", "size", "nothing", one, sealedLen(0))
	add("fail-card-header-only", "size", "a header alone", one, 0)
	add("fail-card-empty-last-chunk", "size", "the last chunk would be empty", one, sealedLen(64<<10)+16)
	add("fail-card-two-stanzas", "header", "a card is sealed to the link's key and to nothing else", gateHeader("mlkem768x25519", 2), sealedLen(5000))
	add("fail-card-classic", "class", "never of the classic class", gateHeader("X25519", 1), sealedLen(5000))
	add("fail-card-json", "header", "a card that was not sealed", newCard(workedRoot).body(), 0)
}
