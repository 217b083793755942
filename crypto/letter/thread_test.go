package letter

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
)

func TestSaw(t *testing.T) {
	m := &Meta{
		Seen:   map[[8]byte]int64{{1}: 3, {3}: 0},
		Beyond: map[[8]byte][]int64{{1}: {5, 9}, {2}: {2}},
	}
	saw := map[[8]byte][]int64{{1}: {1, 2, 3, 5, 9}, {2}: {2}, {3}: nil, {4}: nil}
	for author, seqs := range saw {
		for seq := int64(-1); seq < 12; seq++ {
			if got := m.Saw(author, seq); got != slices.Contains(seqs, seq) {
				t.Errorf("saw %d of %d: %v", seq, author[0], got)
			}
		}
	}
	if (&Meta{}).Saw([8]byte{1}, 1) || (&Meta{Seen: map[[8]byte]int64{{1}: math.MaxInt64}}).Saw([8]byte{1}, 0) {
		t.Error("what was never written has been seen")
	}
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		seqs   []int64
		upTo   int64
		beyond []int64
	}{
		{nil, 0, nil},
		{[]int64{1}, 1, nil},
		{[]int64{2}, 0, []int64{2}},
		{[]int64{3, 1, 2}, 3, nil},
		{[]int64{7, 1, 5, 2, 5, 1}, 2, []int64{5, 7}},
		{[]int64{0, -1, math.MinInt64, 1}, 1, nil},
		{[]int64{1<<53 - 1, 1 << 53, math.MaxInt64}, 0, []int64{1<<53 - 1}},
	} {
		given := slices.Clone(c.seqs)
		upTo, beyond := Summary(c.seqs)
		if upTo != c.upTo || !slices.Equal(beyond, c.beyond) {
			t.Errorf("%v: %d and %v, want %d and %v", c.seqs, upTo, beyond, c.upTo, c.beyond)
		}
		if !slices.Equal(given, c.seqs) {
			t.Errorf("%v was changed to %v", given, c.seqs)
		}
	}
}

// However a stranger numbers letters, what was seen of them fits a letter.
func TestSummariesFit(t *testing.T) {
	seqs := map[[8]byte][]int64{}
	for author := range byte(20) {
		for n := int64(1); n < 200; n++ {
			seqs[[8]byte{author}] = append(seqs[[8]byte{author}], n*1e13)
		}
	}
	seqs[[8]byte{21}] = []int64{2, 1}
	m := samples()["reply"]
	m.Seen, m.Beyond = Summaries(seqs)
	got, err := parseMeta([]byte(encoded(t, m)))
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Fatalf("%v", err)
	}
	total := 0
	for _, list := range m.Beyond {
		total += len(list)
	}
	if total != maxBeyond || len(m.Beyond[[8]byte{0}]) != 199 || len(m.Seen) != 21 || m.Seen[[8]byte{21}] != 2 {
		t.Errorf("%d numbers, of %d authors", total, len(m.Seen))
	}
	if seen, beyond := Summaries(map[[8]byte][]int64{{1}: {1, 2}}); beyond != nil || seen[[8]byte{1}] != 2 {
		t.Errorf("without a gap: %v, %v", seen, beyond)
	}

	// One more than a letter may list is refused, so the limit above is the one.
	m.Beyond[[8]byte{22}] = []int64{2}
	if _, err := m.encode(); !errors.Is(err, ErrJSON) {
		t.Errorf("one more: %v", err)
	}
}

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		seqs    []int64
		highest int64
		want    []int64
	}{
		{nil, 0, nil},
		{nil, 2, []int64{1, 2}},
		{[]int64{1, 2, 3}, 3, nil},
		{[]int64{3, 1}, 4, []int64{2, 4}},
		{[]int64{5, 1, 5}, 2, []int64{2}},
		{[]int64{0, -3, 2}, 2, []int64{1}},
		{[]int64{1}, -1, nil},
	} {
		if got := Missing(c.seqs, c.highest); !slices.Equal(got, c.want) {
			t.Errorf("of %v up to %d: %v, want %v", c.seqs, c.highest, got, c.want)
		}
	}
	// A number as high as there can be neither takes for ever nor fills memory.
	got := Missing([]int64{2, 1<<53 - 1}, 1<<53-1)
	if len(got) != 1000 || got[0] != 1 || got[1] != 3 || got[999] != 1001 {
		t.Errorf("%d missing: %v…", len(got), got[:2])
	}
	if got := Missing([]int64{1}, math.MaxInt64); len(got) != 1000 {
		t.Errorf("%d missing up to the highest number", len(got))
	}
}

// FuzzSummary: what was seen and what is missing are each other's opposites.
func FuzzSummary(f *testing.F) {
	f.Add([]byte{1, 2, 3}, byte(5))
	f.Add([]byte{9, 0, 255}, byte(255))
	f.Fuzz(func(t *testing.T, numbers []byte, highest byte) {
		var seqs []int64
		for _, n := range numbers {
			seqs = append(seqs, int64(n)-3)
		}
		upTo, beyond := Summary(seqs)
		m := &Meta{Kind: KindFirst, Seq: 1, Seen: map[[8]byte]int64{other: upTo}}
		if len(beyond) > 0 {
			m.Beyond = map[[8]byte][]int64{other: beyond}
		}
		if _, err := m.encode(); err != nil {
			t.Fatalf("%v: %v", seqs, err)
		}
		missing := Missing(seqs, int64(highest))
		if !slices.IsSorted(missing) {
			t.Errorf("%v", missing)
		}
		for seq := int64(1); seq <= int64(highest); seq++ {
			there := slices.Contains(seqs, seq)
			if m.Saw(other, seq) != there || slices.Contains(missing, seq) == there {
				t.Errorf("of %v, %d: seen %v, missing %v", seqs, seq, m.Saw(other, seq), missing)
			}
		}
	})
}
