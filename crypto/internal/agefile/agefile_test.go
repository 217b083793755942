package agefile

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func b64(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }

func stanzaOf(class Class) string {
	return fmt.Sprintf("-> %s %s\n%s\n", class, b64(argumentSize[class]), b64(bodySize))
}

var (
	hybridStanza  = stanzaOf(Hybrid)
	classicStanza = stanzaOf(Classic)
	scryptStanza  = "-> scrypt " + b64(16) + " 18\n" + b64(32) + "\n"
	sshStanza     = "-> ssh-ed25519 " + b64(4) + " " + b64(32) + "\n" + b64(32) + "\n"
	greaseStanza  = "-> x-grease a b c\n\n"
	footer        = "--- " + b64(32) + "\n"
)

func header(stanzas ...string) string { return intro + strings.Join(stanzas, "") + footer }

func read(s string, allowed ...Class) (*Header, error) {
	return ReadHeader(bufio.NewReaderSize(strings.NewReader(s), 16), allowed...)
}

func TestReadHeader(t *testing.T) {
	for _, c := range []struct {
		name    string
		header  string
		class   Class
		stanzas int
	}{
		{"one", header(hybridStanza), Hybrid, 1},
		{"classic", header(classicStanza), Classic, 1},
		{"most", header(strings.Repeat(hybridStanza, MaxStanzas)), Hybrid, MaxStanzas},
	} {
		r := bufio.NewReader(strings.NewReader(c.header + "payload"))
		h, err := ReadHeader(r, Hybrid, Classic)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if string(h.Raw) != c.header || h.Class != c.class || h.Stanzas != c.stanzas {
			t.Errorf("%s: %d bytes, %s, %d", c.name, len(h.Raw), h.Class, h.Stanzas)
		}
		if whole, err := io.ReadAll(h.Whole(r)); err != nil || string(whole) != c.header+"payload" {
			t.Errorf("%s: not the same file again", c.name)
		}
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	both := []Class{Hybrid, Classic}
	for _, c := range []struct {
		name    string
		header  string
		allowed []Class
		want    error
	}{
		{"empty", "", both, ErrHeader},
		{"plain text", "Dear editor,\nI have seen", both, ErrHeader},
		{"tar", "letter.json\x00\x00", both, ErrHeader},
		{"another version", strings.Replace(header(hybridStanza), "v1", "v2", 1), both, ErrHeader},
		{"armor", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", both, ErrHeader},
		{"CRLF", strings.ReplaceAll(header(hybridStanza), "\n", "\r\n"), both, ErrHeader},
		{"leading space", " " + header(hybridStanza), both, ErrHeader},
		{"no stanza", intro + footer, both, ErrHeader},
		{"one stanza too many", header(strings.Repeat(hybridStanza, MaxStanzas+1)), both, ErrHeader},
		{"no footer", intro + hybridStanza, both, ErrHeader},
		{"short MAC", intro + hybridStanza + "--- " + b64(31) + "\n", both, ErrHeader},
		{"no MAC", intro + hybridStanza + "---\n", both, ErrHeader},
		{"MAC with a space", intro + hybridStanza + "--- " + b64(32) + " \n", both, ErrHeader},
		{"MAC with padding", intro + hybridStanza + "--- " + b64(32) + "=\n", both, ErrHeader},
		{"MAC with spare bits", intro + hybridStanza + "--- " + b64(32)[:42] + "B\n", both, ErrHeader},
		{"two arguments", header("-> X25519 " + b64(32) + " " + b64(32) + "\n" + b64(32) + "\n"), both, ErrHeader},
		{"no argument", header("-> X25519\n" + b64(32) + "\n"), both, ErrHeader},
		{"short argument", header("-> X25519 " + b64(31) + "\n" + b64(32) + "\n"), both, ErrHeader},
		{"classic argument", header("-> mlkem768x25519 " + b64(32) + "\n" + b64(32) + "\n"), both, ErrHeader},
		{"long body", header("-> X25519 " + b64(32) + "\n" + b64(33) + "\n"), both, ErrHeader},
		{"body of two lines", header("-> X25519 " + b64(32) + "\n" + b64(48) + "\n" + b64(32) + "\n"), both, ErrHeader},
		{"line too long", header("-> X25519 " + b64(32) + "\n" + b64(49) + "\n\n"), both, ErrHeader},
		{"no body", header("-> X25519 " + b64(32) + "\n"), both, ErrHeader},
		{"no type", header("-> \n" + b64(32) + "\n"), both, ErrHeader},
		{"empty argument", header("-> X25519  " + b64(32) + "\n" + b64(32) + "\n"), both, ErrHeader},
		{"tab", header("-> X25519\t" + b64(32) + "\n" + b64(32) + "\n"), both, ErrHeader},
		{"not ASCII", header("-> X25519 é\n" + b64(32) + "\n"), both, ErrHeader},
		{"bad second stanza", header(hybridStanza, "->mlkem768x25519\n"), both, ErrHeader},
		{"scrypt", header(scryptStanza), both, ErrClass},
		{"ssh", header(sshStanza), both, ErrClass},
		{"another case", header(strings.Replace(classicStanza, "X25519", "x25519", 1)), both, ErrClass},
		{"mixed", header(hybridStanza, classicStanza), both, ErrClass},
		{"mixed the other way", header(classicStanza, hybridStanza), both, ErrClass},
		{"grease", header(hybridStanza, greaseStanza), both, ErrClass},
		{"grease first", header(greaseStanza, hybridStanza), both, ErrClass},
		{"classic where hybrid is allowed", header(classicStanza), []Class{Hybrid}, ErrClass},
		{"nothing allowed", header(hybridStanza), nil, ErrClass},
	} {
		if _, err := read(c.header, c.allowed...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Every proper beginning of a header is refused, and so is every header that
// was cut anywhere and goes on with the payload.
func TestTruncated(t *testing.T) {
	whole := header(classicStanza, classicStanza)
	for n := range len(whole) {
		if _, err := read(whole[:n], Classic); !errors.Is(err, ErrHeader) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// A header may be MaxHeader long; of a longer one no more than that is read.
func TestMaxHeader(t *testing.T) {
	// A stanza of an unknown type, long enough to fill the header exactly.
	fill := MaxHeader - len(header("-> a ", "\n\n"))
	exact := header("-> a "+strings.Repeat("b", fill), "\n\n")
	if len(exact) != MaxHeader {
		t.Fatal(len(exact))
	}
	if _, err := read(exact, Hybrid); !errors.Is(err, ErrClass) {
		t.Errorf("exact: %v", err)
	}
	if _, err := read(header("-> a "+strings.Repeat("b", fill+1), "\n\n"), Hybrid); !errors.Is(err, ErrHeader) {
		t.Errorf("one more: %v", err)
	}
	for name, endless := range map[string]string{"line": "b", "body": b64(48) + "\n"} {
		src := &endlessReader{text: []byte(endless)}
		r := bufio.NewReader(io.MultiReader(strings.NewReader(intro+"-> a "), src))
		if name == "body" {
			r = bufio.NewReader(io.MultiReader(strings.NewReader(intro+"-> a\n"), src))
		}
		if _, err := ReadHeader(r, Hybrid); !errors.Is(err, ErrHeader) {
			t.Errorf("endless %s: %v", name, err)
		}
		if src.read > MaxHeader+8192 {
			t.Errorf("endless %s: %d bytes were read", name, src.read)
		}
	}
}

type endlessReader struct {
	text []byte
	read int
}

func (r *endlessReader) Read(b []byte) (int, error) {
	n := copy(b, bytes.Repeat(r.text, len(b)/len(r.text)+1))
	r.read += n
	return n, nil
}

// A connection that breaks says nothing about the file.
func TestReadError(t *testing.T) {
	broken := errors.New("connection reset")
	whole := header(classicStanza)
	for _, n := range []int{0, 5, 30, 100, len(whole) - 1} {
		r := bufio.NewReader(io.MultiReader(strings.NewReader(whole[:n]), iotest.ErrReader(broken)))
		if _, err := ReadHeader(r, Classic); !errors.Is(err, broken) || errors.Is(err, ErrHeader) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestPlainSize(t *testing.T) {
	const chunk, sealed = chunkSize, chunkSize + tagSize
	for _, c := range []struct {
		payload, want int64
		ok            bool
	}{
		{-1, 0, false}, {0, 0, false}, {15, 0, false}, {16, 0, false}, {31, 0, false},
		{32, 0, true}, {33, 1, true},
		{16 + sealed - 1, chunk - 1, true}, {16 + sealed, chunk, true},
		{16 + sealed + 1, 0, false}, {16 + sealed + 15, 0, false}, // part of a tag
		{16 + sealed + 16, 0, false}, // a second chunk may not be empty
		{16 + sealed + 17, chunk + 1, true},
		{16 + 2*sealed, 2 * chunk, true}, {16 + 2*sealed + 16, 0, false}, {16 + 2*sealed + 17, 2*chunk + 1, true},
		{1<<63 - 1, 0, true},
	} {
		n, ok := PlainSize(c.payload)
		if ok != c.ok || ok && c.want != 0 && n != c.want {
			t.Errorf("PlainSize(%d) = %d, %v", c.payload, n, ok)
		}
	}
}

func TestSizesAgree(t *testing.T) {
	for _, class := range []Class{Hybrid, Classic} {
		for keys := 1; keys <= MaxStanzas; keys++ {
			for _, n := range []int64{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 5*chunkSize - 1, 5 * chunkSize, 5*chunkSize + 1, 8 << 30} {
				h := header(strings.Repeat(stanzaOf(class), keys))
				got, ok := PlainSize(SealedSize(class, keys, n) - int64(len(h)))
				if !ok || got != n {
					t.Fatalf("%s, %d keys, %d bytes: %d, %v", class, keys, n, got, ok)
				}
			}
		}
	}
}

// FuzzMalleability: a header that is accepted is written the same way again.
func FuzzMalleability(f *testing.F) {
	for _, s := range []string{
		header(hybridStanza), header(classicStanza), header(hybridStanza, classicStanza), header(scryptStanza),
		header(greaseStanza, sshStanza), header(classicStanza, classicStanza) + "payload", intro, "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(bufio.NewReader(bytes.NewReader(data)), Hybrid, Classic)
		if err != nil {
			if !errors.Is(err, ErrHeader) && !errors.Is(err, ErrClass) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		if !bytes.HasPrefix(data, h.Raw) {
			t.Fatal("the header is not the beginning of the file")
		}
		lines := strings.Split(string(h.Raw), "\n")
		if len(lines) != 1+2*h.Stanzas+2 {
			t.Errorf("%d stanzas in %d lines", h.Stanzas, len(lines))
		}
	})
}
