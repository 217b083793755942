package main

import (
	"fmt"
	"slices"
	"strings"
)

// Bare letters: archives as stock tools make them, without letter.json.

func addBare(s *set, name, comment string, tar []byte, message []byte, files ...file) {
	fields := []string{"bare", "yes"}
	if message != nil {
		fields = append(fields, "message", sizeAndHash(message))
	}
	for _, f := range files {
		fields = append(fields, "file", sizeAndHash(f.data)+" "+safeName(strings.TrimPrefix(f.name, "files/")))
	}
	addLetter(s, name, "ok", comment, tar, fields...)
}

// stock is a header as GNU tar or bsdtar writes it.
func stock(name string, kind byte, magic string) tarHeader {
	return tarHeader{name: name, kind: kind, mode: "0000664", uid: 1000, gid: 1000, mtime: 1_700_000_000, uname: "alice", gname: "staff", magic: magic}
}

const gnuMagic = "ustar  \x00"

func bareOK(s *set) {
	message, data := []byte(hello), text(700)
	gnu := archive(entryOf(stock("message.txt", '0', gnuMagic), message), entryOf(stock("files/a.txt", '0', gnuMagic), data))
	addBare(s, "ok-bare-gnu", "GNU tar's own format", pad(gnu), message, file{"files/a.txt", data})
	ustar := archive(entryOf(stock("message.txt", '0', ""), message), entryOf(stock("a.txt", '0', ""), data))
	addBare(s, "ok-bare-ustar", "POSIX ustar", pad(ustar), message, file{"a.txt", data})
	times := paxRecord("mtime", "1700000000.123456789") + paxRecord("atime", "1700000000.5") + paxRecord("ctime", "1700000000.75")
	pax := archive(append(paxHeader("message.txt", times), entryOf(stock("message.txt", '0', ""), message)...),
		append(paxHeader("تقرير.pdf", times+paxRecord("path", "تقرير.pdf")), entryOf(stock("_____.pdf", '0', ""), data)...))
	addBare(s, "ok-bare-pax", "POSIX pax with times, as GNU tar --format=posix and bsdtar write it", pad(pax), message, file{"تقرير.pdf", data})
	old := entryOf(stock("a.txt", 0, strings.Repeat("\x00", 8)), data)
	clear(old[257:block])
	addBare(s, "ok-bare-v7", "the format before POSIX", pad(archive(checksummed(old))), nil, file{"a.txt", data})
	long := "files/" + strings.Repeat("a", 150) + ".txt"
	addBare(s, "ok-bare-gnu-long-name", "GNU's form of a long name", pad(archive(
		entryOf(tarHeader{name: "././@LongLink", kind: 'L', mode: "0000644", magic: gnuMagic, uname: "root", gname: "root"}, []byte(long+"\x00")),
		entryOf(stock(cut(long, 100), '0', gnuMagic), data))), nil, file{long, data})
	addBare(s, "ok-bare-no-message", "files alone", pad(archive(entryOf(stock("a.txt", '0', ""), data))), nil, file{"a.txt", data})
	addBare(s, "ok-bare-dot-slash", "tar -c . : names with ./ before them, and the folders themselves", pad(archive(
		entryOf(stock("./", '5', gnuMagic), nil), entryOf(stock("./message.txt", '0', gnuMagic), message),
		entryOf(stock("./files/", '5', gnuMagic), nil), entryOf(stock("./files/a.txt", '0', gnuMagic), data))), message, file{"files/a.txt", data})
	addBare(s, "ok-bare-folders", "folders are passed over; a path becomes a name", pad(archive(
		entryOf(stock("papers/", '5', gnuMagic), nil), entryOf(stock("papers/2026/", '5', gnuMagic), nil),
		entryOf(stock("papers/2026/a.txt", '0', gnuMagic), data))), nil, file{"papers/2026/a.txt", data})
	addBare(s, "ok-bare-order", "in a bare letter the order is free", pad(archive(
		entryOf(stock("a.txt", '0', ""), data), entryOf(stock("message.txt", '0', ""), message))), message, file{"a.txt", data})
	addBare(s, "ok-bare-latin-1", "a name that is no UTF-8", pad(archive(entryOf(stock("caf\xe9.txt", '0', gnuMagic), data))), nil, file{"caf\xe9.txt", data})
	addBare(s, "ok-bare-unsafe-name", "saved under a safe name", pad(archive(entryOf(stock("-rf", '0', ""), data))), nil, file{"-rf", data})
	addBare(s, "ok-bare-record", "GNU tar fills a record of 10 KiB with zeros; the padding comes on top", pad(append(slices.Clone(gnu), make([]byte, 10<<10-len(gnu)%(10<<10))...)), message, file{"files/a.txt", data})
	addBare(s, "ok-bare-not-padded", "from a file, not from a server: the padding is not asked for", ustar, message, file{"a.txt", data})
	garbage := func(name string) []byte {
		b := entryOf(stock(name, '0', ""), data)
		copy(b[block+len(data):], "left over")
		return b
	}
	addBare(s, "ok-bare-block-padding", "an old program leaves what was in its memory behind the end of a file: tar has never said what stands there", pad(archive(garbage("a.txt"), garbage("b.txt"))), nil, file{"a.txt", data}, file{"b.txt", data})
	addBare(s, "ok-bare-base-256", "a size in GNU's binary form", pad(archive(patched(stock("a.txt", '0', gnuMagic), data, 124, "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\xbc"))), nil, file{"a.txt", data})
	addBare(s, "ok-bare-json-in-folder", "a letter.json in a folder is a file like others", pad(archive(entryOf(stock("files/letter.json", '0', ""), data))), nil, file{"files/letter.json", data})
}

// checksummed writes the checksum of an entry again.
func checksummed(entry []byte) []byte {
	checksum(entry)
	return entry
}

func bareFailures(s *set) {
	data := text(5)
	first := entryOf(stock("a.txt", '0', gnuMagic), data)
	fail := func(name, expect, comment string, entries ...[]byte) {
		addLetter(s, name, expect, comment, pad(archive(entries...)))
	}
	for _, c := range []struct {
		name, comment string
		kind          byte
		link          string
	}{
		{"symlink", "a symbolic link", '2', "/etc/passwd"},
		{"symlink-inside", "a symbolic link that stays inside, until something is written through it", '2', "a.txt"},
		{"hard-link", "a hard link", '1', "a.txt"},
		{"character-device", "a character device", '3', ""},
		{"block-device", "a block device", '4', ""},
		{"fifo", "a pipe", '6', ""},
		{"reserved-type", "a contiguous file", '7', ""},
		{"unknown-type", "a type that nobody has defined", 'Q', ""},
	} {
		h := stock("b", c.kind, gnuMagic)
		h.link = c.link
		fail("fail-bare-"+c.name, "type", c.comment, first, h.bytes())
	}
	sparse := stock("b", 'S', gnuMagic)
	b := entryOf(sparse, make([]byte, block))
	copy(b[386:], octal(11, 0)+"\x00"+octal(11, block))
	copy(b[483:], octal(11, 1<<30))
	fail("fail-bare-sparse-gnu", "type", "an old GNU sparse file", first, checksummed(b))
	fail("fail-bare-sparse-pax", "type", "a sparse file of the newer form", first, sparsePAX())
	fail("fail-bare-global-header", "type", "as git archive writes it: it names the commit", entryOf(tarHeader{name: "pax_global_header", kind: 'g', mode: "0000666", nodev: true},
		[]byte(paxRecord("comment", strings.Repeat("0123456789", 4)))), first)

	for _, c := range []struct{ name, comment, path string }{
		{"absolute", "an absolute path", "/etc/passwd"},
		{"climbing", "climbs out of the folder", "../.bashrc"},
		{"climbing-inside", "climbs out from inside", "a/../../.bashrc"},
		{"dot-dot", "the folder above", ".."},
		{"dot-dot-harmless", "`..` is refused even where it stays inside", "a/../b.txt"},
		{"backslash", "climbs on Windows", `..\boot.ini`},
		{"backslash-inside", "climbs on Windows from inside", `a\..\..\boot.ini`},
		{"backslash-absolute", "absolute on Windows", `\Windows\win.ini`},
		{"drive", "absolute on Windows", `C:\Windows\win.ini`},
		{"empty", "no name", ""},
		{"dot", "the folder itself as a file", "."},
		{"slash", "a file whose name ends like a folder's", "a/"},
	} {
		fail("fail-bare-name-"+c.name, "name", c.comment, first, entryOf(stock(c.path, '0', gnuMagic), data))
	}
	fail("fail-bare-name-first", "name", "climbs in the very first entry", entryOf(stock("../a", '0', gnuMagic), data))
	fail("fail-bare-name-pax", "name", "only the extended header climbs", first, append(paxHeader("b", paxRecord("path", "../../b")), entryOf(stock("b", '0', ""), data)...))
	fail("fail-bare-folder-climbing", "name", "a folder that climbs", first, entryOf(stock("../b/", '5', gnuMagic), nil))
	fail("fail-bare-duplicate", "duplicate", "one name twice", first, first)
	fail("fail-bare-duplicate-dot-slash", "duplicate", "one name in two spellings", first, entryOf(stock("./a.txt", '0', gnuMagic), data))
	fail("fail-bare-duplicate-slashes", "duplicate", "one path in two spellings", entryOf(stock("b/c", '0', gnuMagic), data), entryOf(stock("b//c", '0', gnuMagic), data))
	fail("fail-bare-json-second", "order", "letter.json further behind: is it a letter or not?", first, entry("letter.json", []byte(newMeta().body())))
	fail("fail-bare-json-last", "order", "the same at the very end", first, entry("message.txt", []byte(hello)), entry("./letter.json", []byte(newMeta().body())))
	many := make([][]byte, 1001)
	for i := range many {
		many[i] = entryOf(stock(fmt.Sprintf("%04d", i), '0', gnuMagic), nil)
	}
	fail("fail-bare-1001-files", "limit", "more than 1000 files", many...)
	fail("fail-bare-only-folders", "tar", "folders and nothing in them", entryOf(stock("a/", '5', gnuMagic), nil))

	tar := archive(first)
	trailing := pad(tar)
	copy(trailing[len(tar):], archive(entryOf(stock("hidden.txt", '0', gnuMagic), data)))
	addLetter(s, "fail-bare-trailing-archive", "trailing", "a second archive behind the end: tar -i shows it", trailing)
	trailing = pad(tar)
	trailing[len(trailing)-1] = '\n'
	addLetter(s, "fail-bare-trailing-byte", "trailing", "a newline at the very end", trailing)
	addLetter(s, "fail-bare-end-missing", "tar", "no end", tar[:len(tar)-2*block])
	addLetter(s, "fail-bare-end-one-block", "tar", "one zero block instead of two", tar[:len(tar)-block])
	addLetter(s, "fail-bare-gzip", "tar", "packed with tar -z", pad([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"+string(random("gzip", 300)))))
}
