package main

import (
	"fmt"
	"slices"
	"strings"
)

// The place that the letters of the vectors were sealed for.
var (
	letterMailbox  = workedRoot.mailbox()
	letterEnvelope = random16("worked envelope")
	letterAuthor   = random("worked author", 8)
)

// metaText is letter.json in the making, like cardText.
func newMeta() cardText {
	return cardText{
		{"version", "1"},
		{"kind", `"first"`},
		{"mailbox", quote(b64u(letterMailbox[:]))},
		{"envelope", quote(b64u(letterEnvelope[:]))},
		{"author", quote(b64u(letterAuthor))},
		{"seq", "1"},
		{"seen", "{}"},
	}
}

// file is a file of a letter.
type file struct {
	name string
	data []byte
}

const hello = "Dear editor,\n\nthere is something you should know.\n"

// letterEntries returns the entries of a letter.
func letterEntries(meta, message string, files ...file) [][]byte {
	entries := [][]byte{entry("letter.json", []byte(meta)), entry("message.txt", []byte(message))}
	for _, f := range files {
		entries = append(entries, entry("files/"+f.name, f.data))
	}
	return entries
}

// addLetter adds a letter that was found where it was sealed for.
func addLetter(s *set, name, expect, comment string, tar []byte, fields ...string) {
	fields = append([]string{"mailbox", hexOf(letterMailbox[:]), "envelope", hexOf(letterEnvelope[:])}, fields...)
	s.add("letter", name, expect, comment, tar, fields...).compress = true
}

// okLetter adds a letter with the given files, in the canonical form.
func okLetter(s *set, name, comment, message string, files ...file) {
	fields := []string{"bare", "no", "author", hexOf(letterAuthor), "seq", "1", "message", sizeAndHash([]byte(message))}
	for _, f := range files {
		fields = append(fields, "file", sizeAndHash(f.data)+" "+safeName(f.name))
	}
	addLetter(s, name, "ok", comment, pad(archive(letterEntries(newMeta().body(), message, files...)...)), fields...)
}

// okMeta adds a letter with an unusual letter.json.
func okMeta(s *set, name, comment, meta string, seq int, seen ...string) {
	fields := []string{"bare", "no", "author", hexOf(letterAuthor), "seq", fmt.Sprint(seq), "message", sizeAndHash([]byte(hello))}
	for _, line := range seen {
		fields = append(fields, "seen", line)
	}
	addLetter(s, name, "ok", comment, pad(archive(letterEntries(meta, hello)...)), fields...)
}

func sizeAndHash(data []byte) string { return fmt.Sprintf("%d %s", len(data), hexOf(sha(data))) }

func text(n int) []byte { return []byte(strings.Repeat("0123456789abcde\n", n/16+1)[:n]) }

func letterVectors(s *set) {
	letterOK(s)
	letterMeta(s)
	letterForm(s)
	letterOrder(s)
	letterEnd(s)
	bareOK(s)
	bareFailures(s)
	plainFailures(s)
}

func letterOK(s *set) {
	okLetter(s, "ok-minimal", "the worked letter", hello)
	okLetter(s, "ok-empty-message", "the message is there even when it is empty", "")
	okLetter(s, "ok-unicode-message", "emoji, Arabic, and no newline at the end", "\U0001f469\u200d\U0001f4bb سلام")
	okLetter(s, "ok-files", "two files", hello, file{"minutes.txt", text(700)}, file{"photo.jpg", random("photo", 2000)})
	okLetter(s, "ok-zero-byte-file", "a file of no bytes between two others", hello, file{"a", text(1)}, file{"empty", nil}, file{"b", text(1)})
	for _, n := range []int{511, 512, 513} {
		okLetter(s, fmt.Sprintf("ok-file-%d-bytes", n), "around the size of a block", hello, file{"a.txt", text(n)}, file{"b.txt", text(n)})
	}
	okLetter(s, "ok-name-94-bytes", "files/ and the name fill the header's field of 100 bytes", hello, file{strings.Repeat("a", 90) + ".txt", text(3)})
	okLetter(s, "ok-name-95-bytes", "one more: the field `prefix` takes `files`", hello, file{strings.Repeat("a", 91) + ".txt", text(3)})
	okLetter(s, "ok-name-100-bytes", "the longest name for which that works", hello, file{strings.Repeat("a", 96) + ".txt", text(3)})
	okLetter(s, "ok-name-101-bytes", "one more: an extended header", hello, file{strings.Repeat("a", 97) + ".txt", text(3)})
	okLetter(s, "ok-name-200-bytes", "the longest safe name", hello, file{strings.Repeat("a", 196) + ".txt", text(3)})
	okLetter(s, "ok-name-arabic", "not ASCII: an extended header", hello, file{"تقرير.pdf", text(3)})
	okLetter(s, "ok-name-emoji", "nothing of the name is left in the plain header", hello, file{"\U0001f4c4\U0001f4c4", text(3)})
	okLetter(s, "ok-name-partly-ascii", "the plain header has what is left", hello, file{"Überblick – Teil 1.txt", text(3)})
	okLetter(s, "ok-name-200-bytes-emoji", "50 characters of four bytes", hello, file{strings.Repeat("\U0001f4c4", 50), text(3)})
	okLetter(s, "ok-name-long-partly-ascii", "the plain header is cut at 100 bytes of what is left", hello, file{strings.Repeat("aé", 60) + ".txt", text(3)})
	okLetter(s, "ok-name-record-99", "the record's length goes from two digits to three, counting itself", hello, file{strings.Repeat("é", 41) + "x", text(3)}, file{strings.Repeat("é", 42), text(3)}, file{strings.Repeat("é", 42) + "x", text(3)})
	okLetter(s, "ok-name-unsafe", "a sender who does not make names safe: it opens, and is saved under a safe name", hello, file{"-rf *?.txt", text(3)}, file{".bashrc", text(3)}, file{"CON.txt", text(3)})
	okLetter(s, "ok-name-control", "control and bidi characters are the receiver's to make visible", hello, file{"a\x1b[2Jb", text(3)}, file{"photo\u202egnp.exe", text(3)})
	okLetter(s, "ok-names-case", "names that differ in case are different names", hello, file{"a.txt", text(1)}, file{"A.txt", text(2)})

	// Everything but the last file and its data takes this many bytes.
	overhead := len(archive(letterEntries(newMeta().body(), hello, file{"a", nil})...))
	okLetter(s, "ok-padding-full", "exactly 32 KiB without a byte of padding", hello, file{"a", text(32<<10 - overhead)})
	okLetter(s, "ok-padding-one-block", "a block more than 32 KiB: padded to the next step", hello, file{"a", text(32<<10 - overhead + 1)})
	okLetter(s, "ok-padding-step", "exactly a step", hello, file{"a", text(34<<10 - overhead)})
	okLetter(s, "ok-padding-almost", "a byte less than a block before a step", hello, file{"a", text(36<<10 - overhead - 511)})
	many := make([]file, 1000)
	for i := range many {
		many[i] = file{fmt.Sprintf("%04d", i), nil}
	}
	var entries [][]byte = letterEntries(newMeta().body(), hello, many...)
	fields := []string{"bare", "no", "author", hexOf(letterAuthor), "seq", "1", "message", sizeAndHash([]byte(hello))}
	for _, f := range many {
		fields = append(fields, "file", sizeAndHash(nil)+" "+f.name)
	}
	addLetter(s, "ok-1000-files", "ok", "as many files as a letter can have", pad(archive(entries...)), fields...)
	addLetter(s, "fail-1001-files", "limit", "one more", pad(archive(append(entries, entry("files/1000", nil))...)))
}

func letterMeta(s *set) {
	base := newMeta()
	okMeta(s, "ok-seq", "a later letter of an author", base.with("seq", "9007199254740991").body(), 9007199254740991)
	a, b := random("seen a", 8), random("seen b", 8)
	okMeta(s, "ok-seen", "what this author has seen of others", base.with("seen", fmt.Sprintf(`{"%s":3,"%s":0}`, b64u(a), b64u(b))).body(), 1, hexOf(a)+" 3", hexOf(b)+" 0")
	reversed := slices.Clone(base)
	slices.Reverse(reversed)
	okMeta(s, "ok-json-order", "readers take the members in any order", reversed.body(), 1)
	okMeta(s, "ok-json-white-space", "and white space where JSON allows it", "\n"+strings.ReplaceAll(base.body(), ",", " ,\n\t")+"\r\n", 1)
	okMeta(s, "ok-json-64-kib", "letter.json as large as it may be", base.body()+strings.Repeat(" ", 64<<10-len(base.body())), 1)

	fail := func(name, expect, comment, meta string) {
		addLetter(s, name, expect, comment, pad(archive(letterEntries(meta, hello)...)))
	}
	body := base.body()
	fail("fail-json-too-large", "limit", "a byte more than 64 KiB", body+strings.Repeat(" ", 64<<10-len(body)+1))
	fail("fail-json-empty", "json", "empty", "")
	fail("fail-json-syntax", "json", "cut", body[:len(body)-1])
	fail("fail-json-array", "json", "no object", "[]")
	fail("fail-json-trailing", "json", "something follows the object", body+"1")
	fail("fail-json-duplicate", "json", "a key twice", body[:len(body)-1]+`,"kind":"first"}`)
	fail("fail-json-duplicate-seen", "json", "a key of `seen` twice", base.with("seen", `{"AAAAAAAAAAA":1,"AAAAAAAAAAA":2}`).body())
	fail("fail-json-unknown-key", "json", "a key that no version has", base.with("colour", `"green"`).body())
	for _, m := range base[2:] {
		fail("fail-json-missing-"+m[0], "json", "a member is missing", base.without(m[0]).body())
	}
	fail("fail-json-key-case", "json", "keys are compared byte by byte", base.without("seq").with("Seq", "1").body())
	fail("fail-json-null", "json", "null is no object", base.with("seen", "null").body())
	fail("fail-json-seq-zero", "json", "counting begins with 1", base.with("seq", "0").body())
	fail("fail-json-seq-fraction", "json", "1.0 is 1 to some readers", base.with("seq", "1.0").body())
	fail("fail-json-seq-2-53", "json", "2^53", base.with("seq", "9007199254740992").body())
	fail("fail-json-seen-negative", "json", "a negative count", base.with("seen", `{"AAAAAAAAAAA":-1}`).body())
	fail("fail-json-seen-author", "json", "an author of 7 bytes", base.with("seen", `{"AAAAAAAAAA":1}`).body())
	fail("fail-json-author-short", "json", "7 bytes", base.with("author", quote(b64u(letterAuthor[:7]))).body())
	fail("fail-json-mailbox-base32", "json", "an ID as it stands in URLs", base.with("mailbox", `"aaaaaaaaaaaaaaaaaaaaaaaaaa"`).body())
	fail("fail-json-envelope-spare-bits", "json", "a second spelling of the ID", base.with("envelope", quote(spareBits(b64u(letterEnvelope[:])))).body())
	fail("fail-json-invalid-utf-8", "json", "a byte that is no UTF-8", base.with("author", "\"\xff\"").body())
	fail("fail-json-lone-surrogate", "json", "half a character", base.with("author", `"\ud800"`).body())
	fail("fail-version-2", "version", "the next version", base.with("version", "2").body())
	fail("fail-version-2-unknown-key", "version", "the next version with something new in it: say that the reader is too old", base.with("version", "2").with("colour", `"green"`).body())
	fail("fail-version-string", "version", "a string", base.with("version", `"1"`).body())
	fail("fail-version-missing", "version", "no version", base.without("version").body())
	fail("fail-kind-unknown", "kind", "a kind that no version has", base.with("kind", `"postcard"`).body())
	fail("fail-kind-case", "kind", "another case", base.with("kind", `"First"`).body())
	fail("fail-kind-missing", "kind", "no kind", base.without("kind").body())
	fail("fail-kind-number", "kind", "a number", base.with("kind", "1").body())
	other := random16("another place")
	fail("fail-elsewhere-mailbox", "elsewhere", "sealed for another mailbox: somebody has copied it over", base.with("mailbox", quote(b64u(other[:]))).body())
	fail("fail-elsewhere-envelope", "elsewhere", "sealed under another envelope ID: somebody has stored it a second time", base.with("envelope", quote(b64u(other[:]))).body())
	fail("fail-elsewhere-swapped", "elsewhere", "the two IDs have changed places", base.with("mailbox", quote(b64u(letterEnvelope[:]))).with("envelope", quote(b64u(letterMailbox[:]))).body())
}
