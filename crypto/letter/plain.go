package letter

import (
	"archive/tar"
	"bytes"
	"regexp"
	"strings"
)

// maxHeader is the most bytes of headers in front of one file that are looked
// at: a path, and what systems keep beside a file, fit it many times.
const maxHeader = 64 << 10

// Offsets in a header block.
const (
	nameEnd              = 100
	sizeField, sizeEnd   = 124, 136
	typeField            = 156
	linkField, linkEnd   = 157, 257
	magicField, magicEnd = 257, 265
	atimeField, ctimeEnd = 345, 369 // of GNU tar, where ustar has its prefix
	starField            = 508
)

// isPlain reports whether every program reads the headers of a bare letter's
// entry alike: those of the systems that recipients unpack on (GNU tar, bsdtar,
// Python) and archive/tar disagree about what is refused here, so that a letter
// would show one thing here and unpack as another there. All of it is what no
// program writes.
func isPlain(raw []byte, h *tar.Header) bool {
	if len(raw) < blockSize {
		return false
	}
	extended, block := raw[:len(raw)-blockSize], raw[len(raw)-blockSize:]
	size, ok := plainSize(block[sizeField:sizeEnd])
	return ok && isPlainForm(block) && isPlainExtension(extended, block, h) &&
		// Some skip as many bytes after a folder as it says, others none.
		(h.Typeflag != tar.TypeDir || size == 0 && h.PAXRecords["size"] == "")
}

// plainSize reads a number as everybody writes it: octal digits, before them
// spaces at most, behind them spaces and NULs; or GNU tar's binary form.
func plainSize(field []byte) (n int64, ok bool) {
	if field[0] == 0x80 {
		for _, c := range field[1:] {
			if n > maxSize {
				return 0, false
			}
			n = n<<8 | int64(c)
		}
		return n, true
	}
	digits := bytes.TrimRight(bytes.TrimLeft(field, " "), " \x00")
	for _, c := range digits {
		if c < '0' || c > '7' {
			return 0, false
		}
		n = n<<3 | int64(c-'0')
	}
	return n, len(digits) > 0
}

// isPlainForm takes the block of ustar, of GNU tar, and the old one without a
// magic number. In others, and where GNU tar keeps times, some programs find the
// beginning of the path.
func isPlainForm(block []byte) bool {
	switch magic := block[magicField:magicEnd]; {
	case bytes.HasPrefix(magic, []byte("ustar\x00")):
		return !bytes.HasPrefix(block[starField:], []byte("tar\x00"))
	case string(magic) == "ustar  \x00":
		for times := block[atimeField:ctimeEnd]; len(times) > 0; times = times[sizeEnd-sizeField:] {
			if _, ok := plainSize(times[:sizeEnd-sizeField]); !ok && times[0] != 0 {
				return false
			}
		}
		return true
	}
	return isZero(block[magicField:magicEnd]) && isZero(block[atimeField:])
}

// isPlainExtension takes nothing in front of a block, or either a PAX header or
// a long name of GNU tar: of several, each program believes another.
func isPlainExtension(extended, block []byte, h *tar.Header) bool {
	if len(extended) == 0 {
		return true
	}
	if len(extended) < blockSize || block[typeField] == 0 {
		return false
	}
	size, ok := plainSize(extended[sizeField:sizeEnd])
	if !ok || size > maxHeader || blockSize+size+blockPadding(size) != int64(len(extended)) {
		return false
	}
	switch extended[typeField] {
	case tar.TypeGNULongName:
		return size > 0 && extended[blockSize] != 0
	case tar.TypeXHeader:
		for key, value := range h.PAXRecords {
			if value == "" && (key == "path" || key == "size") || key == "SCHILY.realsize" || strings.HasPrefix(key, "GNU.") {
				return false
			}
		}
		return true
	}
	return false
}

// isPlainStart reports whether the first block of a bare letter is not at the
// same time the beginning of something else, which bsdtar would unpack instead:
// the magic numbers of most formats have a control character or a NUL in them.
func isPlainStart(block []byte) bool {
	name, rest, _ := bytes.Cut(block[:nameEnd], []byte{0})
	if !isZero(rest) || !isZero(block[linkField:linkEnd]) || uuencode.Match(name) ||
		bytes.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return false
	}
	for _, magic := range []string{"BZh", "LZIP", "LRZI", "GRZip", "(\xb5/\xfd", "\xed\xab\xee\xdb"} {
		if bytes.HasPrefix(name, []byte(magic)) { // bzip2, lzip, lrzip, grzip, zstd, rpm
			return false
		}
	}
	return true
}

var uuencode = regexp.MustCompile(`^begin(-base64)? [0-7]{3} `)

// plainSizeRecord is the size in a PAX header as everybody reads it.
var plainSizeRecord = regexp.MustCompile(`^[0-9]{0,15}$`)
