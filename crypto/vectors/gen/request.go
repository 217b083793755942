package main

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// request is what an owner signs.
type request struct {
	method, origin, target string
	time                   int64
	body                   []byte
	ifMatch                string
}

func (q request) message() []byte {
	return []byte(strings.Join([]string{q.method, q.origin, q.target, strconv.FormatInt(q.time, 10), b64u(sha(q.body)), q.ifMatch}, "\n"))
}

func (q request) signature(r root) []byte { return r.sign("request", q.message()) }

func (q request) line(r root) string {
	return fmt.Sprintf("Transom %s %d %s", b64u(r.public()), q.time, b64u(q.signature(r)))
}

// fields are the header lines for the request as the server sees it.
func (q request) fields() []string {
	fields := []string{"method", q.method, "origin", q.origin, "target", q.target, "body-sha256", hexOf(sha(q.body))}
	if q.ifMatch != "" {
		fields = append(fields, "if-match", q.ifMatch)
	}
	return fields
}

const mailboxPath = "/v1/mailboxes/"

func requestVectors(s *set) {
	mailbox := workedRoot.mailbox()
	id := base32Of(mailbox[:])
	list := request{method: "GET", origin: workedOrigin, target: mailboxPath + id + "/envelopes", time: 1_788_480_000}
	put := request{method: "PUT", origin: workedOrigin, target: mailboxPath + id + "/card", time: 1_788_480_000,
		body: []byte("a sealed card"), ifMatch: `"` + b64u(sha([]byte("the card before"))) + `"`}
	ok := func(name, comment string, q request, r root) {
		owner := r.mailbox()
		s.add("request", name, "ok", comment, []byte(q.line(r)), append(q.fields(), "time", fmt.Sprint(q.time), "mailbox", hexOf(owner[:]))...)
	}
	ok("ok-list", "an owner lists a mailbox", list, workedRoot)
	ok("ok-put-card", "a card with the one that it replaces", put, workedRoot)
	after := list
	after.target += "?after=aaaaaaaaaaaaaaaaaaaaaaaaaa"
	ok("ok-query", "the query is part of the target", after, workedRoot)
	zero := list
	zero.time = 0
	ok("ok-time-zero", "any time can be signed; the server compares it with its own", zero, workedRoot)
	onion := list
	onion.method, onion.origin = "DELETE", "http://"+strings.Repeat("transom2", 7)+".onion"
	ok("ok-onion", "another origin", onion, workedRoot)
	ok("ok-not-the-owner", "a good signature of a key that owns another mailbox: whose mailbox it is, the caller compares", list, newRoot("another drop"))
	requestMalformed(s, list)
	requestForged(s, list, put)
}

const base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567"

func base32Of(b []byte) string {
	var out strings.Builder
	for _, v := range groups(b, 0) {
		out.WriteByte(base32Alphabet[v])
	}
	return out.String()
}

func requestMalformed(s *set, q request) {
	line := q.line(workedRoot)
	words := strings.Split(line, " ")
	fail := func(name, comment, line string) {
		s.add("request", name, "authorization", comment, []byte(line), q.fields()...)
	}
	join := func(words ...string) string { return strings.Join(words, " ") }
	fail("fail-empty", "nothing", "")
	fail("fail-scheme-only", "the scheme alone", "Transom")
	fail("fail-scheme-lower", "another case of the scheme: one spelling, although HTTP would take this one", join("transom", words[1], words[2], words[3]))
	fail("fail-scheme-other", "another scheme", join("Bearer", words[1], words[2], words[3]))
	fail("fail-leading-space", "a space before it", " "+line)
	fail("fail-trailing-space", "a space behind it", line+" ")
	fail("fail-two-spaces", "two spaces", join(words[0], "", words[1], words[2], words[3]))
	fail("fail-tab", "a tab", strings.Replace(line, " ", "\t", 1))
	fail("fail-commas", "commas, as other schemes have them", join(words[0], words[1]+",", words[2]+",", words[3]))
	fail("fail-word-missing", "no signature", join(words[:3]...))
	fail("fail-word-more", "a word more", line+" more")
	fail("fail-newline", "a newline at the end", line+"\n")
	for _, c := range [][2]string{
		{"leading-zero", "0" + words[2]}, {"plus", "+" + words[2]}, {"minus", "-" + words[2]}, {"fraction", words[2] + ".0"}, {"exponent", "1e9"},
		{"hex", "0x6a9a0000"}, {"empty", ""}, {"2-53", "9007199254740992"}, {"2-64", "18446744073709551616"}, {"underscore", "1_788_480_000"},
	} {
		signed := join(words[0], words[1], c[1], words[3])
		fail("fail-time-"+c[0], "the time has one spelling, in digits alone, below 2^53", signed)
	}
	fail("fail-key-short", "a key of 31 bytes", join(words[0], b64u(workedRoot.public()[:31]), words[2], words[3]))
	fail("fail-key-padded", "base64url with padding", join(words[0], words[1]+"=", words[2], words[3]))
	fail("fail-key-spare-bits", "a second spelling of the key", join(words[0], spareBits(words[1]), words[2], words[3]))
	fail("fail-key-standard", "base64 with + and /", join(words[0], strings.Repeat("+/", 21)+"A", words[2], words[3]))
	fail("fail-key-hex", "hex", join(words[0], hexOf(workedRoot.public()), words[2], words[3]))
	signature := q.signature(workedRoot)
	fail("fail-signature-short", "a signature of 63 bytes", join(words[0], words[1], words[2], b64u(signature[:63])))
	fail("fail-signature-long", "one of 65 bytes", join(words[0], words[1], words[2], b64u(append(slices.Clone(signature), 0))))
	fail("fail-signature-spare-bits", "a second spelling of the signature", join(words[0], words[1], words[2], spareBits(words[3])))
	fail("fail-signature-padded", "base64url with padding", line+"==")
	fail("fail-too-long", "a long header", "Transom "+strings.Repeat("A", 2000)+" 1 A")
}

// requestForged: each line is well formed, and was made for another request
// than the one that the server sees.
func requestForged(s *set, list, put request) {
	fail := func(name, comment string, signed, seen request, r root) {
		s.add("request", name, "signature", comment, []byte(signed.line(r)), seen.fields()...)
	}
	change := func(q request, f func(*request)) request {
		f(&q)
		return q
	}
	fail("fail-other-method", "a listing turned into an erasure", list, change(list, func(q *request) { q.method = "DELETE" }), workedRoot)
	fail("fail-other-origin", "used at another server, by the server that it was made for", list, change(list, func(q *request) { q.origin = "https://drop.example.net" }), workedRoot)
	fail("fail-origin-slash", "the origin with a slash", list, change(list, func(q *request) { q.origin += "/" }), workedRoot)
	fail("fail-origin-upper", "the origin in upper case", list, change(list, func(q *request) { q.origin = strings.ToUpper(q.origin) }), workedRoot)
	fail("fail-other-target", "another mailbox", list, change(list, func(q *request) { q.target = mailboxPath + strings.Repeat("a", 26) + "/envelopes" }), workedRoot)
	fail("fail-target-query", "a query was put on", list, change(list, func(q *request) { q.target += "?after=aaaaaaaaaaaaaaaaaaaaaaaaaa" }), workedRoot)
	fail("fail-target-encoded", "the same path with an escape: it is compared as it was sent", list, change(list, func(q *request) { q.target = strings.Replace(q.target, "/envelopes", "/%65nvelopes", 1) }), workedRoot)
	fail("fail-target-slash", "a slash at the end", list, change(list, func(q *request) { q.target += "/" }), workedRoot)
	fail("fail-other-body", "another card", put, change(put, func(q *request) { q.body = []byte("another card") }), workedRoot)
	fail("fail-body-added", "a body where none was signed", list, change(list, func(q *request) { q.body = []byte("a") }), workedRoot)
	fail("fail-other-if-match", "another condition", put, change(put, func(q *request) { q.ifMatch = `"` + b64u(sha([]byte("another"))) + `"` }), workedRoot)
	fail("fail-if-match-unquoted", "the quotes are part of it", put, change(put, func(q *request) { q.ifMatch = strings.Trim(q.ifMatch, `"`) }), workedRoot)
	fail("fail-if-match-dropped", "the condition was taken off: the card would be replaced whatever it is", put, change(put, func(q *request) { q.ifMatch = "" }), workedRoot)
	fail("fail-if-match-added", "a condition was put on", change(put, func(q *request) { q.ifMatch = "" }), put, workedRoot)

	line := list.line(workedRoot)
	words := strings.Split(line, " ")
	forge := func(name, comment, line string) {
		s.add("request", name, "signature", comment, []byte(line), list.fields()...)
	}
	forge("fail-other-time", "a later time than was signed: an old line made new", strings.Join([]string{words[0], words[1], "1788480001", words[3]}, " "))
	forge("fail-other-key", "somebody else's key over this signature", strings.Join([]string{words[0], b64u(newRoot("another drop").public()), words[2], words[3]}, " "))
	forge("fail-signature-flipped", "one bit of the signature differs", strings.Join([]string{words[0], words[1], words[2], b64u(flip(list.signature(workedRoot), 10))}, " "))
	forge("fail-signature-zero", "all zero", strings.Join([]string{words[0], words[1], words[2], b64u(make([]byte, 64))}, " "))
	forge("fail-signature-malleable", "S plus the order of the group", strings.Join([]string{words[0], words[1], words[2], b64u(malleable(list.signature(workedRoot)))}, " "))
	forge("fail-signature-label", "a signature made for a card", strings.Join([]string{words[0], words[1], words[2], b64u(workedRoot.sign("card", list.message()))}, " "))
	forge("fail-signature-no-label", "over the bare text", strings.Join([]string{words[0], words[1], words[2], b64u(ed25519.Sign(workedRoot.key, list.message()))}, " "))
	crlf := []byte(strings.ReplaceAll(string(list.message()), "\n", "\r\n"))
	forge("fail-signature-crlf", "over lines that end in CR LF", strings.Join([]string{words[0], words[1], words[2], b64u(workedRoot.sign("request", crlf))}, " "))
	forge("fail-signature-body-hex", "over the body's hash in hex", strings.Join([]string{words[0], words[1], words[2],
		b64u(workedRoot.sign("request", []byte(strings.Replace(string(list.message()), b64u(sha(nil)), hexOf(sha(nil)), 1))))}, " "))
}
