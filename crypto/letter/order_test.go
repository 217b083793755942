package letter

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var sender, desk, third = [8]byte{1}, [8]byte{2}, [8]byte{3}

// said makes a letter by what Order looks at.
func said(author [8]byte, seq int64, seen map[[8]byte]int64) *Meta {
	return &Meta{Kind: KindReply, Author: author, Seq: seq, Seen: seen}
}

type seenOf = map[[8]byte]int64

func TestOrder(t *testing.T) {
	receipt := said(desk, 1, seenOf{sender: 2})
	receipt.Kind = KindReceipt
	late := said(sender, 2, nil)
	late.Beyond = map[[8]byte][]int64{desk: {3}}
	note := said(sender, 1, nil)
	note.Kind, note.Copy = KindCopy, &Copy{}
	for name, c := range map[string]struct {
		letters []*Meta
		days    []int
		want    []int
	}{
		"nothing": {nil, nil, []int{}},
		"a conversation of one day": {[]*Meta{
			said(sender, 3, seenOf{desk: 2}), said(desk, 2, seenOf{sender: 2}), said(sender, 1, nil),
			said(sender, 2, seenOf{desk: 1}), said(desk, 1, seenOf{sender: 1}),
		}, make([]int, 5), []int{2, 4, 3, 1, 0}},
		"what was seen goes before the day": {[]*Meta{
			said(desk, 1, seenOf{sender: 1}), said(sender, 1, nil),
		}, []int{1, 9}, []int{1, 0}},
		"else the day decides": {[]*Meta{
			said(sender, 1, nil), said(sender, 2, nil), said(desk, 1, nil), said(desk, 2, nil),
		}, []int{3, 4, 1, 5}, []int{2, 0, 1, 3}},
		"else the author": {[]*Meta{
			said(desk, 1, nil), said(third, 1, nil), said(sender, 1, nil),
		}, []int{7, 7, 7}, []int{2, 0, 1}},
		"an author's days count for nothing": {[]*Meta{
			said(sender, 2, nil), said(sender, 1, nil),
		}, []int{1, 2}, []int{1, 0}},
		"a receipt comes behind the letter whose number it has": {[]*Meta{
			receipt, said(desk, 1, nil), said(sender, 1, nil), said(sender, 2, nil),
		}, make([]int, 4), []int{2, 3, 1, 0}},
		"a receipt is not what was seen under its number": {[]*Meta{
			receipt, said(sender, 2, seenOf{desk: 1}), said(sender, 1, nil),
		}, []int{0, 0, 0}, []int{2, 1, 0}},
		"so is a note": {[]*Meta{
			note, said(sender, 1, nil), said(desk, 1, seenOf{sender: 1}),
		}, []int{5, 5, 5}, []int{1, 0, 2}},
		"seen behind a gap": {[]*Meta{
			said(sender, 1, nil), late, said(desk, 1, nil), said(desk, 3, nil), said(desk, 4, nil),
		}, []int{0, 0, 5, 5, 5}, []int{0, 2, 3, 1, 4}},
		"a number twice, in the order of the list": {[]*Meta{
			said(sender, 1, nil), said(sender, 1, nil), said(desk, 1, seenOf{sender: 1}),
		}, []int{9, 1, 0}, []int{0, 1, 2}},
		"each says it saw the other": {[]*Meta{
			said(desk, 1, seenOf{sender: 1}), said(sender, 1, seenOf{desk: 1}),
		}, []int{1, 2}, []int{0, 1}},
		"one that saw itself and what is yet to come": {[]*Meta{
			said(sender, 1, seenOf{sender: 9}), said(sender, 2, nil),
		}, []int{2, 1}, []int{0, 1}},
		"what nobody wrote was seen": {[]*Meta{
			said(sender, 1, seenOf{desk: 1 << 52, third: 1}), said(desk, 1, nil),
		}, []int{1, 2}, []int{1, 0}},
	} {
		if got := Order(c.letters, c.days); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// thread makes letters of any kind of claims from bytes.
func thread(data []byte) (letters []*Meta, days []int) {
	for ; len(data) >= 8 && len(letters) < 60; data = data[8:] {
		m := &Meta{
			Kind:   []string{KindFirst, KindNext, KindReply, KindReceipt, KindCopy}[data[0]%5],
			Author: [8]byte{data[1] % 4}, Seq: int64(data[2] % 16),
			Seen:   seenOf{{data[3] % 4}: int64(data[4] % 16)},
			Beyond: map[[8]byte][]int64{{data[5] % 4}: {int64(data[6]%8) + 2, int64(data[6]%8) + 4}},
		}
		if data[0]%10 == 4 {
			m.Copy = &Copy{}
		}
		letters, days = append(letters, m), append(days, int(data[7]%8))
	}
	return letters, days
}

// slowOrder is what Order's comment says, word for word.
func slowOrder(letters []*Meta, days []int) []int {
	var waiting, order []int
	for i := range letters {
		waiting = append(waiting, i)
	}
	less := func(a, b []int64) bool { return slices.Compare(a, b) < 0 }
	for len(waiting) > 0 {
		best, bestKey := -1, []int64(nil)
		for _, i := range waiting {
			isHead, lies := true, int64(0)
			for _, j := range waiting {
				a, b := letters[i], letters[j]
				if a.Author == b.Author {
					isHead = isHead && !less([]int64{b.Seq, int64(rank(b)), int64(j)}, []int64{a.Seq, int64(rank(a)), int64(i)})
				} else if !b.isUncounted() && a.Saw(b.Author, b.Seq) {
					lies = 1
				}
			}
			key := []int64{lies, int64(days[i]), int64(binary.BigEndian.Uint64(letters[i].Author[:]) >> 1)}
			if isHead && (best < 0 || less(key, bestKey)) {
				best, bestKey = i, key
			}
		}
		order = append(order, best)
		waiting = slices.DeleteFunc(waiting, func(i int) bool { return i == best })
	}
	return order
}

// checkOrder holds an order to what Order promises, whatever the letters claim.
func checkOrder(t *testing.T, letters []*Meta, days []int) {
	t.Helper()
	order := Order(letters, days)
	if sorted := slices.Sorted(slices.Values(order)); len(sorted) != len(letters) || len(slices.Compact(sorted)) != len(letters) {
		t.Fatalf("%d letters in the order %v", len(letters), order)
	}
	last := map[[8]byte]int64{}
	for _, i := range order {
		if m := letters[i]; m.Seq < last[m.Author] {
			t.Errorf("%d's letter %d is behind %d", m.Author[0], m.Seq, last[m.Author])
		} else {
			last[m.Author] = m.Seq
		}
	}
	if want := slowOrder(letters, days); !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
}

func FuzzOrder(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x01\x00\x01\x00\x00" + "\x02\x01\x01\x00\x01\x00\x01\x00"))
	f.Add([]byte("\x02\x00\x01\x01\x01\x01\x00\x00" + "\x02\x01\x01\x00\x01\x00\x01\x00"))
	f.Add([]byte(strings.Repeat("\x02\x01\x02\x03\x04\x05\x06\x07", 9)))
	f.Fuzz(func(t *testing.T, data []byte) {
		letters, days := thread(data)
		checkOrder(t, letters, days)
	})
}

func TestOrderAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		data := make([]byte, 8*r.IntN(25))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		letters, days := thread(data)
		checkOrder(t, letters, days)
	}
}

// Threads as honest people have them: whatever is lost or shuffled on the way,
// nobody's letter stands before one that its author had seen.
func TestOrderOfHonestThreads(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		authors := [][8]byte{{9}, {5}, {7}}
		wrote, knows := map[[8]byte]int64{}, map[[8]byte]map[[8]byte][]int64{}
		var letters []*Meta
		for range r.IntN(30) {
			author := authors[r.IntN(3)]
			wrote[author]++
			m := said(author, wrote[author], nil)
			m.Seen, m.Beyond = Summaries(knows[author])
			letters = append(letters, m)
			for _, reader := range authors { // some get it, later or never
				if reader != author && r.IntN(3) > 0 {
					if knows[reader] == nil {
						knows[reader] = map[[8]byte][]int64{}
					}
					knows[reader][author] = append(knows[reader][author], m.Seq)
				}
			}
		}
		r.Shuffle(len(letters), func(i, j int) { letters[i], letters[j] = letters[j], letters[i] })
		letters = letters[:len(letters)*3/4]
		days := make([]int, len(letters))
		for i := range days {
			days[i] = r.IntN(5)
		}
		before := map[*Meta]bool{}
		for _, i := range Order(letters, days) {
			for _, m := range letters {
				if letters[i].Saw(m.Author, m.Seq) && !before[m] {
					t.Fatalf("%d's letter %d stands before %d's %d, which it saw", letters[i].Author[0], letters[i].Seq, m.Author[0], m.Seq)
				}
			}
			before[letters[i]] = true
		}
	}
}

// What an attacker can make of a hundred thousand letters: that each is of
// another author, that all have seen all, that all contradict each other, that
// all have one number.
func TestOrderTakesNoForever(t *testing.T) {
	const n = 100_000
	id := func(i int) (author [8]byte) {
		binary.BigEndian.PutUint64(author[:], uint64(i))
		return author
	}
	all := seenOf{}
	for i := range 50 {
		all[id(i)] = 1 << 50
	}
	gaps := map[[8]byte][]int64{}
	for i := range 10 {
		gaps[id(i)] = []int64{1e6, 2e6, 3e6}
	}
	for name, letterOf := range map[string]func(i int) *Meta{
		"each of another author":    func(i int) *Meta { return said(id(i), 1, seenOf{id(i - 1): 1}) },
		"each waits for the next":   func(i int) *Meta { return said(id(i), 1, seenOf{id(i + 1): 1}) },
		"all have seen everything":  func(i int) *Meta { return said(id(i%50), int64(i), all) },
		"one number, and a receipt": func(i int) *Meta { return &Meta{Kind: KindReceipt, Author: id(i % 2), Seq: 1, Seen: all} },
		"what nobody wrote": func(i int) *Meta {
			return &Meta{Kind: KindNext, Author: id(i % 3), Seq: int64(i), Seen: seenOf{}, Beyond: gaps}
		},
		"all wait for one": func(i int) *Meta { return said(id(i), 1, seenOf{id(n - 1): 1}) },
	} {
		letters := make([]*Meta, n)
		for i := range letters {
			letters[i] = letterOf(i)
		}
		start := time.Now()
		order := Order(letters, make([]int, n))
		if took := time.Since(start); took > 20*time.Second { // a tenth of a second to two on what there is today
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
		if len(order) != n {
			t.Errorf("%s: %d letters", name, len(order))
		}
	}
}
