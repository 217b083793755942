package letter

import (
	"bytes"
	"slices"
)

// Saw reports whether this letter says that its author had seen another's letter
// when it was written.
func (m *Meta) Saw(author [8]byte, seq int64) bool {
	if seq < 1 {
		return false
	}
	_, behind := slices.BinarySearch(m.Beyond[author], seq)
	return behind || seq <= m.Seen[author]
}

// Summary returns for [Meta.Seen] and [Meta.Beyond] what was seen of an author,
// whose letters have these numbers, in any order: that all up to upTo were, and
// behind gaps these, ascending and at most as many as a letter may list. A
// stranger chooses the numbers: without this limit, letters with many gaps would
// keep the other side from writing any.
func Summary(seqs []int64) (upTo int64, beyond []int64) {
	sorted := slices.Clone(seqs)
	slices.Sort(sorted)
	for _, seq := range slices.Compact(sorted) {
		switch {
		case !isSeq(seq) || seq == 0:
		case seq == upTo+1:
			upTo = seq
		case len(beyond) < maxBeyond:
			beyond = append(beyond, seq)
		}
	}
	return upTo, beyond
}

// Summaries is [Summary] for all authors of a thread, whose gaps share the
// limit: those of the first author, by bytes, come first.
func Summaries(seqs map[[8]byte][]int64) (seen map[[8]byte]int64, beyond map[[8]byte][]int64) {
	seen = make(map[[8]byte]int64, len(seqs))
	left := maxBeyond
	for _, author := range sortedAuthors(seqs) {
		upTo, gaps := Summary(seqs[author])
		seen[author] = upTo
		gaps = gaps[:min(left, len(gaps))]
		if len(gaps) == 0 {
			continue
		}
		if beyond == nil {
			beyond = map[[8]byte][]int64{}
		}
		beyond[author] = gaps
		left -= len(gaps)
	}
	return seen, beyond
}

func sortedAuthors[T any](m map[[8]byte]T) [][8]byte {
	authors := make([][8]byte, 0, len(m))
	for author := range m {
		authors = append(authors, author)
	}
	slices.SortFunc(authors, compareAuthors)
	return authors
}

func compareAuthors(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) }

// maxMissing is how many missing letters are told. One number that is wrong by
// mistake or malice would make them innumerable.
const maxMissing = 1000

// Missing returns which of the numbers 1 to highest are not among seqs, ascending
// and at most a thousand.
func Missing(seqs []int64, highest int64) []int64 {
	var missing []int64
	next := int64(1)
	fill := func(last int64) {
		for ; next <= last && len(missing) < maxMissing; next++ {
			missing = append(missing, next)
		}
	}
	sorted := slices.Clone(seqs)
	slices.Sort(sorted)
	for _, seq := range sorted {
		if seq >= next && seq <= highest {
			fill(seq - 1)
			next = seq + 1
		}
	}
	fill(highest)
	return missing
}
