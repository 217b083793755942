package main

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// random returns n bytes that look random and are the same in every run. The
// label keeps one vector's bytes from changing when another is added.
func random(label string, n int) []byte {
	h := sha3.NewSHAKE256()
	h.Write([]byte("transom vectors v1 " + label))
	b := make([]byte, n)
	h.Read(b)
	return b
}

func random16(label string) [16]byte { return [16]byte(random(label, 16)) }

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func sha(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

func b64u(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// labeled returns the beginning of everything that is hashed, signed or MACed.
func labeled(label string, parts ...[]byte) []byte {
	b := append([]byte("transom/v1 "+label), 0)
	for _, part := range parts {
		b = append(b, part...)
	}
	return b
}

// kdf is KDF(ikm, label, context) of the specification. A nil context is left out.
func kdf(ikm []byte, label string, context []byte) []byte {
	info := "transom/v1 " + label
	if context != nil {
		info += "\x00" + string(context)
	}
	return must1(hkdf.Key(sha256.New, ikm, nil, info, 32))
}

// root is a root key.
type root struct{ key ed25519.PrivateKey }

func newRoot(label string) root {
	return root{ed25519.NewKeyFromSeed(random("root "+label, 32))}
}

func (r root) public() []byte { return r.key.Public().(ed25519.PublicKey) }

func (r root) mailbox() [16]byte { return mailboxID(r.public()) }

func (r root) sign(label string, parts ...[]byte) []byte {
	return ed25519.Sign(r.key, labeled(label, parts...))
}

func mailboxID(public []byte) [16]byte {
	return [16]byte(sha(labeled("mailbox", public))[:16])
}

const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// The constants that tell bech32 (BIP 173) from bech32m (BIP 350).
const (
	bech32Const  = 1
	bech32mConst = 0x2bc830a3
)

func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}

// groups splits bytes into groups of five bits. The spare bits of the last one
// are taken from spare, which is zero in everything that is valid.
func groups(data []byte, spare byte) []byte {
	var out []byte
	bits, n := uint32(0), 0
	for _, b := range data {
		bits, n = bits<<8|uint32(b), n+8
		for n >= 5 {
			n -= 5
			out = append(out, byte(bits>>n)&31)
		}
	}
	if n > 0 {
		out = append(out, byte(bits<<(5-n))&31|spare)
	}
	return out
}

// bech32Groups writes five-bit groups with the checksum of the constant.
func bech32Groups(constant uint32, prefix string, values []byte) string {
	var expanded []byte
	for _, c := range []byte(prefix) {
		expanded = append(expanded, c>>5)
	}
	expanded = append(expanded, 0)
	for _, c := range []byte(prefix) {
		expanded = append(expanded, c&31)
	}
	expanded = append(append(expanded, values...), 0, 0, 0, 0, 0, 0)
	sum := polymod(expanded) ^ constant
	var s strings.Builder
	s.WriteString(prefix + "1")
	for _, v := range values {
		s.WriteByte(charset[v])
	}
	for i := range 6 {
		s.WriteByte(charset[sum>>(5*(5-i))&31])
	}
	return s.String()
}

func bech32(prefix string, data []byte) string {
	return bech32Groups(bech32Const, prefix, groups(data, 0))
}

func bech32m(prefix string, data []byte) string {
	return bech32Groups(bech32mConst, prefix, groups(data, 0))
}
