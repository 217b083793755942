package agefile

import "encoding/base64"

// An age payload is a nonce and then chunks of 64 KiB, each with a tag. Only the
// last chunk may be shorter, and only that of an empty file may be empty.
const (
	nonceSize = 16
	chunkSize = 64 << 10
	tagSize   = 16
)

// PlainSize returns how many bytes a payload of the given size (what follows
// the header) holds, or false when no payload has this size.
func PlainSize(payload int64) (n int64, ok bool) {
	c := payload - nonceSize
	if c < tagSize {
		return 0, false
	}
	chunks := (c-1)/(chunkSize+tagSize) + 1
	n = c - chunks*tagSize
	if n <= (chunks-1)*chunkSize && chunks > 1 {
		return 0, false
	}
	return n, true
}

// SealedSize returns the size of a file of n bytes sealed to so many keys of a
// class.
func SealedSize(class Class, keys int, n int64) int64 {
	line := func(size int) int64 { return int64(base64.RawStdEncoding.EncodedLen(size)) + 1 }
	stanza := int64(len(stanzaPrefix)+len(class)+1) + line(argumentSize[class]) + line(bodySize)
	header := int64(len(intro)) + int64(keys)*stanza + int64(len(footerPrefix)) + line(macSize)
	chunks := max(1, (n+chunkSize-1)/chunkSize)
	return header + nonceSize + n + chunks*tagSize
}
