package main

import (
	"fmt"
	"math/bits"
	"strings"
)

// POSIX tar (IEEE Std 1003.1, pax), written by hand, so that the wrong can be
// written as easily as the right.

const block = 512

// tarHeader is one header block. Its zero value is a regular file, as a letter
// has them; the tests change one field or byte of it.
type tarHeader struct {
	name, link, prefix string
	kind               byte // '0' when 0
	mode               string
	uid, gid           int
	size               int
	mtime              int
	uname, gname       string
	magic              string // "ustar\x0000" when empty
	nodev              bool   // device numbers are left NUL
}

func octal(digits int, n int) string { return fmt.Sprintf("%0*o", digits, n) }

func (h tarHeader) bytes() []byte {
	b := make([]byte, block)
	if h.kind == 0 {
		h.kind = '0'
	}
	if h.mode == "" {
		h.mode = "0000644"
	}
	if h.magic == "" {
		h.magic = "ustar\x0000"
	}
	copy(b[0:100], h.name)
	copy(b[100:107], h.mode)
	copy(b[108:115], octal(7, h.uid))
	copy(b[116:123], octal(7, h.gid))
	copy(b[124:135], octal(11, h.size))
	copy(b[136:147], octal(11, h.mtime))
	b[156] = h.kind
	copy(b[157:257], h.link)
	copy(b[257:265], h.magic)
	copy(b[265:297], h.uname)
	copy(b[297:329], h.gname)
	if !h.nodev {
		copy(b[329:336], octal(7, 0))
		copy(b[337:344], octal(7, 0))
	}
	copy(b[345:500], h.prefix)
	return checksum(b)
}

// checksum fills in the checksum of a header block.
func checksum(b []byte) []byte {
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b[:block] {
		sum += int(c)
	}
	copy(b[148:156], octal(6, sum)+"\x00 ")
	return b
}

// filled returns data with zeros up to a whole block.
func filled(data []byte) []byte {
	return append(append([]byte{}, data...), make([]byte, -len(data)&(block-1))...)
}

// paxRecord writes "<length> <key>=<value>\n", the length counting itself.
func paxRecord(key, value string) string {
	rest := " " + key + "=" + value + "\n"
	n := len(rest)
	for len(fmt.Sprint(n))+len(rest) != n {
		n++
	}
	return fmt.Sprint(n) + rest
}

func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 || r == 0 {
			return -1
		}
		return r
	}, s)
}

// paxHeader writes an extended header with the given records for the file name.
func paxHeader(name, records string) []byte {
	dir, file := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, file = name[:i+1], name[i+1:]
	}
	short := strings.TrimRight(cut(ascii(dir+"PaxHeaders.0/"+file), 100), "/")
	h := tarHeader{name: short, kind: 'x', mode: "0000000", size: len(records), nodev: true}
	return append(h.bytes(), filled([]byte(records))...)
}

func cut(s string, n int) string { return s[:min(n, len(s))] }

// entry writes a file in the one form that a letter may have it in: a plain
// header when the name fits, prefix and name when it can be split there, and
// else an extended header with the record `path` alone.
func entry(name string, data []byte) []byte {
	h := tarHeader{name: name, size: len(data)}
	var out []byte
	dir, file := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, file = name[:i], name[i+1:]
	}
	switch {
	case ascii(name) == name && len(name) <= 100:
	case ascii(name) == name && dir != "" && len(dir) <= 155 && len(file) <= 100:
		h.prefix, h.name = dir, file
	default:
		h.name = cut(ascii(name), 100)
		out = paxHeader(name, paxRecord("path", name))
	}
	return append(append(out, h.bytes()...), filled(data)...)
}

// padme returns the Padmé size (Nikitin et al., PETS 2019, section 4) of n > 1.
func padme(n int) int {
	exponent := bits.Len(uint(n)) - 1
	significant := bits.Len(uint(exponent))
	mask := 1<<max(exponent-significant, 0) - 1
	return (n + mask) &^ mask
}

// paddedSize returns the size of a letter whose archive, with its end blocks,
// has n bytes.
func paddedSize(n int) int { return max(32<<10, padme(n)) }

// archive joins entries and ends them with two zero blocks.
func archive(entries ...[]byte) []byte {
	var out []byte
	for _, e := range entries {
		out = append(out, e...)
	}
	return append(out, make([]byte, 2*block)...)
}

// pad appends zeros up to the padded size.
func pad(tar []byte) []byte {
	return append(append([]byte{}, tar...), make([]byte, paddedSize(len(tar))-len(tar))...)
}
