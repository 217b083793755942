package gate_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/gate"
)

func b64(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }

// header writes an age header without a key: the gate could not tell.
func header(classes ...gate.Class) string {
	s := "age-encryption.org/v1\n"
	for _, class := range classes {
		argument := map[gate.Class]int{gate.Hybrid: 1120, gate.Classic: 32}[class]
		s += fmt.Sprintf("-> %s %s\n%s\n", class, b64(argument), b64(32))
	}
	return s + "--- " + b64(32) + "\n"
}

// payload returns how long the payload of n bytes is.
func payload(n int64) int64 {
	chunks := int64(1)
	for chunks*65536 < n {
		chunks++
	}
	return 16 + n + 16*chunks
}

func read(s string, size int64, allowed ...gate.Class) error {
	_, err := gate.Read(bufio.NewReader(strings.NewReader(s)), size, allowed...)
	return err
}

func TestRead(t *testing.T) {
	head := header(gate.Hybrid, gate.Hybrid)
	body := strings.Repeat("x", int(payload(32768)))
	r, err := gate.Read(bufio.NewReader(strings.NewReader(head+body)), int64(len(head+body)), gate.Hybrid)
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := io.ReadAll(r); err != nil || string(whole) != head+body {
		t.Error("not the whole envelope")
	}
}

// The gate lets through exactly the sizes that padded letters have: every size
// up to 140 KiB is tried, and the neighbours of larger ones.
func TestSizes(t *testing.T) {
	head := header(gate.Hybrid)
	valid := map[int64]bool{}
	for n := int64(32768); n < 1<<20; n++ {
		// Padmé, as the paper writes it.
		e := bits.Len64(uint64(n)) - 1
		s := bits.Len64(uint64(e))
		if n%(1<<(e-s)) == 0 {
			valid[payload(n)] = true
		}
	}
	if !valid[16+65536+16] || !valid[16+67584+32] || valid[16+65536+32] {
		t.Fatal("the sizes around a chunk are not as expected")
	}
	for p := int64(-3); p < 140<<10; p++ {
		err := read(head, int64(len(head))+p, gate.Hybrid)
		if valid[p] != (err == nil) || err != nil && !errors.Is(err, gate.ErrSize) {
			t.Fatalf("a payload of %d bytes: %v", p, err)
		}
	}
	for _, n := range []int64{1 << 20, 16 << 20, 8 << 30, 8<<30 + 1<<27, 1 << 46} {
		for _, off := range []int64{-1, 0, 1} {
			err := read(head, int64(len(head))+payload(n)+off, gate.Hybrid)
			if (off == 0) != (err == nil) {
				t.Errorf("%d bytes and %d: %v", n, off, err)
			}
		}
	}
	for _, size := range []int64{-1 << 63, -1, 0, 1, 1<<63 - 1} {
		if err := read(head, size, gate.Hybrid); !errors.Is(err, gate.ErrSize) {
			t.Errorf("declared as %d bytes: %v", size, err)
		}
	}
}

func TestClasses(t *testing.T) {
	both := []gate.Class{gate.Hybrid, gate.Classic}
	for _, c := range []struct {
		name    string
		header  string
		allowed []gate.Class
		want    error
	}{
		{"hybrid", header(gate.Hybrid), both[:1], nil},
		{"classic, allowed", header(gate.Classic), both, nil},
		{"32 stanzas", header(repeat(gate.Hybrid, 32)...), both, nil},
		{"33 stanzas", header(repeat(gate.Hybrid, 33)...), both, gate.ErrHeader},
		{"classic", header(gate.Classic), both[:1], gate.ErrClass},
		{"mixed", header(gate.Hybrid, gate.Classic), both, gate.ErrClass},
		{"passphrase", "age-encryption.org/v1\n-> scrypt " + b64(16) + " 18\n" + b64(32) + "\n--- " + b64(32) + "\n", both, gate.ErrClass},
		{"SSH key", "age-encryption.org/v1\n-> ssh-ed25519 " + b64(4) + " " + b64(32) + "\n" + b64(32) + "\n--- " + b64(32) + "\n", both, gate.ErrClass},
		{"plain text", "To whom it may concern:\n\n", both, gate.ErrHeader},
		{"nothing", "", both, gate.ErrHeader},
		{"10 MB", "age-encryption.org/v1\n-> " + strings.Repeat("x", 10<<20), both, gate.ErrHeader},
	} {
		if err := read(c.header, int64(len(c.header))+payload(32768), c.allowed...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func repeat(class gate.Class, n int) (classes []gate.Class) {
	for range n {
		classes = append(classes, class)
	}
	return classes
}

func TestReadCard(t *testing.T) {
	head := header(gate.Hybrid)
	for _, c := range []struct {
		name   string
		header string
		n      int64
		want   error
	}{
		{"smallest", head, 65, nil},
		{"not padded", head, 4321, nil},
		{"a signature alone", head, 64, gate.ErrSize},
		{"empty", head, 0, gate.ErrSize},
		{"two keys", header(gate.Hybrid, gate.Hybrid), 4321, gate.ErrHeader},
		{"classic", header(gate.Classic), 4321, gate.ErrClass},
		{"no header", "{}\n", 4321, gate.ErrHeader},
	} {
		body := c.header + strings.Repeat("x", int(payload(c.n)))
		r, err := gate.ReadCard(bufio.NewReader(strings.NewReader(body)), int64(len(body)))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err == nil {
			if whole, err := io.ReadAll(r); err != nil || string(whole) != body {
				t.Errorf("%s: not the whole card", c.name)
			}
		}
	}
	if _, err := gate.ReadCard(bufio.NewReader(strings.NewReader(head)), int64(len(head))+payload(65536)+1); !errors.Is(err, gate.ErrSize) {
		t.Errorf("an impossible size: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header(gate.Hybrid)), int64(1627+16+32768+16))
	f.Add([]byte(header(gate.Classic, gate.Hybrid)), int64(1<<40))
	f.Add([]byte("age-encryption.org/v1\n"), int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, size int64) {
		for _, read := range []func() (io.Reader, error){
			func() (io.Reader, error) {
				return gate.Read(bufio.NewReader(bytes.NewReader(data)), size, gate.Hybrid, gate.Classic)
			},
			func() (io.Reader, error) { return gate.ReadCard(bufio.NewReader(bytes.NewReader(data)), size) },
		} {
			r, err := read()
			if err != nil {
				continue
			}
			if whole, err := io.ReadAll(r); err != nil || !bytes.Equal(whole, data) {
				t.Error("what is let through is not what came")
			}
		}
	})
}
