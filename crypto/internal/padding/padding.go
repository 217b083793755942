// Package padding holds the arithmetic of a letter's size, apart from letters,
// because the server's gate needs it and must not know anything else of them.
package padding

import "math/bits"

// Smallest is the size in bytes of the smallest padded letter: a short note, a
// long note and a note with a small picture look alike.
const Smallest = 32 << 10

// Padme rounds n up to a number with a short mantissa: E = log2 n, and only the
// log2 E + 1 highest bits after the first may differ from zero. It costs at
// most 12 % and leaves O(log log n) bits of the size to see (Nikitin et al.,
// "Reducing Metadata Leakage from Encrypted Files and Communication with
// PURBs", PoPETs 2019, section 4).
//
// n is at most 2^62; fewer than two bytes stay as they are.
func Padme(n int64) int64 {
	if n < 2 {
		return n
	}
	e := bits.Len64(uint64(n)) - 1
	s := bits.Len64(uint64(e))
	mask := int64(1)<<(e-s) - 1
	return (n + mask) &^ mask
}

// Padded returns the size to which a letter of n bytes is padded.
func Padded(n int64) int64 { return max(Smallest, Padme(n)) }
