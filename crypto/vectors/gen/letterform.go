package main

import (
	"slices"
	"strings"
)

// The letters, with letter.json, whose archive is not as it has to be.

// asLetter pads an archive of letter.json, a message and other entries.
func asLetter(more ...[]byte) []byte {
	return pad(archive(append(letterEntries(newMeta().body(), hello), more...)...))
}

// entryOf writes an entry under any header.
func entryOf(h tarHeader, data []byte) []byte {
	h.size = len(data)
	return append(h.bytes(), filled(data)...)
}

// patched writes an entry and overwrites bytes of its header.
func patched(h tarHeader, data []byte, at int, with string) []byte {
	b := entryOf(h, data)
	copy(b[at:], with)
	checksum(b)
	return b
}

// letterForm: each of these would give a sender away, or hide something, or be
// read differently by two programs.
func letterForm(s *set) {
	plain := tarHeader{name: "files/a.txt"}
	data := text(5)
	fail := func(name, comment string, more ...[]byte) {
		addLetter(s, name, "canonical", comment, asLetter(more...))
	}
	with := func(change func(*tarHeader)) []byte {
		h := plain
		change(&h)
		return entryOf(h, data)
	}
	fail("fail-mtime", "a time of modification gives the sender away", with(func(h *tarHeader) { h.mtime = 1_700_000_000 }))
	fail("fail-uid", "so does a user's number", with(func(h *tarHeader) { h.uid = 1000 }))
	fail("fail-gid", "and a group's", with(func(h *tarHeader) { h.gid = 1000 }))
	fail("fail-uname", "and a user's name", with(func(h *tarHeader) { h.uname = "alice" }))
	fail("fail-gname", "and a group's name", with(func(h *tarHeader) { h.gname = "staff" }))
	fail("fail-mode", "a mode of its own", with(func(h *tarHeader) { h.mode = "0000755" }))
	fail("fail-linkname", "a link's target in a regular file", with(func(h *tarHeader) { h.link = "/etc/passwd" }))
	fail("fail-magic-gnu", "GNU's magic", with(func(h *tarHeader) { h.magic = "ustar  \x00" }))
	fail("fail-magic-none", "no magic: the format before POSIX", with(func(h *tarHeader) { h.magic = "\x00" + strings.Repeat("\x00", 7); h.nodev = true }))
	fail("fail-type-old", "the old type of a regular file, a zero byte", patched(plain, data, 156, "\x00"))
	fail("fail-no-device-numbers", "device numbers left out", with(func(h *tarHeader) { h.nodev = true }))
	fail("fail-octal-spaces", "a size with spaces for zeros", patched(plain, data, 124, "          5\x00"))
	fail("fail-octal-space-end", "a size that ends in a space", patched(plain, data, 124, "00000000005 "))
	fail("fail-octal-short", "a size of fewer digits", patched(plain, data, 124, "5\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	fail("fail-size-binary", "a size in GNU's binary form", patched(plain, data, 124, "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"))
	fail("fail-name-behind-nul", "something behind the end of the name", patched(plain, data, 50, "hidden"))
	fail("fail-header-end", "something in the unused end of the header", patched(plain, data, 505, "hidden"))
	fail("fail-prefix-not-needed", "a name that fits, split all the same", with(func(h *tarHeader) { h.prefix, h.name = "files", "a.txt" }))
	sum := entryOf(plain, data)
	copy(sum[148:156], " "+octal(5, checksumOf(sum))+"\x00 ")
	fail("fail-checksum-form", "a checksum with a space for a zero", sum)
	path := paxRecord("path", "files/تقرير.pdf")
	arabic := func(records string) []byte {
		return append(paxHeader("files/تقرير.pdf", records), entryOf(tarHeader{name: "files/.pdf"}, data)...)
	}
	fail("fail-pax-not-needed", "an extended header for a name that fits", append(paxHeader("files/a.txt", paxRecord("path", "files/a.txt")), entryOf(plain, data)...))
	fail("fail-pax-size", "a size that fits, in the extended header all the same", arabic(path+paxRecord("size", "5")))
	fail("fail-pax-mtime", "a time in the extended header", arabic(paxRecord("mtime", "1700000000.123456789")+path))
	fail("fail-pax-uname", "a name in the extended header", arabic(path+paxRecord("uname", "alice")))
	fail("fail-pax-comment", "a comment in the extended header", arabic(paxRecord("comment", "made on a work computer")+path))
	fail("fail-pax-vendor", "an attribute in the extended header", arabic(paxRecord("SCHILY.xattr.user.origin", "https://intranet.example/")+path))
	fail("fail-pax-path-twice", "two paths: which one counts differs", arabic(paxRecord("path", "files/b.pdf")+path))
	fail("fail-pax-twice", "two extended headers for one file", append(paxHeader("files/تقرير.pdf", paxRecord("path", "files/b.pdf")), arabic(path)...))
	fail("fail-pax-name", "an extended header of another name", append(
		entryOf(tarHeader{name: "files/PaxHeaders.4711/.pdf", kind: 'x', mode: "0000000", nodev: true}, []byte(path)),
		entryOf(tarHeader{name: "files/.pdf"}, data)...))
	fail("fail-pax-plain-name", "another name in the plain header behind it", append(paxHeader("files/تقرير.pdf", path), entryOf(tarHeader{name: "files/report.pdf"}, data)...))
	long := "files/" + strings.Repeat("a", 150)
	fail("fail-gnu-long-name", "GNU's form of a long name", append(
		entryOf(tarHeader{name: "././@LongLink", kind: 'L', mode: "0000000", magic: "ustar  \x00", nodev: true}, []byte(long+"\x00")),
		entryOf(tarHeader{name: cut(long, 100), magic: "ustar  \x00"}, data)...))
	fail("fail-dot-slash", "a name with ./ before it", entryOf(tarHeader{name: "./files/a.txt"}, data))
	fail("fail-double-slash", "a name with two slashes", entryOf(tarHeader{name: "files//a.txt"}, data))

	hidden := filled(data)
	copy(hidden[len(data)+1:], "hidden")
	fail("fail-block-padding", "something behind the end of a file, inside its last block", append(tarHeader{name: "files/a.txt", size: len(data)}.bytes(), hidden...), entry("files/b.txt", data))
	fail("fail-block-padding-last", "the same in the last file", append(tarHeader{name: "files/a.txt", size: len(data)}.bytes(), hidden...))
	meta := []byte(newMeta().body())
	addLetter(s, "fail-json-header", "canonical", "letter.json itself has a time", pad(archive(
		entryOf(tarHeader{name: "letter.json", mtime: 1_700_000_000}, meta), entry("message.txt", []byte(hello)))))
	addLetter(s, "fail-json-dot-slash", "canonical", "./letter.json is letter.json, and not the one spelling of it", pad(archive(
		entryOf(tarHeader{name: "./letter.json"}, meta), entry("message.txt", []byte(hello)))))
	addLetter(s, "fail-message-header", "canonical", "the message has an owner", pad(archive(
		entry("letter.json", meta), entryOf(tarHeader{name: "message.txt", uname: "alice"}, []byte(hello)))))
}

// checksumOf reads the checksum of a header block.
func checksumOf(b []byte) int {
	sum := 0
	for _, c := range b[148:154] {
		sum = sum<<3 + int(c-'0')
	}
	return sum
}

func letterOrder(s *set) {
	meta, message, data := entry("letter.json", []byte(newMeta().body())), entry("message.txt", []byte(hello)), text(5)
	fail := func(name, expect, comment string, entries ...[]byte) {
		addLetter(s, name, expect, comment, pad(archive(entries...)))
	}
	fail("fail-message-missing", "order", "nothing behind letter.json", meta)
	fail("fail-message-after-file", "order", "the message comes before the files", meta, entry("files/a.txt", data), message)
	fail("fail-message-other-name", "order", "another text in its place", meta, entry("readme.txt", data), message)
	fail("fail-file-beside", "name", "a file beside the folder `files`", meta, message, entry("a.txt", data))
	fail("fail-file-in-folder", "name", "a folder inside `files`", meta, message, entry("files/a/b.txt", data))
	fail("fail-file-no-name", "name", "no name behind `files/`", meta, message, entryOf(tarHeader{name: "files/"}, data))
	fail("fail-file-climbing", "name", "climbs out of the folder", meta, message, entry("files/../../.bashrc", data))
	fail("fail-file-dot-dot", "name", "the folder above", meta, message, entry("files/..", data))
	fail("fail-file-absolute", "name", "an absolute path", meta, message, entry("/etc/passwd", data))
	fail("fail-file-backslash", "name", "climbs on Windows", meta, message, entry(`files\..\..\boot.ini`, data))
	fail("fail-file-pax-climbing", "name", "the extended header climbs, the plain one does not", meta, message,
		append(paxHeader("files/a", paxRecord("path", "../../.bashrc")), entry("files/a", data)...))
	fail("fail-file-latin-1", "name", "no UTF-8", meta, message, entryOf(tarHeader{name: "files/caf\xe9.txt"}, data))
	fail("fail-second-json", "duplicate", "a second letter.json: which one counts differs", meta, message, meta)
	fail("fail-second-message", "duplicate", "a second message", meta, message, message)
	fail("fail-duplicate-file", "duplicate", "one name twice: one program shows the first, another the second", meta, message, entry("files/a.txt", data), entry("files/a.txt", text(6)))
	fail("fail-duplicate-apart", "duplicate", "the same with another file between", meta, message, entry("files/a.txt", data), entry("files/b.txt", data), entry("files/a.txt", data))
	special := func(name, comment string, kind byte, h tarHeader) {
		h.kind = kind
		fail(name, "type", comment, meta, message, h.bytes())
	}
	special("fail-symlink", "a symbolic link, through which the next file would be written", '2', tarHeader{name: "files/a", link: "/etc"})
	special("fail-hard-link", "a hard link to a file outside", '1', tarHeader{name: "files/a", link: "/etc/passwd"})
	special("fail-character-device", "a character device", '3', tarHeader{name: "files/a"})
	special("fail-block-device", "a block device", '4', tarHeader{name: "files/a"})
	special("fail-fifo", "a pipe that nobody ever writes to", '6', tarHeader{name: "files/a"})
	special("fail-folder", "a folder", '5', tarHeader{name: "files/", mode: "0000755"})
	special("fail-reserved-type", "a contiguous file", '7', tarHeader{name: "files/a"})
	fail("fail-json-symlink", "type", "letter.json is a link", entryOf(tarHeader{name: "letter.json", kind: '2', link: "/etc/passwd"}, nil), message)
	fail("fail-global-header", "type", "a global extended header, which changes every file behind it", meta, message,
		entryOf(tarHeader{name: "pax_global_header", kind: 'g', mode: "0000000", nodev: true}, []byte(paxRecord("path", "files/b.txt"))), entry("files/a.txt", data))
	fail("fail-global-header-first", "type", "the same before letter.json", entryOf(tarHeader{name: "pax_global_header", kind: 'g', mode: "0000000", nodev: true}, []byte(paxRecord("comment", "hidden"))), meta, message)
	fail("fail-sparse-pax", "type", "a sparse file: a gigabyte in a block", meta, message, sparsePAX())
	addLetter(s, "fail-message-too-large", "limit", "a byte more than 1 MiB", pad(archive(meta, entry("message.txt", text(1<<20+1)))))
	addLetter(s, "fail-truncated-entry", "tar", "cut in the middle of a file", archive(meta, message, entry("files/a.txt", text(40000)))[:20<<10])
	broken := entry("files/a.txt", data)
	broken[0] = 'F'
	fail("fail-checksum", "tar", "the header's checksum is wrong", meta, message, broken)
	fail("fail-size-not-octal", "tar", "a size that is no number", meta, message, patched(tarHeader{name: "files/a.txt"}, data, 124, "0000000000x"))
	fail("fail-size-negative", "tar", "a negative size, in binary", meta, message, patched(tarHeader{name: "files/a.txt"}, data, 124, strings.Repeat("\xff", 12)))
	fail("fail-pax-record", "tar", "an extended header whose record is longer than it", meta, message, append(paxHeader("files/a", "99 path=files/a\n"), entry("files/a", data)...))
}

// sparsePAX is GNU's sparse format 1.0: a file of 2^30 bytes of which the
// archive holds only the map.
func sparsePAX() []byte {
	records := paxRecord("GNU.sparse.major", "1") + paxRecord("GNU.sparse.minor", "0") +
		paxRecord("GNU.sparse.name", "files/a") + paxRecord("GNU.sparse.realsize", "1073741824")
	return append(paxHeader("files/a", records), entryOf(tarHeader{name: "files/GNUSparseFile.0/a"}, filled([]byte("1\n1073741824\n0\n")))...)
}

func letterEnd(s *set) {
	tar := archive(letterEntries(newMeta().body(), hello)...)
	fail := func(name, expect, comment string, tar []byte) { addLetter(s, name, expect, comment, tar) }
	full := pad(tar)
	nonZero := slices.Clone(full)
	nonZero[len(nonZero)-1] = 1
	fail("fail-trailing-byte", "trailing", "the last byte of the padding is not zero", nonZero)
	nonZero = slices.Clone(full)
	nonZero[len(tar)] = 1
	fail("fail-trailing-first-byte", "trailing", "the first one is not", nonZero)
	second := slices.Clone(full)
	copy(second[len(tar):], archive(entry("files/hidden.txt", text(5))))
	fail("fail-trailing-archive", "trailing", "a second archive in the padding: cat a.tar b.tar", second)
	far := append(slices.Clone(full), full...)
	fail("fail-trailing-letter", "trailing", "a whole letter behind the letter", far)
	fail("fail-padding-none", "padding", "not padded: its size says how long the message is", tar)
	fail("fail-padding-short", "padding", "a block less", full[:len(full)-block])
	fail("fail-padding-byte-short", "padding", "a byte less", full[:len(full)-1])
	fail("fail-padding-long", "padding", "a block more", append(slices.Clone(full), make([]byte, block)...))
	fail("fail-padding-next", "padding", "a later step than needed: a mark that a sender's program could leave", append(slices.Clone(full), make([]byte, 2<<10)...))
	large := archive(letterEntries(newMeta().body(), hello, file{"a", text(40000)})...)
	fail("fail-padding-large", "padding", "a larger letter, padded to whole blocks only", large)
	fail("fail-end-missing", "tar", "no end: cut at the end of a file", tar[:len(tar)-2*block])
	fail("fail-end-one-block", "tar", "one zero block instead of two", tar[:len(tar)-block])
	fail("fail-empty", "tar", "nothing at all", nil)
	fail("fail-zeros", "tar", "zeros alone", make([]byte, 32<<10))
	fail("fail-not-tar", "tar", "a text that somebody forgot to pack", append([]byte(hello), make([]byte, 32<<10-len(hello))...))
	fail("fail-cut-header", "tar", "cut inside a header", tar[:block+100])
}
