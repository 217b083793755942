// Package keys holds what a drop's owner proves things with: the root key that
// signs, the mailbox's ID that names it, and the line that proves an owner's
// request. And the one way in which keys are derived from others.
//
// A [Root] is an Ed25519 key made by the recipient. The hash of its public half
// is the mailbox's ID: there is nobody to register with and nobody to ask. What
// letters are sealed to is elsewhere, in package envelope: a server links this
// package to check signatures, and nothing that could open a letter.
package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// prefix stands before everything that is derived, hashed or signed, so that
// nothing made for one purpose, or by another program with the same key, is good
// for a second one.
const prefix = "transom/v1 "

// Derive is the one way in which keys are derived:
// HKDF-SHA256(ikm, no salt, "transom/v1 " label [0x00 context], 32 bytes)
// (RFC 5869). A nil context is none.
func Derive(ikm []byte, label string, context []byte) [32]byte {
	info := prefix + label
	if context != nil {
		info += "\x00" + string(context)
	}
	key, err := hkdf.Key(sha256.New, ikm, nil, info, 32)
	if err != nil {
		panic("keys: HKDF refused 32 bytes: " + err.Error())
	}
	return [32]byte(key)
}

// message is what is signed or hashed under a label.
func message(label string, parts ...[]byte) []byte {
	m := []byte(prefix + label + "\x00")
	for _, part := range parts {
		m = append(m, part...)
	}
	return m
}

// Root is the key of a drop's owner. Whoever holds it can publish cards and
// collect and erase envelopes; it opens none.
type Root struct {
	private ed25519.PrivateKey
}

// NewRoot draws a root key.
func NewRoot() *Root {
	var seed [32]byte
	rand.Read(seed[:])
	return RootFromSeed(seed)
}

// RootFromSeed returns the key that a seed (RFC 8032's private key) stands for.
func RootFromSeed(seed [32]byte) *Root {
	return &Root{private: ed25519.NewKeyFromSeed(seed[:])}
}

// Seed returns the secret from which [RootFromSeed] makes the key again.
func (r *Root) Seed() [32]byte { return [32]byte(r.private.Seed()) }

// Public returns the Ed25519 public key.
func (r *Root) Public() [32]byte { return [32]byte(r.private.Public().(ed25519.PublicKey)) }

// Mailbox returns the ID of the mailbox that this key owns.
func (r *Root) Mailbox() [16]byte {
	public := r.Public()
	return MailboxID(public[:])
}

// Format keeps the key out of everything that is formatted, logs and failing
// tests included.
func (r Root) Format(f fmt.State, _ rune) { io.WriteString(f, "[root key]") }

// Sign signs "transom/v1 " label 0x00 and the parts, which the label has to make
// unambiguous: at most the last may vary in length.
func (r *Root) Sign(label string, parts ...[]byte) []byte {
	return ed25519.Sign(r.private, message(label, parts...))
}

// Verify reports whether sig is what [Root.Sign] makes with the key behind pub.
// Keys and signatures of a wrong size are simply not valid, and nor is a key for
// which anybody can sign: crypto/ed25519 takes one that was never filled in.
func Verify(pub []byte, label string, sig []byte, parts ...[]byte) bool {
	return len(pub) == ed25519.PublicKeySize && !isWeak([32]byte(pub)) &&
		ed25519.Verify(pub, message(label, parts...), sig)
}

// isWeak reports whether a key is a point of small order, or has a y that is not
// reduced, the second spelling of a point. The sign of x makes no difference.
func isWeak(pub [32]byte) bool {
	pub[31] &= 0x7f
	slices.Reverse(pub[:])
	for _, y := range smallOrder {
		if pub == y {
			return true
		}
	}
	return bytes.Compare(pub[:], prime[:]) >= 0
}

// prime is 2^255 - 19, and smallOrder the y of all points of order 1, 2, 4 and 8,
// beginning with the highest byte.
var (
	prime      = number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")
	smallOrder = [][32]byte{
		number("0000000000000000000000000000000000000000000000000000000000000000"),
		number("0000000000000000000000000000000000000000000000000000000000000001"),
		number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
		number("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
		number("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fb83d4d7a6717c7"),
	}
)

func number(digits string) [32]byte {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic("keys: " + err.Error())
	}
	return [32]byte(b)
}

// MAC returns HMAC-SHA256(key, "transom/v1 " label 0x00 parts): what proves
// knowledge of a key that two sides share. Parts are as in [Root.Sign]. Compare
// with hmac.Equal or subtle.ConstantTimeCompare.
func MAC(key [32]byte, label string, parts ...[]byte) [32]byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write(message(label, parts...))
	return [32]byte(mac.Sum(nil))
}

// MailboxID returns the first half of SHA-256("transom/v1 mailbox" 0x00 pub). To
// own a given mailbox with another key takes a second preimage of 128 bits.
func MailboxID(pub []byte) [16]byte {
	sum := sha256.Sum256(message("mailbox", pub))
	return [16]byte(sum[:16])
}
