package letter

import "unicode/utf8"

// MaxCopyText is how many bytes of a message its copy keeps.
const MaxCopyText = 16 << 10

// CopyText returns what a copy keeps of a message: all of it, or of a long one the
// beginning, which then ends in an ellipsis. So nearly every copy has the smallest
// size that there is. A whole long message would give its copy the size of the
// letter, and the size alone would tell whoever takes the server's disk which
// mailbox for replies belongs to which drop.
func CopyText(message string) string {
	if len(message) <= MaxCopyText {
		return message
	}
	n := MaxCopyText - len(ellipsis)
	for !utf8.RuneStart(message[n]) {
		n--
	}
	return message[:n] + ellipsis
}

const ellipsis = "…"
