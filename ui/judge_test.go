package ui_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
)

// What Go calls the page's categories.
var (
	letterErrors = map[string]error{
		"letter/tar": letter.ErrTar, "letter/type": letter.ErrType, "letter/name": letter.ErrName,
		"letter/duplicate": letter.ErrDuplicate, "letter/order": letter.ErrOrder, "letter/canonical": letter.ErrCanonical,
		"letter/trailing": letter.ErrTrailing, "letter/padding": letter.ErrPadding, "letter/json": letter.ErrJSON,
		"letter/version": letter.ErrVersion, "letter/kind": letter.ErrKind, "letter/limit": letter.ErrLimit,
	}
	envelopeErrors = map[string]error{
		"envelope/header": envelope.ErrHeader, "envelope/class": envelope.ErrClass,
		"envelope/identity": envelope.ErrIdentity, "envelope/damaged": envelope.ErrDamaged,
	}
)

// agree fails unless the page's category is Go's error; "" is none.
func agree(p *page, code string, err error, names map[string]error, what func() string) {
	p.t.Helper()
	if code == "" && err == nil || code != "" && names[code] != nil && errors.Is(err, names[code]) {
		return
	}
	p.t.Errorf("the page says %q, Go says %v: %s", code, err, what())
}

// mutate changes, adds or drops a character.
func mutate(c *chance, text string) string {
	at := c.IntN(len(text) + 1)
	drop := min(c.IntN(3), len(text)-at)
	return text[:at] + pick(c, "", "q", "1", "Q", ".", "/", "#", ":", "@", "0", "%41", "[", "é", " ", "\t", "?") + text[at+drop:]
}

func safeNames(p *page, c *chance) {
	var names []string
	for range 1 + c.IntN(6) {
		names = append(names, c.text(pick(c, 2, 5, 230)))
	}
	var got struct{ Safe, Unique []string }
	p.must(request{Op: "names", Texts: names}, &got)
	for i, name := range names {
		if got.Safe[i] != letter.SafeName(name) {
			p.t.Errorf("%q is %q to the page, %q to Go", name, got.Safe[i], letter.SafeName(name))
		}
	}
	if want := letter.UniqueNames(names); !slices.Equal(got.Unique, want) {
		p.t.Errorf("%q are %q to the page, %q to Go", names, got.Unique, want)
	}
}

func headers(p *page, c *chance) {
	name := "files/" + letter.SafeName(c.text(pick(c, 5, 30, 120)))
	if c.IntN(3) == 0 {
		name = "files/" + strings.Repeat("x", 90+c.IntN(20))
	}
	size := pick(c, c.Int64N(1000), 1<<33-1, 1<<33, c.Int64N(1<<53))
	var want bytes.Buffer
	err := tar.NewWriter(&want).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644,
		ModTime: time.Unix(0, 0), Format: tar.FormatPAX})
	if err != nil {
		p.t.Fatal(err)
	}
	var got []byte
	p.must(request{Op: "header", Text: name, Number: size}, &got)
	if !bytes.Equal(got, want.Bytes()) {
		p.t.Errorf("the header of %q (%d bytes) is %q, want %q", name, size, got, want.Bytes())
	}
}

func paddedSizes(p *page, c *chance) {
	size := c.Int64N(1 << (1 + c.IntN(52)))
	var got int64
	p.must(request{Op: "padded", Number: size}, &got)
	if got != letter.PaddedSize(size) {
		p.t.Errorf("%d is padded to %d by the page, %d by Go", size, got, letter.PaddedSize(size))
	}
}

// judge has a letter read by both. It was made of original.
func judge(p *page, original, data []byte) {
	p.t.Helper()
	var got contents
	refused := p.ask(request{Op: "read", Bytes: data}, &got)
	want, err := readLetter(p.t, bytes.NewReader(data))
	agree(p, refused, err, letterErrors, func() string { return difference(original, data) })
	if err == nil && refused == "" {
		compare(p.t, got, want)
	}
}

// difference tells what was changed, block by block.
func difference(original, data []byte) string {
	text := fmt.Sprintf("%d of %d bytes", len(data), len(original))
	for i := range min(len(original), len(data)) {
		if original[i] != data[i] && (i%512 < 148 || i%512 >= 156) {
			text += fmt.Sprintf(", byte %d of block %d %q for %q", i%512, i/512, data[i], original[i])
		}
	}
	return text
}

func changedLetters(p *page, c *chance) {
	files := contents{Names: letter.UniqueNames([]string{c.text(8), "x" + c.text(120)}), Files: [][]byte{c.bytes(700), c.bytes(c.IntN(3) * 512)}}
	var data bytes.Buffer
	m := c.meta(letter.KindFirst, letter.KindNext, letter.KindReply)
	m.Closed = false // or it has no files
	if err := writeLetter(&data, m, "hello", files); err != nil {
		p.t.Fatal(err)
	}
	judge(p, data.Bytes(), damage(c, bytes.Clone(data.Bytes())))
}

// damage changes a few bytes, mostly where headers are, and makes the checksums
// right again: behind them is what is to be tried.
func damage(c *chance, data []byte) []byte {
	used := max(1, len(bytes.TrimRight(data, "\x00")))
	for range c.IntN(4) {
		at := c.IntN(used)
		if c.IntN(2) == 0 {
			at = at/512*512 + pick(c, 0, 1, 5, 100, 124, 130, 134, 135, 136, 148, 156, 156, 257, 263, 329, 345, 400, 511)
		}
		data[min(at, len(data)-1)] = pick(c, 0, ' ', '/', '.', '0', '1', '2', '5', '7', 'x', 'L', 'g', 'S', 0x80, 0xff, byte(c.Uint32()))
	}
	for at := 0; at+512 <= used; at += 512 {
		if block := data[at : at+512]; c.IntN(8) > 0 && bytes.Equal(block[257:262], []byte("ustar")) {
			sum := 8 * int(' ')
			for i, b := range block {
				if i < 148 || i >= 156 {
					sum += int(b)
				}
			}
			copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
		}
	}
	switch c.IntN(6) {
	case 0:
		return data[:c.IntN(len(data))]
	case 1:
		return append(data, make([]byte, 1+c.IntN(600))...)
	}
	return data
}

func bareLetters(p *page, c *chance) {
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for range 1 + c.IntN(3) {
		h := &tar.Header{
			Typeflag: pick[byte](c, tar.TypeReg, tar.TypeReg, tar.TypeReg, tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink, tar.TypeFifo),
			Name: pick(c, "message.txt", "letter.json", "files/a", "./b", "a//c/./d", "../e", "/f", `g\h`, `..\i`, "c:/j", "k/", "", ".", "é"+c.text(5),
				strings.Repeat("long/", c.IntN(60))+"x", strings.Repeat("y", c.IntN(300))),
			Format: pick(c, tar.FormatUnknown, tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU), Mode: 0o600, Uid: c.IntN(1 << 22),
			Uname: pick(c, "", "me"), ModTime: time.Unix(c.Int64N(1<<31), pick(c, 0, c.Int64N(1e9))),
		}
		if h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink {
			h.Linkname = "files/a"
		} else if h.Typeflag == tar.TypeReg {
			h.Size = int64(pick(c, 0, 1, 512, 700))
		}
		if err := w.WriteHeader(h); err != nil {
			continue // the format cannot say it
		}
		if _, err := w.Write(c.bytes(int(h.Size))); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	if c.IntN(2) == 0 {
		judge(p, data.Bytes(), data.Bytes())
	} else {
		judge(p, data.Bytes(), damage(c, bytes.Clone(data.Bytes())))
	}
}

func changedEnvelopes(p *page, c *chance) {
	seeds, recipients := c.team()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, recipients)
	if err != nil {
		p.t.Fatal(err)
	}
	plain := c.bytes(pick(c, 0, 1, 64<<10, 64<<10+1))
	if _, err := w.Write(plain); err != nil {
		p.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	data := sealed.Bytes()
	header := bytes.Index(data, []byte("\n--- ")) + 50
	for range c.IntN(3) {
		at := pick(c, c.IntN(header), c.IntN(header), c.IntN(len(data)), c.IntN(120))
		data = slices.Concat(data[:at], pick(c, []byte{}, []byte("A"), []byte(" "), []byte("\n"), []byte("-> X25519 x\n"), []byte("="), []byte{0}), data[min(len(data), at+c.IntN(2)):])
	}
	if c.IntN(4) == 0 {
		data = data[:c.IntN(len(data)+1)]
	}
	identity := pick(c, pick(c, seeds...), envelope.NewSealingSeed())
	var got []byte
	refused := p.ask(request{Op: "envelope", Keys: []string{identity.String()}, Bytes: data}, &got)
	opened, err := envelope.Open(bytes.NewReader(data), identity.Identity())
	var want []byte
	if err == nil {
		want, err = io.ReadAll(opened)
	}
	agree(p, refused, err, envelopeErrors, func() string { return fmt.Sprintf("%q", data[:min(len(data), 300)]) })
	if err == nil && !bytes.Equal(got, want) {
		p.t.Error("the page opens it to something else")
	}
}
