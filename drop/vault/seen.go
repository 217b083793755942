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

// maxBeyond is how many numbers a letter can list behind gaps. Who skips more of
// them isn't counted exactly.
const maxBeyond = 1000

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

// with returns the set with more numbers in it: 1 to upTo, and those beyond.
func (s Seen) with(upTo int64, beyond ...int64) Seen {
	all := append(slices.Clone(s.Beyond), beyond...)
	slices.Sort(all)
	s.UpTo = max(s.UpTo, upTo)
	s.Beyond = nil
	for _, seq := range slices.Compact(all) {
		switch {
		case seq <= s.UpTo:
		case seq == s.UpTo+1:
			s.UpTo++
		case len(s.Beyond) < maxBeyond:
			s.Beyond = append(s.Beyond, seq)
		}
	}
	return s
}

// missing returns the gaps, at most maxBeyond numbers of them.
func (s Seen) missing() (gaps []int64) {
	next := s.UpTo + 1
	for _, seq := range s.Beyond {
		for ; next < seq; next++ {
			if len(gaps) == maxBeyond {
				return gaps
			}
			gaps = append(gaps, next)
		}
		next = seq + 1
	}
	return gaps
}

func (s Seen) encode(b *cryptobyte.Builder) {
	b.AddUint64(uint64(s.UpTo))
	b.AddUint16(uint16(len(s.Beyond)))
	for _, seq := range s.Beyond {
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
