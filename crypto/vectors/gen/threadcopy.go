package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// threadCopy: what is wrong with a copy. It is all that a codename alone leads
// to, so it has to be read in one way.
func threadCopy(s *set) {
	copies := func(name, comment string, c cardText) {
		failThread(s, "copy-"+name, "json", comment, "copy", "copy", c.body())
	}
	fail := func(name, comment, member, value string) { copies(name, comment, newCopy().with(member, value)) }
	for _, m := range newCopy() {
		copies("without-"+m[0], "a member is missing", newCopy().without(m[0]))
		fail(m[0]+"-null", "null", m[0], "null")
	}
	failThread(s, "copy-null", "json", "null is not absent", "copy", "copy", "null")
	failThread(s, "copy-list", "json", "a list", "copy", "copy", "["+newCopy().body()+"]")
	failThread(s, "copy-twice", "json", "two links in one copy: which one is right?", "copy", "copy",
		strings.TrimSuffix(newCopy().body(), "}")+`,"link":`+quote(linkCode(random16("other secret"), workedRoot.mailbox()))+"}")
	fail("unknown-member", "a key that it does not have", "colour", `"green"`)
	code := linkCode(workedSecret, workedRoot.mailbox())
	for _, c := range [][3]string{
		{"link-upper", "in capitals: a second spelling, and two copies seem to name two links", strings.ToUpper(code)},
		{"link-origin", "the whole link", "https://drop.example.org/#" + code},
		{"link-space", "a space in front", " " + code},
		{"link-checksum", "a typing error", code[:20] + map[bool]string{true: "p", false: "q"}[code[20] == 'q'] + code[21:]},
		{"link-bech32", "the other checksum", bech32("drop", linkPayload(1, workedSecret[:], make([]byte, 16)))},
		{"link-prefix", "another prefix", bech32m("card", linkPayload(1, workedSecret[:], make([]byte, 16)))},
		{"link-version", "another version", bech32m("drop", linkPayload(2, workedSecret[:], make([]byte, 16)))},
		{"link-short", "a byte is missing", bech32m("drop", linkPayload(1, workedSecret[:], make([]byte, 15)))},
		{"link-empty", "empty", ""},
	} {
		fail(c[0], c[1], "link", quote(c[2]))
	}
	for _, c := range [][3]string{
		{"origin-slash", "a slash behind it: a second spelling", "https://drop.example.org/"},
		{"origin-upper", "in capitals", "https://DROP.example.org"},
		{"origin-port", "with the default port", "https://drop.example.org:443"},
		{"origin-http", "plain http, where whoever is in between could change the page", "http://drop.example.org"},
		{"origin-path", "with a path", "https://drop.example.org/v1"},
		{"origin-user", "with a name", "https://alice@drop.example.org"},
		{"origin-script", "a script", "javascript:alert(1)"},
		{"origin-host", "without a scheme", "drop.example.org"},
		{"origin-empty", "empty", ""},
	} {
		fail(c[0], c[1], "origin", quote(c[2]))
	}
	sent := threadEnvelope("first")
	fail("sent-short", "15 bytes", "sent", quote(b64u(sent[:15])))
	fail("sent-base32", "as it stands in URLs", "sent", `"aaaaaaaaaaaaaaaaaaaaaaaaaa"`)
	fail("sent-empty", "empty is not absent", "sent", `""`)
	names := map[string]string{"reply": "reply", "receipt": "receipt", "copy": "copy", "First": "case", "": "empty", " first": "space"}
	for _, kind := range slices.Sorted(maps.Keys(names)) {
		fail("kind-"+names[kind], "senders send first and next letters alone", "kind", quote(kind))
	}
	threadCopyLists(s, fail)
}

func threadCopyLists(s *set, fail func(name, comment, member, value string)) {
	named := func(name, size string) string { return fmt.Sprintf(`[{"name":%s,"size":%s}]`, name, size) }
	for _, c := range [][3]string{
		{"climbing", "a name that climbs", `"../minutes.pdf"`},
		{"hidden", "a hidden file", `".minutes.pdf"`},
		{"device", "a device", `"CON.pdf"`},
		{"bidi", "a name that reads otherwise", "\"minutes\u202efdp.exe\""},
		{"control", "a control character", `"minutes\u0007.pdf"`},
		{"empty", "no name", `""`},
		{"201-bytes", "a byte too long", quote(strings.Repeat("a", 201))},
		{"number", "a number", "1"},
	} {
		fail("file-name-"+c[0], c[1], "files", named(c[2], "1"))
	}
	for _, c := range [][3]string{
		{"negative", "a negative size", "-1"},
		{"fraction", "1.0", "1.0"},
		{"exponent", "1e400", "1e400"},
		{"2-53", "2^53", "9007199254740992"},
		{"digits", "a number of a hundred digits", strings.Repeat("9", 100)},
		{"string", "a text", `"1"`},
	} {
		fail("file-size-"+c[0], c[1], "files", named(`"minutes.pdf"`, c[2]))
	}
	fail("file-without-size", "a file without a size", "files", `[{"name":"minutes.pdf"}]`)
	fail("file-without-name", "without a name", "files", `[{"size":1}]`)
	fail("file-unknown", "a key that a file does not have", "files", `[{"name":"minutes.pdf","size":1,"mtime":1700000000}]`)
	fail("file-string", "a name alone", "files", `["minutes.pdf"]`)
	fail("1001-files", "one more than a letter can have", "files", "["+strings.Repeat(`{"name":"a","size":1},`, 1000)+`{"name":"a","size":1}]`)

	deleted := func(author, seq string) string { return fmt.Sprintf(`{"author":%s,"seq":%s}`, author, seq) }
	author := quote(b64u(deskAuthor))
	fail("deleted-author-short", "an author of 7 bytes", "deleted", "["+deleted(quote(b64u(deskAuthor[:7])), "1")+"]")
	fail("deleted-author-spare-bits", "a second spelling of an author", "deleted", "["+deleted(quote(spareBits(b64u(deskAuthor))), "1")+"]")
	fail("deleted-zero", "replies are counted from 1", "deleted", "["+deleted(author, "0")+"]")
	fail("deleted-2-53", "2^53", "deleted", "["+deleted(author, "9007199254740992")+"]")
	fail("deleted-unknown", "a key too many", "deleted", `[{"author":`+author+`,"seq":1,"day":20700}]`)
	fail("deleted-object", "an object as `seen` has it", "deleted", "{"+author+":1}")
	fail("1001-deleted", "one more than there may be", "deleted", "["+strings.Repeat(deleted(author, "1")+",", 1000)+deleted(author, "1")+"]")
	failThread(s, "note-sent", "json", "a note is of no letter, so of no kind", "note", "copy", newNote().with("kind", `"first"`).body())
}
