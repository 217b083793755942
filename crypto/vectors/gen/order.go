package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// said is a letter as far as its place in a thread depends on it.
type said struct {
	kind   string
	author []byte
	seq    int
	day    int
	seen   []claim
	beyond []claim
}

// claim is what a letter says it has seen of an author.
type claim struct {
	author []byte
	seqs   []int
}

func (l said) receipt() bool { return l.kind == "receipt" }

// saw reports whether l says it has seen m.
func (l said) saw(m said) bool {
	upTo := func(c claim) bool { return bytes.Equal(c.author, m.author) && m.seq <= c.seqs[0] }
	behind := func(c claim) bool { return bytes.Equal(c.author, m.author) && slices.Contains(c.seqs, m.seq) }
	return !m.receipt() && (slices.ContainsFunc(l.seen, upTo) || slices.ContainsFunc(l.beyond, behind))
}

func (l said) body() string {
	seen, beyond := map[string]string{}, map[string]string{}
	for _, c := range l.seen {
		seen[b64u(c.author)] = fmt.Sprint(c.seqs[0])
	}
	for _, c := range l.beyond {
		beyond[b64u(c.author)] = numberList(c.seqs)
	}
	return cardText{
		{"kind", quote(l.kind)}, {"author", quote(b64u(l.author))}, {"seq", fmt.Sprint(l.seq)},
		{"seen", object(seen)}, {"beyond", object(beyond)}, {"day", fmt.Sprint(l.day)},
	}.body()
}

func numberList(n []int) string { return list(joined(n)) }

func joined(n []int) string { return strings.Trim(fmt.Sprint(n), "[]") }

// readingOrder is that of the specification, step by step.
func readingOrder(letters []said) []int {
	before := func(i, j int) bool { // in the queue of their author
		a, b := letters[i], letters[j]
		switch {
		case a.seq != b.seq:
			return a.seq < b.seq
		case a.receipt() != b.receipt():
			return b.receipt()
		}
		return i < j
	}
	waiting := map[int]bool{}
	for i := range letters {
		waiting[i] = true
	}
	isHead := func(i int) bool {
		for j := range waiting {
			if bytes.Equal(letters[i].author, letters[j].author) && before(j, i) {
				return false
			}
		}
		return true
	}
	isReady := func(i int) bool {
		for j := range waiting {
			if !bytes.Equal(letters[i].author, letters[j].author) && letters[i].saw(letters[j]) {
				return false
			}
		}
		return true
	}
	order := []int{}
	for len(waiting) > 0 {
		next, nextReady := -1, false
		for i := range letters {
			if !waiting[i] || !isHead(i) {
				continue
			}
			ready := isReady(i)
			earlier := next < 0 || letters[i].day < letters[next].day ||
				letters[i].day == letters[next].day && bytes.Compare(letters[i].author, letters[next].author) < 0
			if next < 0 || ready && !nextReady || ready == nextReady && earlier {
				next, nextReady = i, ready
			}
		}
		delete(waiting, next)
		order = append(order, next)
	}
	return order
}

func orderVectors(s *set) {
	conversations(s)
	contradictions(s)
	randomThreads(s)
	summaries(s)
	missing(s)
}

// Two authors whose order as text in base64url is not that of their bytes.
var (
	senderAuthor = []byte{0x00, 1, 2, 3, 4, 5, 6, 7} // AAEC…
	firstDesk    = []byte{0xf8, 1, 2, 3, 4, 5, 6, 7} // -AEC…
	secondDesk   = []byte{0x7f, 1, 2, 3, 4, 5, 6, 7} // fwEC…
)

func addOrder(s *set, name, comment string, letters ...said) {
	bodies := make([]string, len(letters))
	for i, l := range letters {
		bodies[i] = l.body()
	}
	s.add("order", "ok-order-"+name, "ok", comment, []byte(`{"letters":[`+strings.Join(bodies, ",")+`]}`),
		"what", "order", "order", joined(readingOrder(letters)))
}

// letterOf is a letter that has seen so many of the sender's or the first desk's.
func letterOf(author []byte, seq, day, seen int) said {
	l := said{kind: "reply", author: author, seq: seq, day: day, seen: []claim{{senderAuthor, []int{seen}}}}
	if bytes.Equal(author, senderAuthor) {
		l.kind, l.seen[0].author = "next", firstDesk
	}
	return l
}

func conversations(s *set) {
	a := func(seq, day, seen int) said { return letterOf(senderAuthor, seq, day, seen) }
	d := func(seq, day, seen int) said { return letterOf(firstDesk, seq, day, seen) }
	receipt := func(seq, day, seen int) said {
		l := d(seq, day, seen)
		l.kind = "receipt"
		return l
	}
	first := said{kind: "first", author: senderAuthor, seq: 1, day: today}
	addOrder(s, "empty", "no letters")
	addOrder(s, "one", "one", first)
	six := []said{d(3, today, 3), a(3, today, 2), d(2, today, 2), first, d(1, today, 1), a(2, today, 1)}
	addOrder(s, "six", "six letters of one day: what each has seen decides", six...)
	slices.Reverse(six)
	addOrder(s, "six-reversed", "the same, listed the other way round", six...)
	addOrder(s, "seen-and-days", "the server claims days that contradict what was seen: what was seen decides", d(1, today-5, 1), first, a(2, today-9, 1))
	addOrder(s, "seq-and-days", "an author's own letters stand in the order of seq, whatever the days", a(3, today-3, 0), a(1, today, 0), a(2, today-2, 0))
	addOrder(s, "days", "nobody has seen the other: the lower day comes first", d(1, today+1, 0), a(1, today, 0))
	addOrder(s, "authors", "of one day, the lower author, byte by byte and not as text", d(1, today, 0), first)
	addOrder(s, "authors-high", "bytes have no sign", letterOf(firstDesk, 1, today, 0), letterOf(secondDesk, 1, today, 0), first)
	addOrder(s, "days-numbers", "days are numbers: 9 comes before 10", a(1, 10, 0), d(1, 9, 0))
	addOrder(s, "withdrawn", "letter 1 is gone; the reply saw 2 behind the gap", d(1, today, 0), said{kind: "reply", author: firstDesk, seq: 2, day: today, beyond: []claim{{senderAuthor, []int{2}}}}, a(2, today, 0))
	addOrder(s, "beyond-gap", "it saw 3, but not 2: it can stand before 2 only if 2 does not precede 3", a(2, today, 0), said{kind: "reply", author: firstDesk, seq: 1, day: today, seen: []claim{{senderAuthor, []int{1}}}, beyond: []claim{{senderAuthor, []int{3}}}}, a(3, today, 0), first)
	addOrder(s, "seen-missing", "a letter that was seen and is not here is waited for by nobody", d(1, today, 7), first)
	addOrder(s, "receipt", "a receipt comes behind the letter whose number it has", receipt(1, today, 1), d(1, today, 1), first)
	addOrder(s, "receipt-first", "and before all when there is none yet", d(1, today, 1), receipt(0, today, 1), first)
	addOrder(s, "receipt-not-seen", "nobody sees receipts: letter 2 has seen reply 1, and not the receipt behind it", receipt(1, today, 2), a(2, today, 1), d(1, today, 1), first)
	addOrder(s, "copies", "copies stand for the letters", d(1, today, 1), said{kind: "copy", author: senderAuthor, seq: 2, day: today, seen: []claim{{firstDesk, []int{1}}}}, said{kind: "copy", author: senderAuthor, seq: 1, day: today})
	addOrder(s, "two-desks", "two desks answer; the second has seen the first's answer", said{kind: "reply", author: secondDesk, seq: 1, day: today - 1, seen: []claim{{senderAuthor, []int{1}}, {firstDesk, []int{1}}}}, d(1, today, 1), first)
	addOrder(s, "through-another", "the sender's letter saw the second desk's alone, which saw the first's", said{kind: "next", author: senderAuthor, seq: 2, day: today - 3, seen: []claim{{secondDesk, []int{1}}}}, said{kind: "reply", author: secondDesk, seq: 1, day: today - 2, seen: []claim{{firstDesk, []int{1}}}}, d(1, today, 1), first)
}

func contradictions(s *set) {
	a := func(seq, day, seen int) said { return letterOf(senderAuthor, seq, day, seen) }
	d := func(seq, day, seen int) said { return letterOf(firstDesk, seq, day, seen) }
	addOrder(s, "cycle", "each claims to have seen the other: somebody lies, and the day decides", d(1, today-1, 1), a(1, today, 1))
	addOrder(s, "cycle-same-day", "on one day, the author does", d(1, today, 1), a(1, today, 1))
	addOrder(s, "cycle-three", "three claim it in a circle", said{kind: "reply", author: secondDesk, seq: 1, day: today, seen: []claim{{firstDesk, []int{1}}}}, d(1, today, 1), said{kind: "next", author: senderAuthor, seq: 1, day: today + 1, seen: []claim{{secondDesk, []int{1}}}})
	addOrder(s, "cycle-and-others", "who is in no circle comes first, also of a later day", d(1, today-1, 1), a(1, today-1, 1), said{kind: "reply", author: secondDesk, seq: 1, day: today + 9})
	addOrder(s, "later-seen", "a first letter that claims to have seen what answers it: the author's own order holds", a(1, today, 2), d(1, today, 1), d(2, today, 2), a(2, today, 1))
	addOrder(s, "own-seen", "what a letter says of its own author counts for nothing", said{kind: "next", author: senderAuthor, seq: 1, day: today, seen: []claim{{senderAuthor, []int{9}}}}, a(2, today-1, 0), d(1, today, 0))
	addOrder(s, "all-seen", "a letter that claims to have seen everything there will ever be comes last, and nothing is lost", a(1, today-9, 1<<53-1), d(1, today, 0), d(2, today+1, 0), d(3, today+2, 0))
	addOrder(s, "same-seq", "two letters under one number: both are shown, in the order of the list", a(2, today, 0), said{kind: "next", author: senderAuthor, seq: 1, day: today + 1}, said{kind: "next", author: senderAuthor, seq: 1, day: today})
	addOrder(s, "same-seq-seen", "who saw that number comes behind both", d(1, today-1, 1), a(1, today+1, 0), a(1, today, 0))
	addOrder(s, "beyond-and-seen", "a number in both: once is enough", said{kind: "reply", author: firstDesk, seq: 1, day: today, seen: []claim{{senderAuthor, []int{1}}}, beyond: []claim{{senderAuthor, []int{3}}}}, a(1, today, 0), a(2, today, 0))
}

// randomThreads: letters that claim at random, so that orders nobody thought of
// are compared too.
func randomThreads(s *set) {
	for round, n := range []int{5, 8, 13, 21, 34, 55, 89, 144} {
		source := bytes.NewBuffer(random(fmt.Sprint("order ", n), 16*n+3))
		draw := func(below int) int { return int(source.Next(1)[0]) % below }
		authors := [][]byte{senderAuthor, firstDesk, secondDesk}
		counts := make([]int, 3)
		var letters []said
		for range n {
			who := draw(3)
			l := said{kind: "reply", author: authors[who], day: today + draw(4)}
			if draw(6) == 0 {
				l.kind = "receipt"
			} else {
				counts[who] += 1 + draw(8)/7 // now and then one is missing
			}
			l.seq = counts[who]
			for other, author := range authors {
				upTo := max(counts[other]-draw(3), 0)
				if draw(12) == 0 {
					upTo += draw(4) // a lie, or the other's next letter was quick
				}
				if other != who && draw(5) > 0 {
					l.seen = append(l.seen, claim{author, []int{upTo}})
					if draw(4) == 0 {
						l.beyond = append(l.beyond, claim{author, []int{upTo + 2, upTo + 4}})
					}
				}
			}
			if l.kind == "receipt" || l.seq > 0 {
				letters = append(letters, l)
			}
		}
		slices.SortFunc(letters, func(a, b said) int { return bytes.Compare(sha([]byte(a.body())), sha([]byte(b.body()))) })
		addOrder(s, fmt.Sprintf("random-%d", n), fmt.Sprintf("letters with claims at random, thread %d", round+1), letters...)
	}
}

// summaries: what is said of the letters that have come.
func summaries(s *set) {
	add := func(name, comment string, seqs ...int) {
		sorted := slices.Compact(slices.Sorted(slices.Values(seqs)))
		sorted = slices.DeleteFunc(sorted, func(n int) bool { return n < 1 })
		upTo := 0
		for len(sorted) > 0 && sorted[0] == upTo+1 {
			upTo, sorted = sorted[0], sorted[1:]
		}
		fields := []string{"what", "summary", "up-to", fmt.Sprint(upTo)}
		if len(sorted) > 0 {
			fields = append(fields, "beyond", joined(sorted[:min(len(sorted), 1000)]))
		}
		s.add("order", "ok-summary-"+name, "ok", comment, []byte(`{"seqs":`+numberList(seqs)+"}"), fields...)
	}
	add("empty", "nothing has come")
	add("one", "the first", 1)
	add("all", "five without a gap, as they came", 3, 1, 5, 2, 4)
	add("gap", "a gap", 1, 2, 4, 5, 8)
	add("not-first", "the first is missing", 2, 3)
	add("repeated", "a number twice", 1, 1, 2, 4, 4)
	add("zero", "a receipt has 0, and counts for nothing", 0, 1)
	add("last", "the largest number", 1, 1<<53-1)
	var even []int
	for i := range 1001 {
		even = append(even, 2+2*i)
	}
	add("1001-gaps", "a stranger who leaves a thousand gaps cannot keep the other side from saying anything: the first thousand are told", even...)
	add("1001-gaps-reversed", "whatever order they came in", slices.Sorted(slices.Values(even))...)
}

// missing: which letters somebody wrote and nobody has.
func missing(s *set) {
	add := func(name, comment string, highest int, seqs ...int) {
		var gaps []int
		for n := 1; n <= highest && len(gaps) < 1000; n++ {
			if !slices.Contains(seqs, n) {
				gaps = append(gaps, n)
			}
		}
		fields := []string{"what", "missing"}
		if len(gaps) > 0 {
			fields = append(fields, "missing", joined(gaps))
		}
		s.add("order", "ok-missing-"+name, "ok", comment, []byte(fmt.Sprintf(`{"seqs":%s,"highest":%d}`, numberList(seqs), highest)), fields...)
	}
	add("empty", "nothing was written", 0)
	add("none", "all are there", 3, 2, 3, 1)
	add("one", "one is missing", 4, 1, 2, 4)
	add("first", "the first is", 2, 2)
	add("last", "a receipt counts one more than have come: the last was dropped", 3, 1, 2)
	add("all", "none has come", 3)
	add("repeated", "a number twice", 3, 1, 1, 3, 3)
	add("behind", "more has come than was said: that is no gap", 2, 1, 2, 5)
	add("zero", "0 is no letter", 2, 0, 1)
	add("1000", "a thousand are told", 2000, 2)
	add("largest", "one number that is wrong would make them innumerable", 1<<53-1, 1, 3, 1<<53-1)
	add("two-gaps", "the thousand is reached in the second gap", 5000, 601, 602)
}
