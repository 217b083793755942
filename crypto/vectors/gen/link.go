package main

import (
	"fmt"
	"math/bits"
	"strings"
)

// worked is the drop that the examples of the specification are about.
var (
	workedRoot   = newRoot("worked")
	workedSecret = random16("worked link secret")
	workedOrigin = "https://drop.example.org"
)

// linkCode writes a link code.
func linkCode(secret, mailbox [16]byte) string {
	return bech32m("drop", linkPayload(1, secret[:], mailbox[:]))
}

func linkPayload(version byte, secret, mailbox []byte) []byte {
	return append(append([]byte{version}, secret...), mailbox...)
}

func linkVectors(s *set) {
	linkOK(s)
	linkCodeFailures(s)
	linkOriginFailures(s)
}

func linkOK(s *set) {
	mailbox := workedRoot.mailbox()
	code := linkCode(workedSecret, mailbox)
	ok := func(name, comment, text, origin string) {
		fields := []string{"secret", hexOf(workedSecret[:]), "mailbox", hexOf(mailbox[:]), "canonical", code}
		if origin != "" {
			fields = append([]string{"origin", origin}, fields...)
			fields[len(fields)-1] = origin + "/#" + code
		}
		s.add("link", name, "ok", comment, []byte(text), fields...)
	}
	onion := "http://" + strings.ToLower(strings.Repeat("transomexample234567", 3)[:56]) + ".onion"
	ok("ok-https", "a link as it is published", workedOrigin+"/#"+code, workedOrigin)
	ok("ok-port", "a server on another port", workedOrigin+":8443/#"+code, workedOrigin+":8443")
	ok("ok-onion", "http is enough where the name is the key", onion+"/#"+code, onion)
	ok("ok-loopback", "http is enough where nothing leaves the machine", "http://127.0.0.1:8080/#"+code, "http://127.0.0.1:8080")
	ok("ok-localhost", "the same by name", "http://localhost:8080/#"+code, "http://localhost:8080")
	ok("ok-bare", "the code alone, typed into a page that is already open", code, "")
	ok("ok-upper", "all upper case, as QR codes like it", strings.ToUpper(code), "")
	ok("ok-link-upper", "an upper-case code in a link", workedOrigin+"/#"+strings.ToUpper(code), workedOrigin)
	ok("ok-white-space", "pasted with white space around it", " \n\t"+workedOrigin+"/#"+code+"\r\n ", workedOrigin)
	ok("ok-ipv6", "loopback by its other address", "http://[::1]:8080/#"+code, "http://[::1]:8080")
	ok("ok-host-upper", "a host in upper case is the same host", "HTTPS://Drop.Example.ORG/#"+code, workedOrigin)
	ok("ok-default-port", "a browser leaves the port of https out, and so does what is signed", workedOrigin+":443/#"+code, workedOrigin)
	ok("ok-no-slash", "as some chat programs shorten it", workedOrigin+"#"+code, workedOrigin)
	ok("ok-no-break-space", "copied out of a word processor", "\u00a0"+workedOrigin+"/#"+code+"\u00a0", workedOrigin)
	zero := [16]byte{}
	s.add("link", "ok-zero", "ok", "nothing in a code is special: all bits may be zero", []byte(linkCode(zero, zero)),
		"secret", hexOf(zero[:]), "mailbox", hexOf(zero[:]), "canonical", linkCode(zero, zero))
}

func linkCodeFailures(s *set) {
	mailbox := workedRoot.mailbox()
	code := linkCode(workedSecret, mailbox)
	payload := linkPayload(1, workedSecret[:], mailbox[:])
	fail := func(name, expect, comment, text string) {
		s.add("link", name, expect, comment, []byte(text))
	}
	other := func(c byte) string { return string(charset[(strings.IndexByte(charset, c)+1)%32]) }
	swap := 20
	for code[swap] == code[swap+1] {
		swap++
	}
	middle := strings.IndexFunc(code[30:], func(r rune) bool { return r >= 'a' && r <= 'z' }) + 30
	fail("fail-one-character", "checksum", "one wrong character in the middle", code[:30]+other(code[30])+code[31:])
	fail("fail-first-character", "checksum", "one wrong character right after the prefix", code[:5]+other(code[5])+code[6:])
	fail("fail-last-character", "checksum", "one wrong character at the very end", code[:63]+other(code[63]))
	fail("fail-swapped", "checksum", "two neighbours have changed places", code[:swap]+code[swap+1:swap+2]+code[swap:swap+1]+code[swap+2:])
	fail("fail-missing", "checksum", "a character is missing", code[:30]+code[31:])
	fail("fail-doubled", "checksum", "a character is there twice", code[:30]+code[29:])
	fail("fail-cut", "checksum", "the end was not copied", code[:48])
	fail("fail-not-in-alphabet", "checksum", "the letter b, which the alphabet leaves out for its likeness to 8", code[:30]+"b"+code[31:])
	fail("fail-prefix-typed", "checksum", "a typing error in the prefix", "drob"+code[4:])
	fail("fail-mixed-case", "checksum", "one upper-case letter among lower-case ones", code[:middle]+strings.ToUpper(code[middle:middle+1])+code[middle+1:])
	fail("fail-upper-prefix", "checksum", "an upper-case prefix before lower-case letters", "DROP"+code[4:])
	fail("fail-bech32", "checksum", "the checksum of BIP 173, which misses letters put in before a final p", bech32("drop", payload))
	fail("fail-empty", "checksum", "nothing at all", "")
	fail("fail-prefix-only", "checksum", "a prefix and nothing behind it", "drop1")
	fail("fail-no-separator", "checksum", "no separator", code[:4]+code[5:])
	fail("fail-inner-space", "checksum", "a space inside: only white space around it is taken off", code[:30]+" "+code[30:])
	fail("fail-line-break", "checksum", "broken into two lines by a mail program", code[:30]+"\n"+code[30:])
	fail("fail-full-stop", "checksum", "copied with the full stop of the sentence", code+".")
	fail("fail-kelvin-sign", "checksum", "U+212A lowers to k: folding by Unicode would take another spelling", kelvin())
	fail("fail-kelvin-sign-upper", "checksum", "the same in a code of upper-case letters", strings.ToUpper(kelvin()))
	fail("fail-age-identity", "checksum", "a private key pasted into the wrong field: bech32, not bech32m", newHybridKey("link").identity())
	fail("fail-too-long", "checksum", "longer than the 90 characters for which bech32m promises anything", bech32m("drop", append(payload, random("link long", 20)...)))
	fail("fail-other-prefix", "prefix", "a good checksum under another prefix", bech32m("card", payload))
	fail("fail-longer-prefix", "prefix", "the prefix begins with the right one", bech32m("drops", payload))
	fail("fail-short", "length", "one byte less", bech32m("drop", payload[:32]))
	fail("fail-long", "length", "one byte more: two values for the bytes after the mailbox would be two links for one drop", bech32m("drop", append(payload, 0)))
	fail("fail-version-only", "length", "the version and nothing else", bech32m("drop", payload[:1]))
	fail("fail-version-2", "version", "a link of a later version", bech32m("drop", linkPayload(2, workedSecret[:], mailbox[:])))
	fail("fail-version-0", "version", "version 0", bech32m("drop", linkPayload(0, workedSecret[:], mailbox[:])))
	fail("fail-version-255", "version", "version 255", bech32m("drop", linkPayload(255, workedSecret[:], mailbox[:])))
	fail("fail-long-version-2", "length", "wrong in length and in version: the length is told first", bech32m("drop", append(linkPayload(2, workedSecret[:], mailbox[:]), 0)))
	fail("fail-spare-bit", "checksum", "the spare bit is set: a second spelling of the same bytes", bech32Groups(bech32mConst, "drop", groups(payload, 1)))
}

// kelvin returns a code with its first k written as the Kelvin sign; the worked
// code need not have one, so it looks for a secret that brings one.
func kelvin() string {
	for i := 0; ; i++ {
		code := linkCode(random16(fmt.Sprint("kelvin ", i)), workedRoot.mailbox())
		if strings.Contains(code, "k") {
			return strings.Replace(code, "k", "\u212a", 1)
		}
	}
}

func linkOriginFailures(s *set) {
	code := linkCode(workedSecret, workedRoot.mailbox())
	s.add("link", "fail-two-fragments", "checksum", "everything behind the first # is the code", []byte(workedOrigin+"/#top#"+code))
	s.add("link", "fail-code-and-origin", "checksum", "the code is looked at before the origin", []byte("http://drop.example.org/#"+code[1:]))
	fail := func(name, comment, before string) {
		s.add("link", name, "origin", comment, []byte(before+code))
	}
	fail("fail-origin-http", "whoever is between could serve another page", "http://drop.example.org/#")
	fail("fail-origin-http-loopback-name", "a name that only begins like loopback", "http://127.0.0.1.example.org/#")
	fail("fail-origin-http-localhost-name", "a name that only begins like localhost", "http://localhost.example.org/#")
	fail("fail-origin-http-onion-name", "onion as a label that is not the last one", "http://drop.onion.example.org/#")
	fail("fail-origin-ftp", "another scheme", "ftp://drop.example.org/#")
	fail("fail-origin-script", "a scheme that runs what follows", "javascript://drop.example.org/#")
	fail("fail-origin-path", "a path: a second name for the page, and one that goes to the server", "https://drop.example.org/drop/#")
	fail("fail-origin-query", "a query, which goes to the server", "https://drop.example.org/?from=poster#")
	fail("fail-origin-user", "a name before the host hides which host it is", "https://drop.example.org@mirror.example.net/#")
	fail("fail-origin-no-host", "no host", "https:///#")
	fail("fail-origin-no-scheme", "no scheme", "drop.example.org/#")
	fail("fail-origin-port", "a port out of range", "https://drop.example.org:65536/#")
	fail("fail-origin-number", "a browser makes 127.0.0.1 of it: whoever reads it sees another host", "http://127.1:8080/#")
	fail("fail-origin-decimal", "the same in one number", "http://2130706433:8080/#")
	fail("fail-origin-script-host", "a host in another script, which may look like the right one; browsers resolve xn--…", "https://dr\u043ep.example.org/#")
	fail("fail-origin-backslash", "a browser takes it for a slash: which host this is differs", "https://drop.example.org\\@mirror.example.net/#")
	fail("fail-origin-space", "a space in the host", "https://drop.example .org/#")
}

func paddingVectors(s *set) {
	table := func(name, comment string, lengths ...int) {
		var b strings.Builder
		for _, n := range lengths {
			fmt.Fprintf(&b, "%d %d %d\n", n, padme(n), paddedSize(n))
		}
		s.add("padding", name, "ok", comment, []byte(b.String()))
	}
	table("ok-small", "everything up to 32 KiB is one size", 2, 3, 8, 9, 10, 511, 512, 513, 1024, 3072, 20480, 32255, 32256, 32767, 32768)
	table("ok-boundaries", "around the powers of two, where the step doubles", around(32<<10, 64<<10, 128<<10, 256<<10, 1<<20, 16<<20)...)
	var steps []int
	for n := 64 << 10; n <= 128<<10; n += 2 << 10 {
		steps = append(steps, n-1, n, n+1)
	}
	table("ok-steps", "every step between 64 and 128 KiB", steps...)
	table("ok-beyond-32-bits", "sizes that a 32-bit operator would cut", around(1<<31, 1<<32, 1<<33, 8<<30, 1<<40, 1<<46)...)
	var random []int
	for i := range 40 {
		n := 0
		for _, b := range randomBytes("padding", i) {
			n = n<<8 | int(b)
		}
		random = append(random, n>>(i%38)+1)
		if bits.Len(uint(random[i])) > 53 {
			panic("a length that JavaScript cannot hold")
		}
	}
	table("ok-random", "random lengths of all magnitudes below 2^48", random...)
}

func randomBytes(label string, i int) []byte { return random(fmt.Sprint(label, " ", i), 6) }

func around(sizes ...int) []int {
	var out []int
	seen := map[int]bool{}
	for _, n := range sizes {
		for _, m := range []int{n - 1, n, n + 1} {
			if !seen[m] {
				seen[m] = true
				out = append(out, m)
			}
		}
	}
	return out
}
