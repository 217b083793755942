package droptest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// Smallest is the size of the smallest padded letter.
const Smallest = 32 << 10

// Stanza is the text of a recipient stanza of a type, with one argument and a
// body of so many random bytes.
func Stanza(kind string, argument, body int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "-> %s", kind)
	if argument > 0 {
		fmt.Fprintf(&b, " %s", random(argument))
	}
	b.WriteByte('\n')
	for line := random(body); ; line = line[64:] {
		if len(line) < 64 {
			fmt.Fprintf(&b, "%s\n", line)
			return b.String()
		}
		fmt.Fprintf(&b, "%s\n", line[:64])
	}
}

// HybridStanza is the one that the server takes.
func HybridStanza() string { return Stanza("mlkem768x25519", 1088+32, 32) }

// File has the outside of an age file with the given stanzas and n bytes of
// content: it is random throughout, and nobody can open it.
func File(n int, stanzas ...string) []byte {
	const nonce, chunk, tag = 16, 64 << 10, 16
	var b bytes.Buffer
	b.WriteString("age-encryption.org/v1\n")
	for _, s := range stanzas {
		b.WriteString(s)
	}
	fmt.Fprintf(&b, "--- %s\n", random(32))
	payload := make([]byte, nonce+n+tag*max(1, (n+chunk-1)/chunk))
	rand.Read(payload)
	b.Write(payload)
	return b.Bytes()
}

// Envelope has the outside of a sealed letter of n bytes, which has to be a
// padded size for the server to take it.
func Envelope(n int) []byte { return File(n, HybridStanza()) }

// Card has the outside of a sealed card.
func Card() []byte { return File(500, HybridStanza()) }

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawStdEncoding.EncodeToString(b)
}
