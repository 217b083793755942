package main

import "strings"

func threadLimits(s *set) {
	pdf := file{"scan.pdf", text(100)}
	for _, kind := range []string{"receipt", "closed", "closing", "note"} {
		threadLetter(s, "fail-thread-"+kind+"-message", "limit", "nobody shows what this kind of letter says: it must say nothing", kind, threadMeta(kind), "x", nil)
	}
	for _, kind := range []string{"receipt", "closed", "closing", "note", "copy"} {
		threadLetter(s, "fail-thread-"+kind+"-file", "limit", "this kind of letter has no files", kind, threadMeta(kind), threadMessage(kind), nil, pdf)
	}
	threadLetter(s, "fail-thread-receipt-empty-file", "limit", "not even an empty one", "receipt", threadMeta("receipt"), "", nil, file{"a", nil})
	spaces := func(kind string) cardText {
		c := threadMeta(kind)
		c[len(c)-1][1] += strings.Repeat(" ", 64<<10+1-len(c.body()))
		return c
	}
	for _, kind := range []string{"next", "reply", "receipt"} {
		threadLetter(s, "fail-thread-"+kind+"-64-kib", "limit", "a byte more than 64 KiB, which only a copy's letter.json may have", kind, spaces(kind), threadMessage(kind), nil)
	}
}

// threadElsewhere: what a server, or anybody who has the envelope, could do with
// a letter that they cannot read.
func threadElsewhere(s *set) {
	other := random16("another place")
	for _, kind := range []string{"next", "reply", "receipt", "copy"} {
		failThread(s, kind+"-moved", "elsewhere", "found in another mailbox than it was sealed for", kind, "mailbox", quote(b64u(other[:])))
		failThread(s, kind+"-again", "elsewhere", "found under another ID: stored a second time", kind, "envelope", quote(b64u(other[:])))
	}
	drop, _ := threadPlace("next")
	failThread(s, "reply-from-drop", "elsewhere", "sealed for the drop's mailbox", "reply", "mailbox", quote(b64u(drop[:])))
	failThread(s, "next-reflected", "elsewhere", "sealed for the sender's mailbox", "next", "mailbox", quote(b64u(threadMailbox[:])))
}
