package envelope_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/envelope"
)

// TestCCTV runs the age community's test vectors against Open. What age accepts
// is accepted here if its stanzas are of one allowed class, and refused for its
// class otherwise; what age refuses is refused here for the matching reason.
func TestCCTV(t *testing.T) {
	entries, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[error]int{}
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			v := readCCTV(t, entry.Name())
			opened, err := envelope.Open(bytes.NewReader(v.file), v.identities...)
			var plain []byte
			if err == nil {
				plain, err = io.ReadAll(opened)
				if hash := sha256.Sum256(plain); hex.EncodeToString(hash[:]) != v.payload {
					t.Error("what came out, to the end or up to the error, is not what has to")
				}
			}
			if want := v.want(entry.Name()); !errors.Is(err, want) {
				t.Errorf("%v, want %v (age: %s; stanzas: %v)", err, want, v.expect, v.types)
			}
			seen[err]++
		})
	}
	if len(entries) < 147 || seen[nil] < 12 || seen[envelope.ErrHeader] < 77 || seen[envelope.ErrClass] < 32 ||
		seen[envelope.ErrIdentity] < 6 || seen[envelope.ErrDamaged] < 20 {
		t.Errorf("of %d vectors: %v; the test has lost sight of some", len(entries), seen)
	}
}

type cctvVector struct {
	expect     string
	payload    string
	armored    bool
	identities []age.Identity
	file       []byte
	types      []string // of the stanzas, as far as any can be made out
}

func readCCTV(t *testing.T, name string) *cctvVector {
	t.Helper()
	data, err := fs.ReadFile(agetest.Vectors, name)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := bytes.Cut(data, []byte("\n\n"))
	v := &cctvVector{file: body}
	for _, line := range strings.Split(string(head), "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "expect":
			v.expect = value
		case "payload":
			v.payload = value
		case "armored":
			v.armored = value == "yes"
		case "identity":
			ids, err := age.ParseIdentities(strings.NewReader(value))
			if err != nil {
				t.Fatal(err)
			}
			v.identities = append(v.identities, ids...)
		case "compressed":
			z, err := zlib.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if v.file, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		case "passphrase", "file key", "comment":
		default:
			t.Fatalf("a header key that this test does not know: %q", key)
		}
	}
	header, _, _ := bytes.Cut(v.file, []byte("\n---"))
	for _, line := range strings.Split(string(header), "\n") {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "->" {
			v.types = append(v.types, words[1])
		}
	}
	return v
}

func (v *cctvVector) want(name string) error {
	switch {
	case v.armored:
		return envelope.ErrHeader // an envelope is never armored
	case name == "stream_no_nonce", name == "stream_short_nonce":
		return envelope.ErrDamaged // the nonce is the payload's beginning; age counts it to the header
	case strings.HasPrefix(name, "scrypt_") && v.expect == "header failure":
		// What is wrong with them is wrong in a stanza of another class, but for
		// base64 that is not canonical anywhere.
		if name == "scrypt_not_canonical_body" {
			return envelope.ErrHeader
		}
		return envelope.ErrClass
	case v.expect == "header failure", v.expect == "HMAC failure":
		return envelope.ErrHeader
	case !v.oneClass():
		return envelope.ErrClass
	}
	switch v.expect {
	case "success":
		return nil
	case "no match":
		return envelope.ErrIdentity
	case "payload failure":
		return envelope.ErrDamaged
	}
	panic("an expectation that this test does not know: " + v.expect)
}

func (v *cctvVector) oneClass() bool {
	for _, kind := range v.types {
		if kind != v.types[0] || kind != "X25519" && kind != "mlkem768x25519" {
			return false
		}
	}
	return len(v.types) > 0
}
