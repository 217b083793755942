package letter

import (
	"archive/tar"
	"bytes"
	"path"
	"regexp"
	"strings"
	"time"
)

// canonicalHeader returns the one header (a block, or a PAX header and a block)
// under which a letter holds a file: what archive/tar writes when it is told
// nothing but the name and the size.
func canonicalHeader(name string, size int64) ([]byte, error) {
	var buf bytes.Buffer
	err := tar.NewWriter(&buf).WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg,
		Name:     name,
		Size:     size,
		Mode:     0o644,
		ModTime:  time.Unix(0, 0),
		Format:   tar.FormatPAX, // USTAR where that is enough
	})
	return buf.Bytes(), err
}

// blockPadding returns how many zeros follow n bytes in a tar.
func blockPadding(n int64) int64 { return -n & (blockSize - 1) }

// FileInfo is what the size of a letter depends on.
type FileInfo struct {
	Name string // as in the letter: safe and unique
	Size int64  // bytes
}

// Size returns the exact size of the padded letter that a [Writer] would write,
// so that a sender knows it before sealing. Of the message only the length
// counts. It returns -1 for what the writer would refuse.
func Size(meta Meta, message string, files []FileInfo) int64 {
	data, err := meta.encode()
	if err != nil || len(message) > MaxMessage || len(files) > MaxFiles ||
		message != "" && !meta.hasMessage() || len(files) > 0 && !meta.hasFiles() {
		return -1
	}
	entries := []FileInfo{{metaName, int64(len(data))}, {messageName, int64(len(message))}}
	for _, f := range files {
		entries = append(entries, FileInfo{filesDir + f.Name, f.Size})
	}
	total := int64(2 * blockSize)
	for _, e := range entries {
		header, err := canonicalHeader(e.Name, e.Size)
		if err != nil || e.Size < 0 || e.Size > maxSize-total {
			return -1
		}
		total += int64(len(header)) + e.Size + blockPadding(e.Size)
	}
	return PaddedSize(total)
}

// maxSize keeps sums far from overflowing; no page can count further.
const maxSize = 1<<53 - 1

// isSparse reports whether a header describes a file with holes. archive/tar
// reads those of PAX as regular files; what stands in the tar is then not what
// was read from it.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

// drive is what bsdtar takes off a path: "c:a" unpacks as "a".
var drive = regexp.MustCompile(`^[A-Za-z]:`)

// cleanPath checks an untrusted path and returns its one spelling: relative,
// without "." or doubled slashes; "." for the folder itself. Backslashes and
// drive letters count as what they are on Windows. ErrLimit, ErrName.
func cleanPath(untrusted string) (string, error) {
	if len(untrusted) > maxPath {
		return "", ErrLimit
	}
	slashed := strings.ReplaceAll(untrusted, `\`, "/")
	if slashed == "" || slashed[0] == '/' || strings.ContainsRune(slashed, 0) ||
		len(slashed) > 2 && slashed[1:3] == ":/" || drive.MatchString(slashed) {
		return "", ErrName
	}
	for _, segment := range strings.Split(slashed, "/") {
		if segment == ".." {
			return "", ErrName
		}
	}
	return path.Clean(untrusted), nil
}
