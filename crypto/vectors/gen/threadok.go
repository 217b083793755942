package main

import (
	"fmt"
	"slices"
	"strings"
)

// okThread adds the worked letter of a kind with one member changed. expected
// replaces what it is to be read as under the same keys.
func okThread(s *set, name, comment, kind, member, value string, expected []string, files ...file) {
	var less []string
	for i := 0; i < len(expected); i += 2 {
		less = append(less, expected[i])
	}
	threadLetter(s, "ok-thread-"+name, "ok", comment, kind, put(threadMeta(kind), member, value), threadMessage(kind),
		append(threadFields(kind, less...), expected...), files...)
}

// object writes a JSON object whose members stand in the order of their keys.
func object(members map[string]string) string {
	var c cardText
	for key, value := range members {
		c = append(c, [2]string{key, value})
	}
	slices.SortFunc(c, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return c.body()
}

// numbers lists count numbers from a first one, so far apart.
func numbers(from, count, step int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprint(from + i*step)
	}
	return strings.Join(list, " ")
}

func list(numbers string) string { return "[" + strings.ReplaceAll(numbers, " ", ",") + "]" }

func threadOK(s *set) {
	for _, c := range [][2]string{
		{"first", "the first letter of a thread, with where replies go"},
		{"next", "a letter that continues it"},
		{"reply", "the desk's reply"},
		{"receipt", "a receipt: it has come, and nothing has been answered yet"},
		{"closed", "the recipient has closed the thread"},
		{"closing", "the sender has"},
		{"copy", "the copy that the sender keeps of the first letter"},
		{"note", "a copy of no letter: it records that a reply was deleted"},
	} {
		threadLetter(s, "ok-thread-"+c[0], "ok", c[1], c[0], threadMeta(c[0]), threadMessage(c[0]), threadFields(c[0]))
	}
	pdf := file{"scan.pdf", random("scan", 900)}
	okThread(s, "first-files", "a first letter with a file", "first", "seq", "1", nil, pdf)
	okThread(s, "first-again", "first again: the desk has not been heard from", "first", "seq", "2", []string{"seq", "2"})
	okThread(s, "next-files", "a later one with two", "next", "seq", "3", []string{"seq", "3"}, pdf, file{"notes.txt", text(100)})
	okThread(s, "reply-files", "a reply with a file", "reply", "seq", "2", []string{"seq", "2"}, pdf)
	okThread(s, "receipt-seq", "a receipt behind five replies, so that a dropped last one shows", "receipt", "seq", "5", []string{"seq", "5"})
	okThread(s, "note-zero", "a note of a sender of whom no letter is left", "note", "seq", "0", []string{"seq", "0"})
	okThread(s, "closing-first", "closed in the second letter, with a gap behind it", "closing", "seq", "4", []string{"seq", "4"})
	threadOKSeen(s)
	threadOKAnswers(s)
	threadOKCopies(s)
}

func threadOKSeen(s *set) {
	desk, other := deskAuthor, random("another desk", 8)
	last := fmt.Sprint(int64(1<<53 - 1))
	for _, kind := range []string{"first", "next", "reply", "receipt", "copy", "note"} {
		meta := put(threadMeta(kind), "seen", seen(desk, 2))
		meta = put(meta, "beyond", object(map[string]string{b64u(desk): "[4,5,9]", b64u(other): "[2," + last + "]"}))
		expected := append(threadFields(kind, "seen"), "seen", hexOf(desk)+" 2",
			"beyond", hexOf(desk)+" 4 5 9", "beyond", hexOf(other)+" 2 "+last)
		threadLetter(s, "ok-thread-beyond-"+kind, "ok", "letters of two authors that came behind gaps", kind, meta, threadMessage(kind), expected)
	}
	author := workedCodename.author()
	withdrawn := put(put(threadMeta("receipt"), "seen", "{}"), "beyond", fmt.Sprintf(`{"%s":[2]}`, b64u(author)))
	threadLetter(s, "ok-thread-beyond-withdrawn", "ok", "letter 1 was withdrawn: without `beyond` letter 2 would never count as collected", "receipt",
		withdrawn, "", append(threadFields("receipt", "seen"), "beyond", hexOf(author)+" 2"))
	many := numbers(2, 1000, 2)
	okThread(s, "beyond-1000", "as many numbers as there may be", "receipt", "beyond", fmt.Sprintf(`{"%s":%s}`, b64u(desk), list(many)),
		[]string{"beyond", hexOf(desk) + " " + many})
}

func threadOKAnswers(s *set) {
	answer := func(id, text string) []string {
		return []string{"answer", hexOf([]byte(id)) + " " + sizeAndHash([]byte(text))}
	}
	okThread(s, "answers-first", "answers to the card's questions", "first", "answers", `{"how":"by post\nand by hand","rating":"5"}`,
		append(answer("how", "by post\nand by hand"), answer("rating", "5")...))
	okThread(s, "answers-next", "in a later letter", "next", "answers", `{"how":"سلام"}`, answer("how", "سلام"))
	okThread(s, "answers-copy", "in a copy", "copy", "answers", `{"how":"by post"}`, answer("how", "by post"))
	okThread(s, "answers-control", "control and bidi characters are the receiver's to make visible", "first", "answers", `{"how":"\u001b[2J`+"\u202e"+`"}`, answer("how", "\x1b[2J\u202e"))
	long, id := strings.Repeat("é", 5000), strings.Repeat("é", 32)
	okThread(s, "answers-long", "10,000 bytes, to a question whose ID has 64", "first", "answers", `{"`+id+`":"`+long+`"}`, answer(id, long))
	members, expected := map[string]string{}, []string(nil)
	for i := range 100 {
		id := fmt.Sprintf("question %03d", i)
		members[id] = quote("yes")
		expected = append(expected, answer(id, "yes")...)
	}
	okThread(s, "answers-100", "as many answers as there may be", "first", "answers", object(members), expected)
}

func threadOKCopies(s *set) {
	with := func(member, value string) string { return newCopy().with(member, value).body() }
	okThread(s, "copy-next", "the copy of a later letter", "copy", "copy", with("kind", `"next"`), []string{"copy-kind", "next"})
	threadLetter(s, "ok-thread-copy-no-files", "ok", "of one without files", "copy", put(threadMeta("copy"), "copy", with("files", "[]")), hello, threadFields("copy", "copy-file"))
	origin := "http://localhost:8080"
	okThread(s, "copy-origin", "a server on the same machine", "copy", "copy", with("origin", quote(origin)), []string{"copy-origin", origin})
	onion := "http://" + strings.Repeat("a", 56) + ".onion"
	okThread(s, "copy-onion", "an onion service", "copy", "copy", with("origin", quote(onion)), []string{"copy-origin", onion})
	var files, deleted, fileFields, deletedFields []string
	for i := range 1000 {
		files = append(files, fmt.Sprintf(`{"name":"تقرير %d.pdf","size":%d}`, i, i*1_000_000))
		fileFields = append(fileFields, "copy-file", fmt.Sprintf("%d تقرير %d.pdf", i*1_000_000, i))
		deleted = append(deleted, fmt.Sprintf(`{"author":"%s","seq":%d}`, b64u(deskAuthor), i+1))
		deletedFields = append(deletedFields, "copy-deleted", fmt.Sprintf("%s %d", hexOf(deskAuthor), i+1))
	}
	large := newCopy().with("files", "["+strings.Join(files, ",")+"]").with("deleted", "["+strings.Join(deleted, ",")+"]").body()
	threadLetter(s, "ok-thread-copy-1000", "ok", "as many files and deleted replies as a copy can name: its letter.json may be larger than another's", "copy",
		put(threadMeta("copy"), "copy", large), hello, slices.Concat(threadFields("copy", "copy-file"), fileFields, deletedFields))
	padded := func(size int) cardText {
		c := threadMeta("copy")
		c[len(c)-1][1] += strings.Repeat(" ", size-len(c.body()))
		return c
	}
	threadLetter(s, "ok-json-copy-512-kib", "ok", "a copy's letter.json as large as it may be", "copy", padded(512<<10), hello, threadFields("copy"))
	threadLetter(s, "fail-thread-copy-512-kib", "limit", "a byte more", "copy", padded(512<<10+1), hello, nil)
}
