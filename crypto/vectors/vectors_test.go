package vectors_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/crypto/vectors"
)

// run calls read for every vector of a kind. read returns nil for what is
// accepted, an error of categories for what is refused, and reports with t
// itself what was accepted but read otherwise than the vector says.
func run(t *testing.T, kind string, categories map[string]error, read func(t *testing.T, v *vectors.Vector) error) {
	t.Helper()
	all, err := vectors.Load(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			want, known := categories[v.Expect]
			if !known && v.Expect != vectors.OK {
				t.Fatalf("the vector expects %q, which is no category of %s", v.Expect, kind)
			}
			err := read(t, v)
			switch {
			case v.Expect == vectors.OK && err != nil:
				t.Errorf("refused: %v (%s)", err, v.Comment)
			case v.Expect != vectors.OK && err == nil:
				t.Errorf("accepted, want %s: %s", v.Expect, v.Comment)
			case v.Expect != vectors.OK && !errors.Is(err, want):
				t.Errorf("refused as %q, want %s: %s", err, v.Expect, v.Comment)
			}
			if unread := v.Unread(); len(unread) > 0 && !t.Failed() {
				t.Errorf("nobody has looked at %v", unread)
			}
		})
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestLink(t *testing.T) {
	categories := map[string]error{
		"checksum": link.ErrChecksum, "prefix": link.ErrPrefix, "length": link.ErrLength,
		"version": link.ErrVersion, "origin": link.ErrOrigin,
	}
	run(t, "link", categories, func(t *testing.T, v *vectors.Vector) error {
		l, err := link.Parse(string(v.Body))
		if err != nil {
			return err
		}
		equal(t, "origin", l.Origin, v.Text("origin"))
		equal(t, "secret", hex.EncodeToString(l.Code.Secret[:]), v.Text("secret"))
		equal(t, "mailbox", hex.EncodeToString(l.Code.Mailbox[:]), v.Text("mailbox"))
		equal(t, "the link written again", l.String(), v.Text("canonical"))
		return nil
	})
}

func TestPadding(t *testing.T) {
	run(t, "padding", nil, func(t *testing.T, v *vectors.Vector) error {
		for line := range strings.Lines(string(v.Body)) {
			var n, padme, padded int64
			if got, err := fmt.Sscanf(line, "%d %d %d\n", &n, &padme, &padded); got != 3 || err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			equal(t, "the padded size of "+strconv.FormatInt(n, 10), letter.PaddedSize(n), padded)
			if padme >= 32<<10 {
				equal(t, "padmé", letter.PaddedSize(n), padme)
			}
		}
		return nil
	})
}

func TestName(t *testing.T) {
	run(t, "name", nil, func(t *testing.T, v *vectors.Vector) error {
		name := string(v.Body)
		if encoding := v.Text("encoding"); encoding == "utf-16be" {
			units := make([]uint16, len(v.Body)/2)
			for i := range units {
				units[i] = binary.BigEndian.Uint16(v.Body[2*i:])
			}
			name = string(utf16.Decode(units))
		} else {
			equal(t, "encoding", encoding, "utf-8")
		}
		safe := letter.SafeName(name)
		equal(t, "the safe name", strconv.Quote(safe), strconv.Quote(string(v.Bytes("safe"))))
		equal(t, "the safe name made safe again", letter.SafeName(safe), safe)
		return nil
	})
}

var errSignature = errors.New("the signature is not valid")

func TestKDF(t *testing.T) {
	run(t, "kdf", map[string]error{"signature": errSignature}, func(t *testing.T, v *vectors.Vector) error {
		switch what := v.Text("what"); what {
		case "derive":
			var context []byte
			if v.Has("context") {
				context = v.Bytes("context")
			}
			key := keys.Derive(v.Bytes("ikm"), v.Text("label"), context)
			equal(t, "the key", hex.EncodeToString(key[:]), v.Text("output"))
		case "root":
			root := keys.RootFromSeed([32]byte(v.Bytes("seed")))
			public, mailbox := root.Public(), root.Mailbox()
			equal(t, "the public key", hex.EncodeToString(public[:]), v.Text("public"))
			equal(t, "the mailbox", hex.EncodeToString(mailbox[:]), v.Text("mailbox"))
		case "sealing":
			sealing(t, v, envelope.SealingSeed(v.Bytes("seed")))
		case "card-key":
			seed := envelope.CardSeed([16]byte(v.Bytes("secret")))
			equal(t, "the seed", hex.EncodeToString(seed[:]), v.Text("seed"))
			sealing(t, v, seed)
		case "signature":
			if !keys.Verify(v.Bytes("public"), v.Text("label"), v.Bytes("signature"), v.Body) {
				return errSignature
			}
		default:
			t.Errorf("unknown %q", what)
		}
		return nil
	})
}

func sealing(t *testing.T, v *vectors.Vector, seed envelope.SealingSeed) {
	t.Helper()
	equal(t, "the identity", seed.String(), v.Text("identity"))
	equal(t, "the recipient", seed.Recipient(), v.Text("recipient"))
}

func TestGate(t *testing.T) {
	categories := map[string]error{"header": gate.ErrHeader, "class": gate.ErrClass, "size": gate.ErrSize}
	run(t, "gate", categories, func(t *testing.T, v *vectors.Vector) error {
		size := int64(len(v.Body))
		if v.Has("size") {
			size = v.Int("size")
		}
		var classes []gate.Class
		for _, class := range strings.Fields(v.Text("classes")) {
			classes = append(classes, gate.Class(class))
		}
		r := bufio.NewReaderSize(bytes.NewReader(v.Body), 16)
		var whole io.Reader
		var err error
		if v.Text("what") == "card" {
			whole, err = gate.ReadCard(r, size)
		} else {
			equal(t, "what", v.Text("what"), "envelope")
			whole, err = gate.Read(r, size, classes...)
		}
		if err != nil {
			return err
		}
		if all, err := io.ReadAll(whole); err != nil || !bytes.Equal(all, v.Body) {
			t.Errorf("the gate hands on other bytes than it was given: %v", err)
		}
		return nil
	})
}

func TestRequest(t *testing.T) {
	categories := map[string]error{"authorization": keys.ErrAuthorization, "signature": errSignature}
	run(t, "request", categories, func(t *testing.T, v *vectors.Vector) error {
		seen := keys.Request{
			Method: v.Text("method"), Origin: v.Text("origin"), Target: v.Text("target"),
			BodyHash: [sha256.Size]byte(v.Bytes("body-sha256")), IfMatch: v.Text("if-match"),
		}
		claim, err := keys.ParseAuthorization(string(v.Body))
		if err != nil {
			return err
		}
		equal(t, "the line written again", claim.String(), string(v.Body))
		seen.Time = claim.Time
		if !claim.Verify(seen) {
			return errSignature
		}
		mailbox := claim.Mailbox()
		equal(t, "the time", claim.Time, v.Int("time"))
		equal(t, "the mailbox", hex.EncodeToString(mailbox[:]), v.Text("mailbox"))
		return nil
	})
}

// parseIdentity reads an identity of either class.
func parseIdentity(t *testing.T, text string) age.Identity {
	t.Helper()
	ids, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil || len(ids) != 1 {
		t.Fatalf("couldn't parse the vector's identity: %v", err)
	}
	return ids[0]
}
