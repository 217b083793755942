package letter_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/transom-drop/transom/crypto/letter"
)

// TestCopyText: short messages are kept whole, long ones to the last character
// that fits, and every copy of a text alone has the smallest size.
func TestCopyText(t *testing.T) {
	for _, unit := range []string{"a", "é", "€", "😀"} {
		for _, n := range []int{0, 1, letter.MaxCopyText - 4, letter.MaxCopyText, letter.MaxCopyText + 1, letter.MaxCopyText + 4, 40 * letter.MaxCopyText} {
			message := strings.Repeat(unit, n/len(unit))
			got := letter.CopyText(message)
			switch {
			case len(message) <= letter.MaxCopyText:
				if got != message {
					t.Errorf("%d bytes of %s were changed", len(message), unit)
				}
			case len(got) > letter.MaxCopyText || len(got) <= letter.MaxCopyText-utf8.UTFMax || !utf8.ValidString(got):
				t.Errorf("of %d bytes of %s, %d are kept", len(message), unit, len(got))
			case !strings.HasPrefix(message, strings.TrimSuffix(got, "…")) || !strings.HasSuffix(got, "…"):
				t.Errorf("%d bytes of %s end in %q", len(message), unit, got[len(got)-8:])
			}
		}
	}
}
