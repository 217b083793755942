package padding

import (
	"math/bits"
	"testing"
)

func TestPadme(t *testing.T) {
	for _, c := range []struct{ n, want int64 }{
		{0, 0}, {1, 1}, {2, 2}, {3, 3}, {8, 8}, {9, 10}, {10, 10},
		{32767, 32768}, {32768, 32768}, {32769, 34816}, {34816, 34816}, {34817, 36864},
		{65535, 65536}, {65536, 65536}, {65537, 65536 + 1<<(16-5)},
		{1 << 40, 1 << 40}, {1<<40 + 1, 1<<40 + 1<<34},
	} {
		if got := Padme(c.n); got != c.want {
			t.Errorf("Padme(%d) = %d, want %d", c.n, got, c.want)
		}
	}
}

// The definition of the paper's figure 3, in words: never smaller, at most 12 %
// more, idempotent, monotonic, and few significant bits.
func TestPadmeProperties(t *testing.T) {
	before := int64(0)
	for n := int64(2); n < 1<<61; n += n/50 + 1 {
		p := Padme(n)
		if p < n || float64(p-n) > 0.12*float64(n) || Padme(p) != p || p < before {
			t.Fatalf("Padme(%d) = %d", n, p)
		}
		e := bits.Len64(uint64(p)) - 1
		if significant := e - bits.TrailingZeros64(uint64(p)); significant > bits.Len64(uint64(e)) {
			t.Fatalf("Padme(%d) = %d has %d significant bits", n, p, significant)
		}
		before = p
	}
}

func TestPadded(t *testing.T) {
	for _, c := range []struct{ n, want int64 }{
		{0, 32768}, {1024, 32768}, {32767, 32768}, {32768, 32768}, {32769, 34816},
	} {
		if got := Padded(c.n); got != c.want {
			t.Errorf("Padded(%d) = %d, want %d", c.n, got, c.want)
		}
	}
	for n := int64(1024); n < 1<<30; n += n/7/512*512 + 512 {
		if Padded(n)%512 != 0 {
			t.Fatalf("Padded(%d) is not a whole number of blocks", n)
		}
	}
}
