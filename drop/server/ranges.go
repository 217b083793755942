package server

import (
	"strconv"
	"strings"
)

// parseRange reads a Range header for a body of size bytes (RFC 9110, section
// 14.2): one range of bytes. Anything else is ignored, as the RFC allows, and
// the whole body is the answer; a range beyond the end is refused.
func parseRange(line string, size int64) (start, length int64, partial bool, err error) {
	spec, ok := strings.CutPrefix(line, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return 0, size, false, nil
	}
	from, fromOK := parsePosition(first)
	to, toOK := parsePosition(last)
	switch {
	case first == "" && toOK: // the last so many bytes
		if to == 0 || size == 0 {
			return 0, 0, false, noSuchRange
		}
		to = min(to, size)
		return size - to, to, true, nil
	case fromOK && last == "":
		to = size - 1
	case !fromOK || !toOK || to < from:
		return 0, size, false, nil
	}
	if from >= size {
		return 0, 0, false, noSuchRange
	}
	to = min(to, size-1)
	return from, to - from + 1, true, nil
}

// parsePosition reads digits only; ParseInt alone would take a sign.
func parsePosition(s string) (n int64, ok bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
