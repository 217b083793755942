package vault

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/keys"
)

// scryptWorkFactor is the base-2 logarithm of what one guess at a passphrase
// costs: 128 MiB, and about a third of a second of a laptop in 2026.
const scryptWorkFactor = 17

// TestOnlyWorkFactor takes its place when it isn't 0. Scripts that make a vault
// each would otherwise spend minutes on making guesses expensive.
var TestOnlyWorkFactor int

// vaultKey is the key that all others in the vault are derived from.
type vaultKey [32]byte

func newVaultKey() (k vaultKey) {
	rand.Read(k[:])
	return k
}

// derive returns the key of one generation of a file.
func (k vaultKey) derive(label string, generation []byte) [32]byte {
	return keys.Derive(k[:], label, generation)
}

// fileName hides from who has the folder, but not the key, which mailbox and
// which envelope of a server's a file belongs to.
func (k vaultKey) fileName(context []byte) string {
	sum := keys.Derive(k[:], "vault file", context)
	return nameEncoding.EncodeToString(sum[:15])
}

// seal encrypts the vault key with a passphrase.
func (k vaultKey) seal(passphrase []byte) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(cmp.Or(TestOnlyWorkFactor, scryptWorkFactor))
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(k[:]); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// openVaultKey decrypts what [vaultKey.seal] wrote. ErrPassphrase, ErrDamaged.
func openVaultKey(path string, passphrase []byte) (k vaultKey, err error) {
	sealed, err := os.ReadFile(path)
	if err != nil {
		return k, err
	}
	identity, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return k, ErrPassphrase
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		var mismatch *age.NoIdentityMatchError
		if errors.As(err, &mismatch) {
			return k, ErrPassphrase
		}
		return k, fmt.Errorf("%w: key.age: %w", ErrDamaged, err)
	}
	key, err := io.ReadAll(io.LimitReader(r, int64(len(k))+1))
	if err != nil || len(key) != len(k) {
		return k, fmt.Errorf("%w: key.age does not hold a key", ErrDamaged)
	}
	return vaultKey(key), nil
}
