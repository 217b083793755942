package main

import (
	"fmt"
	"slices"
	"strings"
)

// Bare letters that GNU tar, bsdtar, Python and archive/tar do not read alike:
// what one shows another does not unpack.

func plainFailures(s *set) {
	data := text(5)
	first := entryOf(stock("a.txt", '0', gnuMagic), data)
	fail := func(name, comment string, entries ...[]byte) {
		addLetter(s, "fail-bare-"+name, "canonical", comment, pad(archive(append([][]byte{first}, entries...)...)))
	}
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	hidden := entryOf(stock("hidden.txt", '0', ""), data)
	b := entryOf(stock("b", '0', ""), data)
	long := func(name string) []byte {
		return entryOf(tarHeader{name: "././@LongLink", kind: 'L', magic: gnuMagic}, []byte(name+"\x00"))
	}
	path := paxHeader("b", paxRecord("path", "c"))
	fail("pax-and-long-name", "GNU tar takes the extended header's path, others that of the long name", join(path, long("d"), b))
	fail("long-name-and-pax", "the same in the other order", join(long("d"), path, b))
	fail("pax-twice", "some forget the first extended header, some keep it", join(path, paxHeader("b", paxRecord("comment", "x")), b))
	fail("long-name-twice", "some take the first long name, some the last", join(long("c"), long("d"), b))
	fail("long-name-empty", "no name, or the one in the block", join(long(""), b))
	fail("pax-path-empty", "no path, or the one in the block", join(paxHeader("b", paxRecord("path", "")), b))
	fail("pax-realsize", "bsdtar shortens the file to 2 bytes", join(paxHeader("b", paxRecord("SCHILY.realsize", "2")), b))
	fail("pax-large", "more than 64 KiB of headers", join(paxHeader("b", paxRecord("comment", strings.Repeat("x", 64<<10))), b))
	fail("size-after-nul", "bsdtar takes the size for 0, and finds another file in the data", patched(stock("b", '0', ""), hidden, 124, "\x00"+octal(10, len(hidden))))
	fail("size-after-space-nul", "so does GNU tar", patched(stock("b", '0', ""), hidden, 124, " \x00"+octal(9, len(hidden))+"\x00"))
	fail("size-blank", "no number", patched(stock("b", '0', ""), nil, 124, "            "))
	fail("folder-size", "some skip the data of a folder, others find a file there", patched(stock("b/", '5', ""), hidden, 124, octal(11, len(hidden))))
	old := stock("b/", 0, strings.Repeat("\x00", 8))
	old.kind = 0xff
	folder := entryOf(old, hidden)
	clear(folder[257:block])
	folder[156] = 0
	fail("folder-size-old", "the same in the format before POSIX", checksummed(folder))
	fail("prefix-of-gnu", "Go and Python read a folder where GNU tar has times", patched(stock("b", '0', gnuMagic), data, 345, "folder"))
	fail("prefix-of-star", "the prefix ends after 131 bytes, or after 155", patched(stock("b", '0', ""), data, 345, strings.Repeat("p", 131)+"00000000000 00000000000 \x00\x00\x00\x00\x00\x00\x00\x00tar\x00"))
	fail("magic-half", "a prefix to bsdtar alone", patched(stock("b", '0', "ustar  0"), data, 345, "folder"))
	for _, start := range []struct{ name, comment, magic string }{
		{"gzip", "gzip", "\x1f\x8b\x08\x04"}, {"bzip2", "bzip2", "BZh91AY&SY"}, {"xz", "xz", "\xfd7zXZ\x00\x00\x04"}, {"zstd", "zstd", "(\xb5/\xfda"},
		{"uuencode", "uuencode", "begin 644 a\n#0V%T\n`\nend\n"},
	} {
		addLetter(s, "fail-bare-start-"+start.name, "canonical", fmt.Sprintf("a tar to GNU tar, and the beginning of %s to bsdtar, which would unpack that", start.comment),
			pad(archive(entryOf(stock(start.magic, '0', ""), data))))
	}
	inside := entryOf(stock("a.txt/b", '0', ""), data)
	other := func(name, expect, comment string, entries ...[]byte) {
		addLetter(s, "fail-bare-"+name, expect, comment, pad(archive(entries...)))
	}
	other("path-through-file", "duplicate", "bsdtar puts a folder in the file's place, others leave the file", first, inside)
	other("file-for-folder", "duplicate", "the same in the other order", inside, first)
	other("folder-for-file", "duplicate", "an empty folder in the place of the file", first, stock("a.txt/", '5', "").bytes())
	other("name-drive-relative", "name", "bsdtar takes the drive off, and unpacks it over message.txt", entryOf(stock("message.txt", '0', ""), data), entryOf(stock("c:message.txt", '0', ""), data))
	other("name-slash-dot", "name", "a folder to some, a file to others", first, entryOf(stock("b/.", '0', ""), data))
	addLetter(s, "fail-bare-size-plus", "tar", "a size with a sign is a size to some", pad(archive(first, join(paxHeader("b", paxRecord("size", "+1024")), entryOf(stock("b", '0', ""), nil), hidden))))
}
