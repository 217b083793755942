package main

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// The age file format, https://c2sp.org/age, and its hybrid recipients.

// stanza is one recipient stanza.
type stanza struct {
	kind string
	args []string
	body []byte
}

var rawStd = base64.RawStdEncoding

// String writes the stanza; its body in lines of 64 characters, the last one
// shorter, perhaps empty.
func (s stanza) String() string {
	var b strings.Builder
	b.WriteString("-> " + strings.Join(append([]string{s.kind}, s.args...), " ") + "\n")
	text := rawStd.EncodeToString(s.body)
	for len(text) >= 64 {
		b.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	b.WriteString(text + "\n")
	return b.String()
}

const ageIntro = "age-encryption.org/v1\n"

// ageHeader writes a header with its MAC.
func ageHeader(fileKey []byte, stanzas ...stanza) string {
	text := ageIntro
	for _, s := range stanzas {
		text += s.String()
	}
	return text + ageMAC(fileKey, text)
}

// ageMAC returns the last line of a header that begins with text.
func ageMAC(fileKey []byte, text string) string {
	key := must1(hkdf.Key(sha256.New, fileKey, nil, "header", 32))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text + "---"))
	return "--- " + rawStd.EncodeToString(mac.Sum(nil)) + "\n"
}

const chunkSize = 64 << 10

// chunk seals one chunk of a payload.
func chunk(fileKey, nonce []byte, counter uint64, last bool, plain []byte) []byte {
	key := must1(hkdf.Key(sha256.New, fileKey, nonce, "payload", 32))
	var n [12]byte
	binary.BigEndian.PutUint64(n[3:11], counter)
	if last {
		n[11] = 1
	}
	return must1(chacha20poly1305.New(key)).Seal(nil, n[:], plain, nil)
}

// agePayload returns the nonce and the sealed chunks.
func agePayload(fileKey, nonce, plain []byte) []byte {
	out := append([]byte{}, nonce...)
	counter := uint64(0)
	for len(plain) > chunkSize {
		out = append(out, chunk(fileKey, nonce, counter, false, plain[:chunkSize])...)
		plain = plain[chunkSize:]
		counter++
	}
	return append(out, chunk(fileKey, nonce, counter, true, plain)...)
}

// ageFile seals plain; the label draws the file key, nonce and ephemeral keys.
func ageFile(label string, plain []byte, keys ...sealingKey) []byte {
	fileKey := random(label+" file key", 16)
	var stanzas []stanza
	for i, k := range keys {
		stanzas = append(stanzas, k.wrap(label+" stanza "+string(rune('0'+i)), fileKey))
	}
	return append([]byte(ageHeader(fileKey, stanzas...)), agePayload(fileKey, random(label+" nonce", 16), plain)...)
}

// sealingKey is a key pair of either class.
type sealingKey interface {
	wrap(label string, fileKey []byte) stanza
	identity() string
	recipient() string
}

// aead seals with the fixed nonce that age uses for one-time keys.
func aead(key, nonce, plain []byte) []byte {
	if nonce == nil {
		nonce = make([]byte, 12)
	}
	return must1(chacha20poly1305.New(key)).Seal(nil, nonce, plain, nil)
}

// classicKey is an X25519 key pair.
type classicKey struct{ secret []byte }

func newClassicKey(label string) classicKey { return classicKey{random("classic "+label, 32)} }

func (k classicKey) public() []byte {
	return must1(ecdh.X25519().NewPrivateKey(k.secret)).PublicKey().Bytes()
}

func (k classicKey) identity() string {
	return strings.ToUpper(bech32("age-secret-key-", k.secret))
}

func (k classicKey) recipient() string { return bech32("age", k.public()) }

func (k classicKey) wrap(label string, fileKey []byte) stanza {
	ephemeral := must1(ecdh.X25519().NewPrivateKey(random(label, 32)))
	shared := must1(ephemeral.ECDH(must1(ecdh.X25519().NewPublicKey(k.public()))))
	share := ephemeral.PublicKey().Bytes()
	wrapping := must1(hkdf.Key(sha256.New, shared, append(append([]byte{}, share...), k.public()...), "age-encryption.org/v1/X25519", 32))
	return stanza{"X25519", []string{rawStd.EncodeToString(share)}, aead(wrapping, nil, fileKey)}
}

// hybridKey is an ML-KEM-768 and X25519 key pair (X-Wing), made from one seed.
type hybridKey struct{ seed []byte }

func newHybridKey(label string) hybridKey { return hybridKey{random("hybrid "+label, 32)} }

// expand returns the two private keys.
func (k hybridKey) expand() (*mlkem.DecapsulationKey768, *ecdh.PrivateKey) {
	h := sha3.NewSHAKE256()
	h.Write(k.seed)
	both := make([]byte, 96)
	h.Read(both)
	return must1(mlkem.NewDecapsulationKey768(both[:64])), must1(ecdh.X25519().NewPrivateKey(both[64:]))
}

func (k hybridKey) public() []byte {
	pq, t := k.expand()
	return append(pq.EncapsulationKey().Bytes(), t.PublicKey().Bytes()...)
}

func (k hybridKey) identity() string {
	return strings.ToUpper(bech32("age-secret-key-pq-", k.seed))
}

func (k hybridKey) recipient() string { return bech32("age1pq", k.public()) }

// wrap encapsulates with fixed randomness and seals the file key with HPKE.
func (k hybridKey) wrap(label string, fileKey []byte) stanza {
	pq, t := k.expand()
	ssPQ, ctPQ, err := mlkemtest.Encapsulate768(pq.EncapsulationKey(), random(label+" ml-kem", 32))
	must(err)
	ephemeral := must1(ecdh.X25519().NewPrivateKey(random(label+" x25519", 32)))
	ssT := must1(ephemeral.ECDH(t.PublicKey()))
	ctT := ephemeral.PublicKey().Bytes()
	h := sha3.New256()
	for _, part := range [][]byte{ssPQ, ssT, ctT, t.PublicKey().Bytes(), []byte(`\.//^\`)} {
		h.Write(part)
	}
	enc := append(ctPQ, ctT...)
	key, nonce := hpkeSchedule(h.Sum(nil), []byte("age-encryption.org/mlkem768x25519"))
	return stanza{"mlkem768x25519", []string{rawStd.EncodeToString(enc)}, aead(key, nonce, fileKey)}
}

// hpkeSchedule is the key schedule of RFC 9180, section 5.1, in base mode, for
// KEM 0x647a, HKDF-SHA256 and ChaCha20-Poly1305.
func hpkeSchedule(shared, info []byte) (key, nonce []byte) {
	suite := "HPKE\x64\x7a\x00\x01\x00\x03"
	extract := func(salt []byte, label string, ikm []byte) []byte {
		return must1(hkdf.Extract(sha256.New, append([]byte("HPKE-v1"+suite+label), ikm...), salt))
	}
	context := append([]byte{0}, extract(nil, "psk_id_hash", nil)...)
	context = append(context, extract(nil, "info_hash", info)...)
	secret := extract(shared, "secret", nil)
	expand := func(label string, n int) []byte {
		return must1(hkdf.Expand(sha256.New, secret, "\x00"+string(rune(n))+"HPKE-v1"+suite+label+string(context), n))
	}
	return expand("key", 32), expand("base_nonce", 12)
}
