package envelope

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/internal/bech32"
	"github.com/transom-drop/transom/crypto/keys"
)

// SealingSeed is the secret half of a sealing key: an age hybrid identity
// (ML-KEM-768 with X25519). There is one for each epoch, drawn by itself, so that
// destroying it destroys what can be read.
type SealingSeed [32]byte

// NewSealingSeed draws a sealing key.
func NewSealingSeed() SealingSeed {
	var seed SealingSeed
	rand.Read(seed[:])
	return seed
}

// CardSeed returns the key that a drop's card is sealed with. Everyone with the
// link can derive it; the server never sees the link.
func CardSeed(secret [16]byte) SealingSeed { return keys.Derive(secret[:], "card key", nil) }

// Identity returns the seed as an age identity.
func (s SealingSeed) Identity() *age.HybridIdentity {
	identity, err := age.ParseHybridIdentity(s.String())
	if err != nil {
		panic("envelope: age refused 32 bytes as a hybrid seed")
	}
	return identity
}

// Recipient returns the public half, age1pq1….
func (s SealingSeed) Recipient() string { return s.Identity().Recipient().String() }

// Format keeps the secret out of everything that is formatted: it takes a call of
// [SealingSeed.String] to show it.
func (s SealingSeed) Format(f fmt.State, _ rune) { io.WriteString(f, "[sealing seed]") }

// String returns the secret as stock age reads it, AGE-SECRET-KEY-PQ-1….
func (s SealingSeed) String() string {
	return strings.ToUpper(bech32.Encode(bech32.Classic, "age-secret-key-pq-", s[:]))
}
