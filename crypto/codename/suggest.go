package codename

// WordError says which word is not in the list. It is ErrWord to errors.Is. Its
// text has nothing of what was typed in it: the rest of that is the codename.
type WordError struct {
	Position    int      // of the word, from 1
	Untrusted   string   // the word as it was typed, in lower case: letters of ASCII only
	Suggestions []string // words it may have been meant to be, at most three
}

func (e *WordError) Error() string { return ErrWord.Error() }

func (e *WordError) Is(target error) bool { return target == ErrWord }

const (
	maxDistance    = 2 // of a suggestion, in typing errors
	maxSuggestions = 3
)

// suggest returns the words that are nearest to a token, in the order of the
// list, if any is near.
func suggest(token string) []string {
	var near []string
	least := maxDistance
	for _, word := range list {
		switch d := distance(token, word); {
		case d < least:
			least, near = d, []string{word}
		case d == least:
			near = append(near, word)
		}
	}
	return near[:min(len(near), maxSuggestions)]
}

// distance returns how many letters were left out, put in, taken for others or
// swapped with their neighbours to make b of a, no letter twice (optimal string
// alignment), or any number above maxDistance when it is more than that.
func distance(a, b string) int {
	if len(a) > len(b)+maxDistance || len(b) > len(a)+maxDistance {
		return maxDistance + 1
	}
	// Rows of the usual table: the one that is filled, and the two above it.
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
