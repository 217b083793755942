package ui_test

import (
	"fmt"
	"strings"
)

// tarField is a change of a header block.
type tarField struct {
	at    int
	value string
}

// tarBlock writes a header block, as archive/tar does for a letter.
func tarBlock(name string, flag byte, size int, changes ...tarField) string {
	b := make([]byte, 512)
	for _, f := range append([]tarField{
		{0, name}, {100, "0000644\x00"}, {108, "0000000\x00"}, {116, "0000000\x00"}, {124, fmt.Sprintf("%011o\x00", size)},
		{136, "00000000000\x00"}, {148, "        "}, {156, string([]byte{flag})}, {257, "ustar\x0000"}, {329, "0000000\x000000000\x00"},
	}, changes...) {
		copy(b[f.at:512], f.value)
	}
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return string(b)
}

// tarFile writes an entry with its data.
func tarFile(name string, flag byte, data string, changes ...tarField) string {
	return tarBlock(name, flag, len(data), changes...) + data + strings.Repeat("\x00", -len(data)&511)
}

// bare writes a tar of a few entries as no tool would.
func (d *differ) bare() {
	var b strings.Builder
	for range 1 + d.IntN(3) {
		for range pick(d.chance, 0, 0, 0, 1, 1, 2) {
			b.WriteString(d.tarExtension())
		}
		b.WriteString(d.tarEntry())
	}
	end := pick(d.chance, 1024, 1024, 1024, 1024, 1024, 1024, 1536, 512, 0, 1000)
	d.letter(b.String() + strings.Repeat("\x00", end) + pick(d.chance, "", "", "", "", "", "x", "\x00\x00"))
}

// tarName is a path, seldom a proper one.
func (d *differ) tarName() string {
	if d.IntN(2) == 0 {
		return pick(d.chance, "message.txt", "a", "b.txt", "files/c", "d/e", string(rune('a'+d.IntN(26))))
	}
	return pick(d.chance, "letter.json", "./a", "a/", "./", ".", "..", "../a", "a/../b", "/a", "a//b", "a\\..\\b", "\\a", "c:/a", "c:a", "é", "a\x00b", "", "files/", "files", " ",
		strings.Repeat("n", 100), strings.Repeat("p/", 49)+"xx", "BZh1", "begin 644 a", "x\ny", "Icon\r", "\x1f\x8b")
}

func (d *differ) tarEntry() string {
	var changes []tarField
	data := strings.Repeat("x", pick(d.chance, 0, 1, 511, 512, 513))
	for range pick(d.chance, 0, 0, 1, 1, 2) {
		changes = append(changes, pick(d.chance,
			tarField{257, "ustar  \x00"}, tarField{257, "\x00\x00\x00\x00\x00\x00\x00\x00"}, tarField{257, "ustar\x00xx"}, tarField{257, "ustar 00"}, tarField{508, "tar\x00"},
			tarField{345, "prefix"}, tarField{345, strings.Repeat("q", 155)}, tarField{345, "00000000000\x0000000000001\x00"}, tarField{345, "15300222530 "}, tarField{345, "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"},
			tarField{124, "\x80" + strings.Repeat("\x00", 10) + string(rune(len(data)&0x7f))}, tarField{124, "\xff" + strings.Repeat("\xff", 11)}, tarField{124, "\x81"},
			tarField{124, fmt.Sprintf("%11o ", len(data))}, tarField{124, fmt.Sprintf("\x00%010o\x00", len(data))}, tarField{124, fmt.Sprintf(" \x00%09o\x00", len(data))},
			tarField{124, fmt.Sprintf("%o\x00zzzzzzzz", len(data))}, tarField{124, strings.Repeat("\x00", 12)}, tarField{124, strings.Repeat(" ", 12)}, tarField{124, "-1"}, tarField{124, "777777777777"}, tarField{124, "8"},
			tarField{100, "rw-r--r-"}, tarField{108, "\x80\x00\x00\x00\x00\x00\x00\x01"}, tarField{108, "       \x00"}, tarField{136, "99999999999"}, tarField{136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"},
			tarField{157, "link"}, tarField{265, "alice"}, tarField{265, "\xff"}, tarField{329, "x"}, tarField{337, "\x80"}, tarField{500, "x"},
		))
	}
	return tarFile(d.tarName(), pick[byte](d.chance, '0', '0', '0', '0', '0', '0', 0, 0, '5', '5', '1', '2', '3', '6', '7', 'S', 'V', 'M', 'X', 'A', ' ', 0xff), data, changes...)
}

func (d *differ) tarExtension() string {
	switch d.IntN(4) {
	case 0:
		return tarFile("././@LongLink", pick[byte](d.chance, 'L', 'L', 'L', 'K'), pick(d.chance, d.tarName()+"\x00", d.tarName(), "", strings.Repeat("l/", 600)+"x\x00", strings.Repeat("y", 4097)), tarField{257, "ustar  \x00"})
	case 1:
		return tarFile("g", 'g', tarRecord("comment=x"))
	}
	var records string
	for range 1 + d.IntN(2) {
		records += pick(d.chance, tarRecord("path="+strings.ReplaceAll(d.tarName(), "\x00", "")), tarRecord("path="+d.tarName()),
			tarRecord("size="+pick(d.chance, "0", "1", "512", "", "+1", "-1", "1.5", "0x1", "01", "1_0", "99999999999999999999", "000000000000000001")),
			tarRecord(pick(d.chance, "mtime", "atime", "ctime")+"="+pick(d.chance, "1", "1.5", "-1.5", "1.", ".5", "", "x", "1e3", "+1", "1.5.5", "99999999999999999999", "1.99999999999999999999", "1.x")),
			tarRecord(pick(d.chance, "uid", "gid")+"="+pick(d.chance, "1", "", "-1", "+1", "x", "99999999999999999999", "1.5")),
			tarRecord(pick(d.chance, "uname", "linkpath", "comment", "SCHILY.xattr.user.a", "SCHILY.realsize", "hdrcharset", "GNU.volume.label", "LIBARCHIVE.xattr.a", "é", "")+"="+pick(d.chance, "a", "", "é", "\xff", "a\x00b", "a\nb", "a=b")),
			tarRecord("no equals sign"), "0 a=b\n", "9999 a=b\n", "6 a=b", "06 a=b\n", " 6 a=b\n", "x", "\x00", "7  a=b\n", "+6 a=b\n")
	}
	return tarFile("PaxHeaders/x", 'x', records)
}

// tarRecord writes a PAX record; its length counts itself.
func tarRecord(record string) string {
	n := len(record) + 2
	for len(fmt.Sprint(n))+len(record)+2 != n {
		n++
	}
	return fmt.Sprintf("%d %s\n", n, record)
}
