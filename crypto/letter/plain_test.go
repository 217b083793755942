package letter

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// field is a change of a header block.
type field struct {
	at    int
	value string
}

// block writes a ustar header block.
func block(name string, flag byte, size int, changes ...field) string {
	b := make([]byte, blockSize)
	for _, f := range append([]field{
		{0, name}, {100, "0000644\x00"}, {108, "0000000\x00"}, {116, "0000000\x00"}, {124, fmt.Sprintf("%011o\x00", size)},
		{136, "00000000000\x00"}, {148, "        "}, {156, string(flag)}, {257, "ustar\x0000"},
	}, changes...) {
		copy(b[f.at:], f.value)
	}
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return string(b)
}

// special writes a file or a special entry with its data.
func special(name string, flag byte, data string, changes ...field) string {
	return block(name, flag, len(data), changes...) + data + strings.Repeat("\x00", int(blockPadding(int64(len(data)))))
}

func pax(records ...string) string {
	var data strings.Builder
	for _, r := range records {
		n := len(r) + 2
		for len(fmt.Sprint(n))+len(r)+2 != n {
			n++
		}
		fmt.Fprintf(&data, "%d %s\n", n, r)
	}
	return special("PaxHeaders/x", tar.TypeXHeader, data.String())
}

// TestPlain has in it what GNU tar 1.34, bsdtar 3.6 and Python 3.11 do not read
// alike, and next to it what tools write.
func TestPlain(t *testing.T) {
	hidden := special("hidden.txt", '0', "hidden")
	long := func(name string) string { return special("././@LongLink", tar.TypeGNULongName, name+"\x00") }
	gnu, old := field{257, "ustar  \x00"}, field{257, strings.Repeat("\x00", 8)}
	size := func(s string) field { return field{124, s} }
	for name, c := range map[string]struct {
		tar  string
		want error
	}{
		"long name":                        {long("a") + special("n", '0', "x", gnu), nil},
		"long name, then PAX":              {long("a") + pax("path=b") + special("n", '0', "x"), ErrCanonical},
		"PAX, then long name":              {pax("path=b") + long("a") + special("n", '0', "x"), ErrCanonical},
		"two long names":                   {long("a") + long("b") + special("n", '0', "x"), ErrCanonical},
		"empty long name":                  {long("") + special("n", '0', "x"), ErrCanonical},
		"long link before a file":          {special("././@LongLink", tar.TypeGNULongLink, "a\x00") + special("n", '0', "x"), ErrCanonical},
		"two PAX headers":                  {pax("path=a") + pax("comment=b") + special("n", '0', "x"), ErrCanonical},
		"PAX path":                         {pax("path=a", "mtime=1.5", "SCHILY.xattr.user.a=b", "hdrcharset=BINARY") + special("n", '0', "x"), nil},
		"PAX path taken back":              {pax("path=a", "path=") + special("n", '0', "x"), ErrCanonical},
		"PAX size":                         {pax("size=6") + block("n", '0', 0) + hidden[blockSize:], nil},
		"PAX size with a sign":             {pax("size=+1024") + block("n", '0', 0) + hidden, ErrTar},
		"PAX size taken back":              {pax("size=") + special("n", '0', "x"), ErrCanonical},
		"PAX size of star":                 {pax("SCHILY.realsize=0") + special("n", '0', "x"), ErrCanonical},
		"PAX volume":                       {pax("GNU.volume.filename=a") + special("n", '0', "x"), ErrCanonical},
		"PAX before an old file":           {pax("path=a") + special("d/", 0, hidden), ErrCanonical},
		"PAX beyond the limit":             {pax("comment="+strings.Repeat("x", maxHeader)) + special("n", '0', "x"), ErrCanonical},
		"PAX within the limit":             {pax("comment="+strings.Repeat("x", maxHeader-2000)) + special("n", '0', "x"), nil},
		"size in old octal":                {block("n", '0', 0, size("     2000   ")) + hidden, nil},
		"size behind a NUL":                {block("n", '0', 0, size("\x000000002000\x00")) + hidden, ErrCanonical},
		"size behind a space and a NUL":    {block("n", '0', 0, size(" \x00000002000\x00")) + hidden, ErrCanonical},
		"size of spaces":                   {block("n", '0', 0, size("            ")) + hidden, ErrCanonical},
		"size of NULs":                     {block("n", '0', 0, size(strings.Repeat("\x00", 12))) + hidden, ErrCanonical},
		"size in base 256":                 {block("n", '0', 0, size("\x80"+strings.Repeat("\x00", 9)+"\x04\x00")) + hidden, nil},
		"folder":                           {block("d/", '5', 0) + hidden, nil},
		"folder with a size":               {block("d/", '5', 1024) + hidden + hidden, ErrCanonical},
		"folder with a PAX size":           {pax("size=1024") + block("d/", '5', 0) + hidden + hidden, ErrCanonical},
		"old folder with a size":           {block("d/", 0, 1024, old) + hidden + hidden, ErrCanonical},
		"old folder":                       {block("d/", 0, 0, old) + hidden, nil},
		"old file":                         {special("n", 0, "x", old), nil},
		"old file with device numbers":     {special("n", 0, "x", old, field{329, "0000000\x000000000\x00"}), nil},
		"old file with a prefix":           {special("n", 0, "x", old, field{345, "p"}), ErrCanonical},
		"half a magic number":              {special("n", '0', "x", field{257, "ustar  0"}, field{345, "p"}), ErrCanonical},
		"prefix":                           {special("n", '0', "x", field{345, "p"}), nil},
		"prefix of star":                   {special("n", '0', "x", field{345, "p"}, field{476, "00000000000 00000000000 "}, field{508, "tar\x00"}), ErrCanonical},
		"times of GNU tar":                 {special("n", '0', "x", gnu, field{345, "15300222530\x0015300222530\x00"}), nil},
		"prefix in place of GNU's times":   {special("n", '0', "x", gnu, field{345, "folder"}), ErrCanonical},
		"gzip":                             {special("\x1f\x8b\x08\x00", '0', "x"), ErrCanonical},
		"bzip2":                            {special("BZh91AY&SY", '0', "x"), ErrCanonical},
		"xz":                               {special("\xfd7zXZ\x00\x00\x04", '0', "x"), ErrCanonical},
		"zstd":                             {special("(\xb5/\xfdx", '0', "x"), ErrCanonical},
		"uuencode":                         {special("begin 644 x", '0', "x"), ErrCanonical},
		"uuencode behind a line":           {special("x\nbegin 644 x\n", '0', "x"), ErrCanonical},
		"link's name in front of text":     {special("n", 0, "x", old, field{157, "\nbegin 644 x\n"}), ErrCanonical},
		"path through a file":              {special("a", '0', "x") + special("a/b", '0', "x"), ErrDuplicate},
		"file in place of a folder":        {special("a/b", '0', "x") + special("a", '0', "x"), ErrDuplicate},
		"folder in place of a file":        {special("a", '0', "x") + block("a/", '5', 0), ErrDuplicate},
		"folder in a file":                 {special("a", '0', "x") + block("a/b/", '5', 0), ErrDuplicate},
		"folder of a file":                 {special("a/b", '0', "x") + block("a/", '5', 0), nil},
		"files side by side":               {special("a/b", '0', "x") + special("a/c", '0', "x") + special("ab", '0', "x"), nil},
		"drive":                            {special("c:a", '0', "x"), ErrName},
		"drive in the middle":              {special("d/c:a", '0', "x"), nil},
		"ends in a dot":                    {special("a/.", '0', "x"), ErrName},
		"text":                             {special("begin here.txt", '0', "x"), nil},
		"a control character further back": {hidden + special("Icon\r", '0', "x"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(strings.NewReader(c.tar + string(endBlocks)))
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if c.want != nil {
				if err := Pad(io.Discard, bytes.NewReader([]byte(c.tar+string(endBlocks)))); !errors.Is(err, c.want) {
					t.Errorf("padding: %v, want %v", err, c.want)
				}
			}
		})
	}
}
