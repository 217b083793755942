package letter

import (
	"fmt"
	"io"
)

// Pad copies a tar that stock tools made from r to w and appends the zeros that
// make a bare letter of it, after which it can be sealed with stock age and
// deposited. What would be refused later is refused here, with the errors of
// [Reader]; w then holds a part of it. Padding what is padded changes nothing.
func Pad(w io.Writer, r io.Reader) error {
	out := &Writer{w: w}
	letter := NewReader(io.TeeReader(r, writerFunc(out.writeSome)))
	for {
		_, err := letter.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("couldn't pad the archive: %w", err)
		}
	}
	return out.zeros(PaddedSize(out.n) - out.n)
}
