// Package agefile reads what can be seen of an age v1 file without any key: its
// header and its size (C2SP age, https://c2sp.org/age). It is the only such
// parser here: the server's gate and the package that opens envelopes share it,
// so that what one lets through the other knows.
//
// It decrypts nothing and imports nothing that could.
package agefile

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Class is the type that all stanzas of an envelope share.
type Class string

const (
	Hybrid  Class = "mlkem768x25519" // age1pq1… keys
	Classic Class = "X25519"         // age1… keys, for stock age before 1.3
)

const (
	// MaxHeader is the most bytes that a header may have.
	MaxHeader = 64 << 10
	// MaxStanzas is how many sealing keys an envelope may be sealed to.
	MaxStanzas = 32
)

var (
	// ErrHeader: not an age v1 header, or larger than the limits.
	ErrHeader = errors.New("not an age v1 header within the limits")
	// ErrClass: an age v1 header whose stanzas are not all of one allowed class.
	ErrClass = errors.New("not all stanzas are of one allowed class")
)

// Header is an age header that keeps the limits and whose stanzas are all of
// one class.
type Header struct {
	Raw     []byte // every byte up to the payload
	Class   Class
	Stanzas int
}

const (
	intro        = "age-encryption.org/v1\n"
	stanzaPrefix = "-> "
	footerPrefix = "--- "
	bytesPerLine = 48 // of a stanza's body; a shorter line ends it
	macSize      = 32
)

// argumentSize and bodySize say how a stanza of each class looks: one argument
// (the encapsulated key) and a wrapped file key of 16 bytes with its tag.
var argumentSize = map[Class]int{Hybrid: 1088 + 32, Classic: 32}

const bodySize = 16 + 16

// ReadHeader reads a header from r, and nothing after it. Stanzas of any other
// type than the allowed ones, a mixture, and age's grease are ErrClass;
// everything that breaks the format or the limits is ErrHeader. An error of r
// other than the end is returned as it is: it says nothing about the file.
func ReadHeader(r *bufio.Reader, allowed ...Class) (*Header, error) {
	p := &parser{r: r}
	if line, err := p.line(); err != nil {
		return nil, err
	} else if line != intro {
		return nil, ErrHeader
	}
	var stanzas []stanza
	for {
		line, err := p.line()
		if err != nil {
			return nil, err
		}
		if mac, ok := strings.CutPrefix(line, footerPrefix); ok {
			if len(stanzas) == 0 || !decodes(strings.TrimSuffix(mac, "\n"), macSize) {
				return nil, ErrHeader
			}
			return check(p.raw, stanzas, allowed)
		}
		if len(stanzas) == MaxStanzas {
			return nil, ErrHeader
		}
		s, err := p.stanza(line)
		if err != nil {
			return nil, err
		}
		stanzas = append(stanzas, s)
	}
}

func check(raw []byte, stanzas []stanza, allowed []Class) (*Header, error) {
	class := Class(stanzas[0].words[0])
	known := false
	for _, c := range allowed {
		known = known || c == class
	}
	for _, s := range stanzas {
		known = known && Class(s.words[0]) == class
	}
	if !known {
		return nil, ErrClass
	}
	for _, s := range stanzas {
		if len(s.words) != 2 || !decodes(s.words[1], argumentSize[class]) || s.body != bodySize {
			return nil, ErrHeader
		}
	}
	return &Header{Raw: raw, Class: class, Stanzas: len(stanzas)}, nil
}

// stanza is a recipient stanza: its type and arguments, and its body's size.
type stanza struct {
	words []string
	body  int
}

type parser struct {
	r   *bufio.Reader
	raw []byte // never longer than MaxHeader
}

// line returns the next line with its newline.
func (p *parser) line() (string, error) {
	start := len(p.raw)
	for {
		part, err := p.r.ReadSlice('\n')
		if len(part) > MaxHeader-len(p.raw) {
			return "", ErrHeader
		}
		p.raw = append(p.raw, part...)
		switch {
		case err == nil:
			return string(p.raw[start:]), nil
		case err == io.EOF:
			return "", ErrHeader
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", fmt.Errorf("couldn't read the header: %w", err)
		}
	}
}

// stanza reads the body of the stanza that the given line opens.
func (p *parser) stanza(opening string) (stanza, error) {
	words, ok := strings.CutPrefix(strings.TrimSuffix(opening, "\n"), stanzaPrefix)
	if !ok {
		return stanza{}, ErrHeader
	}
	s := stanza{words: strings.Split(words, " ")}
	for _, word := range s.words {
		if !visible(word) {
			return stanza{}, ErrHeader
		}
	}
	for {
		line, err := p.line()
		if err != nil {
			return stanza{}, err
		}
		n, ok := decode(strings.TrimSuffix(line, "\n"))
		if !ok || n > bytesPerLine {
			return stanza{}, ErrHeader
		}
		s.body += n
		if n < bytesPerLine {
			return s, nil
		}
	}
}

// visible reports whether a word is one or more visible ASCII characters.
func visible(word string) bool {
	for _, c := range []byte(word) {
		if c < 33 || c > 126 {
			return false
		}
	}
	return word != ""
}

var encoding = base64.RawStdEncoding.Strict()

// decode returns how many bytes s stands for, if it is canonical base64.
func decode(s string) (n int, ok bool) {
	if strings.ContainsAny(s, "\r\n") {
		return 0, false
	}
	b, err := encoding.DecodeString(s)
	return len(b), err == nil
}

func decodes(s string, size int) bool {
	n, ok := decode(s)
	return ok && n == size
}

// Whole returns the file again that a header was read from.
func (h *Header) Whole(rest io.Reader) io.Reader {
	return io.MultiReader(bytes.NewReader(h.Raw), rest)
}
