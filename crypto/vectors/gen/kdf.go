package main

import (
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"
	"math/big"
	"slices"
)

func kdfVectors(s *set) {
	derive := func(name, comment string, ikm []byte, label string, context []byte) {
		fields := []string{"what", "derive", "ikm", hexOf(ikm), "label", label}
		if context != nil {
			fields = append(fields, "context", hexOf(context))
		}
		s.add("kdf", name, "ok", comment, nil, append(fields, "output", hexOf(kdf(ikm, label, context)))...)
	}
	derive("ok-derive-card-key", "the seed of the card key", workedSecret[:], "card key", nil)
	derive("ok-derive-context", "a label with a context", random("kdf ikm", 32), "withdraw", random("kdf context", 16))
	derive("ok-derive-long-context", "a context longer than a hash block", random("kdf ikm", 32), "withdraw", random("kdf long context", 200))

	mailbox := workedRoot.mailbox()
	s.add("kdf", "ok-root", "ok", "the worked root key", nil, "what", "root",
		"seed", hexOf(workedRoot.key.Seed()), "public", hexOf(workedRoot.public()), "mailbox", hexOf(mailbox[:]))
	sealing := newHybridKey("worked epoch 1")
	s.add("kdf", "ok-sealing", "ok", "the worked sealing key", nil, "what", "sealing",
		"seed", hexOf(sealing.seed), "identity", sealing.identity(), "recipient", sealing.recipient())
	card := cardKey(workedSecret)
	s.add("kdf", "ok-card-key", "ok", "the worked card key", nil, "what", "card-key",
		"secret", hexOf(workedSecret[:]), "seed", hexOf(card.seed), "identity", card.identity(), "recipient", card.recipient())
	signatureVectors(s)
}

func signatureVectors(s *set) {
	body := []byte("the quick brown fox")
	good := workedRoot.sign("card", body)
	add := func(name, expect, comment, label string, public, signature, body []byte) {
		s.add("kdf", name, expect, comment, body, "what", "signature", "public", hexOf(public), "label", label, "signature", hexOf(signature))
	}
	public := workedRoot.public()
	add("ok-signature", "ok", "a signature", "card", public, good, body)
	add("ok-signature-empty", "ok", "over nothing but the label", "card", public, workedRoot.sign("card"), nil)
	add("fail-signature-label", "signature", "made for another purpose", "card", public, workedRoot.sign("request", body), body)
	add("fail-signature-no-label", "signature", "over the bare text, which another program could have been asked to sign", "card", public, ed25519.Sign(workedRoot.key, body), body)
	add("fail-signature-no-nul", "signature", "the label runs into the text: `card` and `cards` must not meet", "card", public,
		ed25519.Sign(workedRoot.key, append([]byte("transom/v1 card"), body...)), body)
	add("fail-signature-body", "signature", "one bit of the text differs", "card", public, good, append([]byte("u"), body[1:]...))
	add("fail-signature-other-key", "signature", "made with another key", "card", public, newRoot("other").sign("card", body), body)
	add("fail-signature-flipped", "signature", "one bit of the signature differs", "card", public, flip(good, 40), body)
	add("fail-signature-short", "signature", "a byte is missing", "card", public, good[:63], body)
	add("fail-signature-long", "signature", "a byte too many", "card", public, append(slices.Clone(good), 0), body)
	add("fail-signature-zero", "signature", "all zero", "card", public, make([]byte, 64), body)
	add("fail-signature-malleable", "signature", "S plus the order of the group: the same point, another signature", "card", public, malleable(good), body)
	add("fail-signature-cofactor", "signature", "R with a point of order 2 added: good to those who multiply by the cofactor, bad to those who do not. Readers must agree", "card", public, cofactored(workedRoot, labeled("card", body)), body)
	zero := make([]byte, 32)
	identity, beyond := writeLittleEndian(big.NewInt(1)), writeLittleEndian(new(big.Int).Add(field, big.NewInt(1)))
	add("fail-signature-neutral-key", "signature", "the neutral element as the key: R = 0, S = 0 is good for every text", "card", identity, append(slices.Clone(identity), zero...), body)
	add("fail-signature-neutral-key-2", "signature", "the same, its y not reduced", "card", beyond, append(slices.Clone(identity), zero...), body)
	add("fail-signature-zero-key", "signature", "a key that was never filled in is a point of order 4: a few tries forge a signature", "card", zero, zeroKeySignature("card", body), body)
	add("fail-signature-short-key", "signature", "a public key of 31 bytes", "card", public[:31], good, body)
}

// flip returns a copy of b with the lowest bit of one byte changed. A negative
// index counts from the end.
func flip(b []byte, at int) []byte {
	b = slices.Clone(b)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	return b
}

// zeroKeySignature finds a text's signature under the key 0, which is (√-1, 0): S
// is chosen, R = S·B, until the hash is a multiple of 4 and the key drops out.
func zeroKeySignature(label string, body []byte) []byte {
	for i := 0; ; i++ {
		// S·B is the public key of a seed whose secret scalar is S.
		seed := sha([]byte(fmt.Sprint("zero key ", i)))
		point := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		hash := sha512.Sum512(slices.Concat(point, make([]byte, 32), labeled(label, body)))
		if k := littleEndian(hash[:]); new(big.Int).Mod(k.Mod(k, order), big.NewInt(4)).Sign() != 0 {
			continue
		}
		secret := sha512.Sum512(seed)
		secret[0], secret[31] = secret[0]&248, secret[31]&127|64
		s := littleEndian(secret[:32])
		return append(slices.Clone([]byte(point)), writeLittleEndian(s.Mod(s, order))...)
	}
}

// field is the prime 2^255 - 19.
var field = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

// order is that of the group, 2^252 + 27742317777372353535851937790883648493.
var order, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

// littleEndian reads a number as RFC 8032 writes it.
func littleEndian(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

func writeLittleEndian(n *big.Int) []byte {
	b := n.FillBytes(make([]byte, 32))
	slices.Reverse(b)
	return b
}

// malleable adds the order of the group to S (RFC 8032, section 8.4).
func malleable(signature []byte) []byte {
	s := littleEndian(signature[32:])
	return append(slices.Clone(signature[:32]), writeLittleEndian(s.Add(s, order))...)
}

// cofactored signs with R + (0, -1) in place of R, which is (-x, -y) of it.
func cofactored(r root, message []byte) []byte {
	point := ed25519.Sign(r.key, message)[:32]
	hash := sha512.Sum512(r.key.Seed())
	hash[0], hash[31] = hash[0]&248, hash[31]&127|64
	nonce := sha512.Sum512(append(slices.Clone(hash[32:]), message...))

	sign := point[31] & 0x80
	point[31] &= 0x7f
	point = writeLittleEndian(new(big.Int).Sub(field, littleEndian(point)))
	point[31] |= sign ^ 0x80

	k := sha512.Sum512(slices.Concat(point, r.public(), message))
	s := new(big.Int).Mul(littleEndian(k[:]), littleEndian(hash[:32]))
	s.Add(s, littleEndian(nonce[:])).Mod(s, order)
	return append(point, writeLittleEndian(s)...)
}

// cardKey is the age key pair that the link secret stands for.
func cardKey(secret [16]byte) hybridKey {
	return hybridKey{kdf(secret[:], "card key", nil)}
}
