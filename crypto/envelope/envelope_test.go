package envelope_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/envelope"
)

var (
	seed  = envelope.SealingSeed{1}
	other = envelope.SealingSeed{2}

	chunkSizes = []int{
		0, 1, 32767, 32768, 65535, 65536, 65537,
		2*65536 - 1, 2 * 65536, 2*65536 + 1, 300_000,
	}
)

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func seal(t testing.TB, plain []byte, sealingKeys ...string) []byte {
	t.Helper()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, sealingKeys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes()
}

// open reads an envelope to its end.
func open(sealed []byte, ids ...age.Identity) ([]byte, error) {
	opened, err := envelope.Open(bytes.NewReader(sealed), ids...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(opened)
}

func TestSealOpen(t *testing.T) {
	for _, n := range chunkSizes {
		plain := random(n)
		sealed := seal(t, plain, other.Recipient(), seed.Recipient())
		if want := envelope.SealedSize(2, int64(n)); int64(len(sealed)) != want {
			t.Errorf("%d bytes: sealed in %d, and said to be %d", n, len(sealed), want)
		}
		for _, src := range []io.Reader{bytes.NewReader(sealed), iotest.OneByteReader(bytes.NewReader(sealed)), iotest.DataErrReader(bytes.NewReader(sealed))} {
			opened, err := envelope.Open(src, seed.Identity())
			if err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			if got, err := io.ReadAll(opened); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes: %v", n, err)
			}
			again, err := envelope.OpenWithFileKey(bytes.NewReader(sealed), opened.FileKey)
			if err != nil {
				t.Fatalf("%d bytes, with the file key: %v", n, err)
			}
			if got, err := io.ReadAll(again); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes, with the file key: %v", n, err)
			}
		}
	}
}

// A sender who keeps an envelope opens it without any identity; everybody else
// finds it as [envelope.Seal] would have made it.
func TestSealKeeping(t *testing.T) {
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	plain := random(70_000)
	for name, c := range map[string]struct {
		keys []string
		ids  []age.Identity
	}{
		"one key":    {[]string{seed.Recipient()}, []age.Identity{seed.Identity()}},
		"two keys":   {[]string{seed.Recipient(), other.Recipient()}, []age.Identity{seed.Identity(), other.Identity()}},
		"an old key": {[]string{classic.Recipient().String()}, []age.Identity{classic}},
	} {
		var sealed bytes.Buffer
		w, fileKey, err := envelope.SealKeeping(&sealed, c.keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := envelope.OpenWithFileKey(bytes.NewReader(sealed.Bytes()), fileKey)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v", name, err)
		}
		for i, id := range c.ids {
			opened, err := envelope.Open(bytes.NewReader(sealed.Bytes()), id)
			if err != nil {
				t.Fatalf("%s, by identity %d: %v", name, i, err)
			}
			if got, err := io.ReadAll(opened); err != nil || !bytes.Equal(got, plain) || !bytes.Equal(opened.FileKey, fileKey) {
				t.Errorf("%s, by identity %d: %v", name, i, err)
			}
		}
	}
	var first, second bytes.Buffer
	_, a, err := envelope.SealKeeping(&first, []string{seed.Recipient()})
	_, b, err2 := envelope.SealKeeping(&second, []string{seed.Recipient()})
	if err != nil || err2 != nil || bytes.Equal(a, b) || len(a) != 16 {
		t.Errorf("two envelopes with the keys %x and %x: %v, %v", a, b, err, err2)
	}
	for name, c := range map[string]struct {
		keys []string
		want error
	}{
		"no keys":       {nil, envelope.ErrKeys},
		"mixed classes": {[]string{seed.Recipient(), classic.Recipient().String()}, envelope.ErrClass},
		"mixed, too":    {[]string{classic.Recipient().String(), seed.Recipient()}, envelope.ErrClass},
	} {
		if w, fileKey, err := envelope.SealKeeping(io.Discard, c.keys); !errors.Is(err, c.want) || w != nil || fileKey != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Stock age opens what we seal, and we open what stock age seals.
func TestStockAge(t *testing.T) {
	plain := random(100_000)
	r, err := age.Decrypt(bytes.NewReader(seal(t, plain, seed.Recipient())), seed.Identity())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
		t.Error(err)
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, classic.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	w.Write(plain)
	w.Close()
	if got, err := open(sealed.Bytes(), seed.Identity(), classic); err != nil || !bytes.Equal(got, plain) {
		t.Error(err)
	}
}

func TestSealRefuses(t *testing.T) {
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hybridKey, classicKey := seed.Recipient(), classic.Recipient().String()
	for _, c := range []struct {
		name string
		keys []string
		want error
	}{
		{"none", nil, envelope.ErrKeys},
		{"33", slices.Repeat([]string{hybridKey}, 33), envelope.ErrKeys},
		{"mixed", []string{hybridKey, classicKey}, envelope.ErrClass},
		{"mixed the other way", []string{classicKey, hybridKey}, envelope.ErrClass},
		{"an identity", []string{seed.String()}, envelope.ErrClass},
		{"SSH", []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5AgZ3vRH0sV5NSr9hEYUjAxMFjzFVoJcjbGXXhTYtz"}, envelope.ErrClass},
		{"upper case", []string{strings.ToUpper(classicKey)}, envelope.ErrClass},
		{"typing error", []string{hybridKey[:100] + "qq" + hybridKey[102:]}, envelope.ErrClass},
		{"empty", []string{hybridKey, ""}, envelope.ErrClass},
	} {
		var dst bytes.Buffer
		if _, err := envelope.Seal(&dst, c.keys); !errors.Is(err, c.want) || dst.Len() > 0 {
			t.Errorf("%s: %v, want %v, %d bytes written", c.name, err, c.want, dst.Len())
		}
	}
	for _, n := range []int{1, 32} {
		seal(t, nil, slices.Repeat([]string{hybridKey}, n)...)
	}
	seal(t, nil, classicKey, classicKey)
}

// Whatever is changed or cut off, and wherever: nothing that was not sealed comes
// out, and the end is never reached.
func TestDamage(t *testing.T) {
	plain := random(65536 + 1000)
	sealed := seal(t, plain, seed.Recipient())
	header := len(sealed) - (16 + 65536 + 16 + 1000 + 16)
	if header != 1627 {
		t.Fatal(header)
	}
	check := func(name string, damaged []byte, want error) {
		t.Helper()
		got, err := open(damaged, seed.Identity())
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: bytes came out that were not sealed", name)
		}
	}
	for _, n := range []int{0, 1, 21, 22, 500, header - 1} {
		check("cut in the header", sealed[:n], envelope.ErrHeader)
	}
	for _, n := range []int{header, header + 1, header + 15, header + 16, header + 17, header + 31, header + 16 + 65552 - 1, header + 16 + 65552, header + 16 + 65552 + 16, len(sealed) - 1} {
		check(fmt.Sprintf("cut at %d of the payload", n-header), sealed[:n], envelope.ErrDamaged)
	}
	for _, at := range []int{header, header + 15, header + 16, header + 60000, header + 16 + 65551, header + 16 + 65552, len(sealed) - 1} {
		damaged := bytes.Clone(sealed)
		damaged[at] ^= 1
		check(fmt.Sprintf("flipped at %d of the payload", at-header), damaged, envelope.ErrDamaged)
	}
	check("longer", append(bytes.Clone(sealed), 0), envelope.ErrDamaged)
	check("another behind it", append(bytes.Clone(sealed), sealed...), envelope.ErrDamaged)

	// The MAC: another last character would not be canonical, so an earlier one.
	damaged := bytes.Clone(sealed)
	damaged[header-10] ^= 'a' ^ 'b'
	if _, err := open(damaged, seed.Identity()); !errors.Is(err, envelope.ErrHeader) {
		t.Errorf("another MAC: %v", err)
	}
}

func TestFullLastChunk(t *testing.T) {
	plain := random(2 * 65536)
	sealed := seal(t, plain, seed.Recipient())
	if got, err := open(sealed[:len(sealed)-65552], seed.Identity()); !errors.Is(err, envelope.ErrDamaged) || len(got) > 65536 {
		t.Errorf("a whole chunk is missing: %d bytes, %v", len(got), err)
	}
}

func TestIdentity(t *testing.T) {
	sealed := seal(t, []byte("hello"), seed.Recipient())
	for name, ids := range map[string][]age.Identity{"another": {other.Identity()}, "none": nil} {
		if _, err := open(sealed, ids...); !errors.Is(err, envelope.ErrIdentity) {
			t.Errorf("%s: %v", name, err)
		}
	}
	opened, err := envelope.Open(bytes.NewReader(seal(t, []byte("another"), seed.Recipient())), seed.Identity())
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{"another envelope's": opened.FileKey, "short": opened.FileKey[:15], "no": nil} {
		if _, err := envelope.OpenWithFileKey(bytes.NewReader(sealed), key); !errors.Is(err, envelope.ErrIdentity) {
			t.Errorf("%s file key: %v", name, err)
		}
	}
}

// A broken connection is not a damaged letter, wherever it breaks.
func TestSourceError(t *testing.T) {
	broken := errors.New("connection reset")
	sealed := seal(t, random(200_000), seed.Recipient())
	opened, err := envelope.Open(bytes.NewReader(sealed), seed.Identity())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 10, 1626, 1627, 1630, 1643, 1644, 70_000, len(sealed) - 1, len(sealed)} {
		for _, source := range []error{broken, io.ErrUnexpectedEOF} {
			src := func() io.Reader { return io.MultiReader(bytes.NewReader(sealed[:n]), iotest.ErrReader(source)) }
			var r io.Reader
			if r, err = envelope.Open(src(), seed.Identity()); err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if !errors.Is(err, source) || errors.Is(err, envelope.ErrDamaged) {
				t.Errorf("after %d bytes: %v", n, err)
			}
			if r, err = envelope.OpenWithFileKey(src(), opened.FileKey); err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if !errors.Is(err, source) || errors.Is(err, envelope.ErrDamaged) {
				t.Errorf("after %d bytes, with the file key: %v", n, err)
			}
		}
	}
}

// An error that has been returned is returned again: nobody reads past it.
func TestStickyError(t *testing.T) {
	sealed := seal(t, random(100), seed.Recipient())
	opened, err := envelope.Open(bytes.NewReader(sealed[:len(sealed)-1]), seed.Identity())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := opened.Read(make([]byte, 10)); n != 0 || !errors.Is(err, envelope.ErrDamaged) {
			t.Errorf("%d bytes, %v", n, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	classic, err := age.ParseX25519Identity("AGE-SECRET-KEY-184JMZMVQH3E6U0PSL869004Y3U2NYV7R30EU99CSEDNPH02YUVFSZW44VU")
	if err != nil {
		f.Fatal(err)
	}
	plain := []byte("over the transom")
	f.Add(seal(f, plain, seed.Recipient()))
	f.Add(seal(f, plain, classic.Recipient().String()))
	f.Add(seal(f, nil, classic.Recipient().String(), classic.Recipient().String()))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if got, err := open(sealed, seed.Identity(), classic); err == nil && !bytes.Equal(got, plain) && len(got) > 0 {
			t.Errorf("%q came out", got)
		}
	})
}
