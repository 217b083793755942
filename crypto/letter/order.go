package letter

import (
	"cmp"
	"container/heap"
	"slices"
)

// Order returns the indexes of a thread's letters in the order in which to read
// them. days are those of their envelopes, all that is known of when they were
// written.
//
// Each author's letters stand in the order of their seq; of equal ones, letters
// before receipts and notes, then in the order of the list. Of the letters that
// stand next in their author's order, one comes first that has seen none which
// are still to come; of several, that of the lowest day, then of the lowest
// author by bytes. If all have seen some which are still to come, somebody lies,
// and of all of them that of the lowest day and author comes first. So no claim
// moves two letters of another author past each other, or one out of sight.
//
// It takes n log n steps for n letters and things seen.
func Order(letters []*Meta, days []int) []int {
	o := newOrdering(letters, days)
	for author := range o.queues {
		o.advance(author)
	}
	order := make([]int, 0, len(letters))
	for len(o.heads) > 0 {
		next := heap.Pop(o).(head).letter
		if o.placed[next] {
			continue // it was there twice: as one that waits, and as one no longer
		}
		o.placed[next] = true
		order = append(order, next)
		for _, i := range o.waiters[next] {
			if o.waiting[i]--; o.waiting[i] == 0 && o.isHead[i] {
				heap.Push(o, head{i, false})
			}
		}
		o.advance(letters[next].Author)
	}
	return order
}

// ordering is what [Order] knows of its letters, by index. It is the heap of
// those that may stand next.
type ordering struct {
	letters []*Meta
	days    []int
	queues  map[[8]byte][]int // each author's letters that are still behind their head
	waiting []int             // for how many letters one waits
	waiters [][]int           // which letters wait for one
	isHead  []bool
	placed  []bool
	heads   []head
}

type head struct {
	letter int
	waits  bool
}

func newOrdering(letters []*Meta, days []int) *ordering {
	n := len(letters)
	o := &ordering{
		letters: letters, days: days, queues: map[[8]byte][]int{},
		waiting: make([]int, n), waiters: make([][]int, n), isHead: make([]bool, n), placed: make([]bool, n),
	}
	for i, m := range letters {
		o.queues[m.Author] = append(o.queues[m.Author], i)
	}
	counted := map[[8]byte][]int{}
	for author, queue := range o.queues {
		slices.SortStableFunc(queue, func(i, j int) int {
			a, b := letters[i], letters[j]
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(rank(a), rank(b)))
		})
		for _, i := range queue {
			if letters[i].Seq > 0 && !letters[i].isUncounted() { // the others cannot be seen
				counted[author] = append(counted[author], i)
			}
		}
	}
	for i, m := range letters {
		wait := func(author [8]byte) {
			if last := o.lastSeen(m, author, counted[author]); last >= 0 && author != m.Author {
				o.waiting[i]++
				o.waiters[last] = append(o.waiters[last], i)
			}
		}
		for author := range m.Seen {
			wait(author)
		}
		for author := range m.Beyond {
			if _, both := m.Seen[author]; !both {
				wait(author)
			}
		}
	}
	return o
}

// rank puts what is not counted behind the letter whose seq it has.
func rank(m *Meta) int {
	if m.isUncounted() {
		return 1
	}
	return 0
}

// lastSeen returns the last of an author's letters that m says it had seen: it
// comes after all the others. -1: none.
func (o *ordering) lastSeen(m *Meta, author [8]byte, theirs []int) int {
	// upTo returns how many of them have at most this seq.
	upTo := func(seq int64) int {
		n, _ := slices.BinarySearchFunc(theirs, seq, func(i int, seq int64) int {
			if o.letters[i].Seq <= seq {
				return -1
			}
			return 1
		})
		return n
	}
	last := upTo(m.Seen[author]) - 1
	for _, seq := range slices.Backward(m.Beyond[author]) {
		if n := upTo(seq); n-1 > last && o.letters[theirs[n-1]].Seq == seq {
			last = n - 1
			break
		}
	}
	if last < 0 {
		return -1
	}
	return theirs[last]
}

// advance makes the next letter of an author a head.
func (o *ordering) advance(author [8]byte) {
	if queue := o.queues[author]; len(queue) > 0 {
		i := queue[0]
		o.queues[author] = queue[1:]
		o.isHead[i] = true
		heap.Push(o, head{i, o.waiting[i] > 0})
	}
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (o *ordering) Len() int { return len(o.heads) }

func (o *ordering) Less(i, j int) bool {
	a, b := o.heads[i], o.heads[j]
	if a.waits != b.waits {
		return b.waits
	}
	return cmp.Or(
		cmp.Compare(o.days[a.letter], o.days[b.letter]),
		compareAuthors(o.letters[a.letter].Author, o.letters[b.letter].Author),
	) < 0
}

func (o *ordering) Swap(i, j int) { o.heads[i], o.heads[j] = o.heads[j], o.heads[i] }

func (o *ordering) Push(x any) { o.heads = append(o.heads, x.(head)) }

func (o *ordering) Pop() any {
	last := o.heads[len(o.heads)-1]
	o.heads = o.heads[:len(o.heads)-1]
	return last
}
