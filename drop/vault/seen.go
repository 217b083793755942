package vault

import (
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// Seen is a set of the sequence numbers of one author's letters.
type Seen struct {
	UpTo   int64   // 1 to UpTo are all in it
	Beyond []int64 // ascending, behind a gap
}

const (
	// maxBeyond is how many numbers a letter can list behind gaps. Who claims to have
	// seen more isn't believed exactly.
	maxBeyond = 1000
	// maxKept is how many numbers behind gaps a record has room for.
	maxKept = 1<<16 - 1
	// MaxMissing is how many gaps are told: when there are so many, there may be more.
	MaxMissing = 1000
)

// Listed returns of the numbers behind gaps those that a letter can list.
func (s Seen) Listed() []int64 { return s.Beyond[:min(len(s.Beyond), maxBeyond)] }

// Has says whether a number is in the set.
func (s Seen) Has(seq int64) bool {
	_, beyond := slices.BinarySearch(s.Beyond, seq)
	return seq >= 1 && seq <= s.UpTo || beyond
}

// Highest returns the highest number in the set, 0 when it is empty.
func (s Seen) Highest() int64 {
	if len(s.Beyond) > 0 {
		return s.Beyond[len(s.Beyond)-1]
	}
	return s.UpTo
}

// with returns the set with more numbers in it: 1 to upTo, and those beyond. A
// stranger claims them: behind gaps it keeps only as many as a letter can list.
func (s Seen) with(upTo int64, beyond ...int64) Seen {
	s = s.plus(upTo, beyond...)
	s.Beyond = s.Listed()
	return s
}

// plus returns the set with more numbers in it, each that of a letter which came.
// Letters come in any order, so that all but one of thousands may be behind a gap
// for a while.
func (s Seen) plus(upTo int64, beyond ...int64) Seen {
	all := slices.Clone(s.Beyond)
	for _, seq := range beyond {
		if i, there := slices.BinarySearch(all, seq); !there {
			all = slices.Insert(all, i, seq)
		}
	}
	s.UpTo = max(s.UpTo, upTo)
	for len(all) > 0 && all[0] <= s.UpTo+1 {
		s.UpTo, all = max(s.UpTo, all[0]), all[1:]
	}
	s.Beyond = nil
	if len(all) > 0 {
		s.Beyond = all
	}
	return s
}

// overlooking returns the set with one more number in it. When too many are behind
// gaps, the first gaps are taken for filled.
func (s Seen) overlooking(seq int64) Seen {
	s = s.plus(0, seq)
	if over := len(s.Beyond) - maxBeyond; over > 0 {
		s = s.plus(s.Beyond[over-1])
	}
	return s
}

// and returns what is in either set.
func (s Seen) and(other Seen) Seen {
	var lacking []int64
	for _, seq := range other.Beyond {
		if !s.Has(seq) {
			lacking = append(lacking, seq)
		}
	}
	if len(lacking) == 0 && other.UpTo <= s.UpTo {
		return s
	}
	return s.plus(other.UpTo, lacking...)
}

// missing returns the gaps, at most MaxMissing numbers of them.
func (s Seen) missing() (gaps []int64) {
	next := s.UpTo + 1
	for _, seq := range s.Beyond {
		for ; next < seq; next++ {
			if len(gaps) == MaxMissing {
				return gaps
			}
			gaps = append(gaps, next)
		}
		next = seq + 1
	}
	return gaps
}

// encode writes the set with at most so many numbers behind gaps.
func (s Seen) encode(b *cryptobyte.Builder, most int) {
	beyond := s.Beyond[:min(len(s.Beyond), most)]
	b.AddUint64(uint64(s.UpTo))
	b.AddUint16(uint16(len(beyond)))
	for _, seq := range beyond {
		b.AddUint64(uint64(seq))
	}
}

func (s *Seen) decode(in *cryptobyte.String) bool {
	var upTo uint64
	var beyond uint16
	if !in.ReadUint64(&upTo) || !in.ReadUint16(&beyond) || int64(upTo) < 0 || len(*in) < 8*int(beyond) {
		return false
	}
	s.UpTo, s.Beyond = int64(upTo), nil
	last := s.UpTo
	for range beyond {
		var seq uint64
		if !in.ReadUint64(&seq) || int64(seq) <= last {
			return false
		}
		last = int64(seq)
		s.Beyond = append(s.Beyond, last)
	}
	return true
}
