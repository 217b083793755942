package vault

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/transom-drop/transom/crypto/letter"
)

// TestSeen compares with the plain set, whatever the order.
func TestSeen(t *testing.T) {
	for range 300 {
		var set []int64
		var s Seen
		for range rand.IntN(30) {
			seq := int64(1 + rand.IntN(25))
			set = append(set, seq)
			s = s.with(0, seq)
		}
		upTo, beyond := letter.Summary(set)
		if s.UpTo != upTo || !slices.Equal(s.Beyond, beyond) {
			t.Fatalf("%v is summed up as %+v, want %d %v", set, s, upTo, beyond)
		}
		highest := int64(0)
		if len(set) > 0 {
			highest = slices.Max(set)
		}
		if s.Highest() != highest || !slices.Equal(s.missing(), letter.Missing(set, highest)) {
			t.Fatalf("of %v the highest is %d, and %v are missing", set, s.Highest(), s.missing())
		}
		for seq := int64(-1); seq < 30; seq++ {
			if s.Has(seq) != slices.Contains(set, seq) {
				t.Fatalf("%v has %d: %v", set, seq, s.Has(seq))
			}
		}
		in := cryptobyte.String(build(func(b *cryptobyte.Builder) { s.encode(b, maxBeyond) }))
		var again Seen
		if !again.decode(&in) || !in.Empty() || !reflect.DeepEqual(again, s) {
			t.Fatalf("%+v is read as %+v", s, again)
		}
	}
}

// TestSeenLimits: numbers that a stranger chose cost neither memory nor time.
func TestSeenLimits(t *testing.T) {
	const far = 1<<53 - 1
	var s Seen
	for i := range int64(2 * maxBeyond) {
		s = s.with(0, far-2*i)
	}
	if len(s.Beyond) != maxBeyond || len(s.missing()) != maxBeyond {
		t.Errorf("%d numbers are kept, %d missing", len(s.Beyond), len(s.missing()))
	}
	if s = s.with(1); s.UpTo != 1 || s.with(far).Beyond != nil {
		t.Errorf("seen is %+v", s.with(far))
	}
	for name, record := range map[string]Seen{"not ascending": {1, []int64{5, 5}}, "in what is seen": {5, []int64{5}}, "negative": {-1, nil}} {
		in := cryptobyte.String(build(func(b *cryptobyte.Builder) { record.encode(b, maxBeyond) }))
		if new(Seen).decode(&in) {
			t.Errorf("%s: was read", name)
		}
	}
}
