package envelope_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
)

func TestSealingSeed(t *testing.T) {
	seed := envelope.NewSealingSeed()
	if seed == envelope.NewSealingSeed() {
		t.Error("two new seeds are equal")
	}
	if s := seed.Identity().String(); s != seed.String() {
		t.Error("age writes the identity differently")
	}
	if !strings.HasPrefix(seed.String(), "AGE-SECRET-KEY-PQ-1") || !strings.HasPrefix(seed.Recipient(), "age1pq1") {
		t.Errorf("not a hybrid key: %.20s", seed.Recipient())
	}
	recipient, err := age.ParseHybridRecipient(seed.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "hello")
	w.Close()
	r, err := age.Decrypt(&sealed, seed.Identity())
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || string(plain) != "hello" {
		t.Errorf("%q, %v", plain, err)
	}
}

func TestCardSeed(t *testing.T) {
	secret := [16]byte{1, 2, 3}
	if got := envelope.CardSeed(secret); got != envelope.SealingSeed(keys.Derive(secret[:], "card key", nil)) {
		t.Error("not derived as specified")
	}
	if envelope.CardSeed(secret) == envelope.CardSeed([16]byte{1, 2, 4}) {
		t.Error("two secrets have one card key")
	}
}

// TestSeedIsNotFormatted formats what holds a secret in every way in which
// a log, an error or a failing test would.
func TestSeedIsNotFormatted(t *testing.T) {
	var fill [32]byte
	for i := range fill {
		fill[i] = 0xe7
	}
	seed := envelope.SealingSeed(fill)
	for _, v := range []any{seed, &seed, struct{ S envelope.SealingSeed }{seed}, []envelope.SealingSeed{seed}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			text := strings.ToLower(fmt.Sprintf(format, v))
			for _, spelling := range []string{"231 231", "0xe7", "e7e7", "secret-key", `\xe7`} {
				if strings.Contains(text, spelling) {
					t.Errorf("%s of a %T: %s", format, v, text)
				}
			}
		}
	}
}
