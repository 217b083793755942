package letter

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// EntryKind says what an entry of a letter is.
type EntryKind int

const (
	MetaEntry    EntryKind = iota // letter.json, as it stands there
	MessageEntry                  // message.txt
	FileEntry
)

// Entry is one entry of a letter. Its reader is good until the next call of
// [Reader.Next].
type Entry struct {
	Kind EntryKind
	// UntrustedName is the path without "files/". Only of a bare letter it may
	// have slashes. Show it with [Visible], save it under [SafeName].
	UntrustedName string
	Size          int64 // bytes that the reader yields
	io.Reader
}

// Reader reads a letter, entry by entry. It holds no more than letter.json, one
// header and the names.
type Reader struct {
	source *source
	tar    *tar.Reader

	meta    *Meta
	bare    bool
	entries int
	files   int
	names   map[string]bool
	padding int64 // zeros that follow the data of the present entry
	started bool  // whether an entry of a bare letter was seen

	err error
}

// NewReader returns a reader of the letter that r yields.
func NewReader(r io.Reader) *Reader {
	s := &source{r: r}
	return &Reader{source: s, tar: tar.NewReader(s), names: map[string]bool{}}
}

// Bare reports whether the letter has no letter.json. It is known once Next has
// returned the first entry.
func (r *Reader) Bare() bool { return r.bare }

// Meta returns what letter.json says, once Next has returned the first entry; of
// a bare letter nil.
func (r *Reader) Meta() *Meta { return r.meta }

// Next skips what is left of the present entry and returns the next one. It
// returns io.EOF only when the letter has been read to its very end and nothing
// in it is wrong, and an error of the source as it came.
func (r *Reader) Next() (*Entry, error) {
	if r.err != nil {
		return nil, r.err
	}
	entry, err := r.next()
	r.err = err
	return entry, err
}

func (r *Reader) next() (*Entry, error) {
	for {
		header, err := r.header()
		if err == io.EOF {
			return nil, r.end()
		} else if err != nil {
			return nil, err
		}
		entry, err := r.entry(header)
		if entry != nil || err != nil {
			return entry, err
		}
	}
}

// header reads the next header and captures the bytes from the end of the data
// before it to its own end.
func (r *Reader) header() (*tar.Header, error) {
	if _, err := io.Copy(io.Discard, r.tar); err != nil {
		return nil, r.source.broken()
	}
	r.source.capture = r.source.capture[:0]
	r.source.capturing = true
	header, err := r.tar.Next()
	r.source.capturing = false
	if err != nil && (err != io.EOF || r.source.err != nil) {
		return nil, r.source.broken()
	}
	if err == nil && !plainSizeRecord.MatchString(header.PAXRecords["size"]) {
		return nil, ErrTar // "+1" is one to some
	}
	return header, err
}

// entry checks a header and makes an entry of it, nil for a folder of a bare
// letter.
func (r *Reader) entry(h *tar.Header) (*Entry, error) {
	name, err := r.check(h)
	if err != nil {
		return nil, err
	}
	if r.bare && !r.isPlain(h) || !r.bare && !r.isCanonical(name, h.Size) {
		return nil, ErrCanonical
	}
	if name == "" {
		r.padding = 0
		return nil, nil
	}
	r.padding = blockPadding(h.Size)
	r.names[name] = true
	r.entries++
	e := &Entry{Kind: FileEntry, UntrustedName: strings.TrimPrefix(name, filesDir), Size: h.Size, Reader: r.tar}
	switch name {
	case metaName:
		return r.metaEntry(e)
	case messageName:
		e.Kind = MessageEntry
		if h.Size > MaxMessage || h.Size > 0 && r.meta != nil && !r.meta.hasMessage() {
			return nil, ErrLimit
		}
	default:
		if r.files++; r.files > MaxFiles || r.meta != nil && !r.meta.hasFiles() {
			return nil, ErrLimit
		}
	}
	e.Reader = dataReader{r}
	return e, nil
}

// check returns the entry's path if it may stand where it stands, and "" for a
// folder that is passed over.
func (r *Reader) check(h *tar.Header) (string, error) {
	name, err := cleanPath(h.Name)
	if r.entries == 0 && !r.bare {
		r.bare = err != nil || name != metaName
	}
	folder := r.bare && h.Typeflag == tar.TypeDir
	switch {
	case h.Typeflag != tar.TypeReg && !folder || isSparse(h):
		return "", ErrType
	case err != nil:
		return "", err
	case !folder && (name == "." || strings.HasSuffix(h.Name, "/") || strings.HasSuffix(h.Name, "/.")):
		return "", ErrName
	case r.names[name] || r.bare && r.isBlocked(name, folder):
		return "", ErrDuplicate
	case folder:
		return "", nil
	case r.bare && name == metaName:
		return "", ErrOrder
	case r.bare:
		return name, nil
	}
	return name, r.checkPlace(name)
}

// isBlocked reports whether a path leads through what is a file already, or is
// a folder of one: one program puts the one in the place of the other, another
// has no room for it.
func (r *Reader) isBlocked(name string, folder bool) bool {
	within := func(name, folder string) bool {
		return len(name) > len(folder) && name[len(folder)] == '/' && strings.HasPrefix(name, folder)
	}
	for file := range r.names {
		if within(name, file) || !folder && within(file, name) {
			return true
		}
	}
	return false
}

// checkPlace checks a path of a letter that is not bare against its turn.
func (r *Reader) checkPlace(name string) error {
	switch r.entries {
	case 0:
		return nil // it is letter.json, or the letter would be bare
	case 1:
		if name != messageName {
			return ErrOrder
		}
		return nil
	}
	file, ok := strings.CutPrefix(name, filesDir)
	if !ok || strings.Contains(file, "/") || !utf8.ValidString(file) {
		return ErrName
	}
	return nil
}

// isCanonical compares what was captured with what a writer would have written.
func (r *Reader) isCanonical(name string, size int64) bool {
	want, err := canonicalHeader(name, size)
	return err == nil && r.captured(want)
}

// isPlain looks at the headers of a bare letter's entry, and at how it begins.
func (r *Reader) isPlain(h *tar.Header) bool {
	raw := r.source.capture[min(r.padding, int64(len(r.source.capture))):]
	first := !r.started
	r.started = true
	return len(raw) <= maxHeader && isPlain(raw, h) && (!first || isPlainStart(raw))
}

// captured reports whether what was captured is the padding of the entry before
// and then exactly want.
func (r *Reader) captured(want []byte) bool {
	got := r.source.capture
	return int64(len(got)) == r.padding+int64(len(want)) &&
		isZero(got[:r.padding]) && bytes.Equal(got[r.padding:], want)
}

func (r *Reader) metaEntry(e *Entry) (*Entry, error) {
	e.Kind = MetaEntry
	if e.Size > MaxCopyMeta {
		return nil, ErrLimit
	}
	data, err := io.ReadAll(r.tar)
	if err != nil {
		return nil, r.source.broken()
	}
	if r.meta, err = parseMeta(data); err != nil {
		return nil, err
	}
	e.Reader = bytes.NewReader(data)
	return e, nil
}

// end checks what archive/tar does not look at: that both zero blocks are there,
// that nothing but zeros follows, and that the size is a padded one.
func (r *Reader) end() error {
	got := r.source.capture
	if r.entries == 0 || int64(len(got)) != r.padding+2*blockSize || !isZero(got[r.padding:]) {
		return ErrTar
	}
	switch {
	case !r.bare && !isZero(got[:r.padding]):
		return ErrCanonical
	case !r.bare && r.entries == 1:
		return ErrOrder // the message is missing
	}
	return r.rest()
}

// rest reads to the very end. Other programs read on behind the end of a tar, or
// look for another archive there.
func (r *Reader) rest() error {
	length := r.source.n
	block := make([]byte, 32<<10)
	for {
		n, err := r.source.Read(block)
		if !isZero(block[:n]) {
			return ErrTrailing
		}
		if err == io.EOF {
			break
		} else if err != nil {
			return r.source.broken()
		}
	}
	if !r.bare && r.source.n != PaddedSize(length) {
		return ErrPadding
	}
	return io.EOF
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// dataReader reads the data of the present entry.
type dataReader struct{ r *Reader }

func (d dataReader) Read(b []byte) (int, error) {
	n, err := d.r.tar.Read(b)
	if err != nil && err != io.EOF {
		err = d.r.source.broken()
	}
	return n, err
}

// source counts what is read from a letter, captures headers, and remembers an
// error of the reader below: a damaged envelope or a broken connection is no
// malformed tar.
type source struct {
	r         io.Reader
	n         int64
	err       error
	capturing bool
	capture   []byte
}

// maxCapture is more than a letter's headers can have; of what is longer no more
// needs to be known.
const maxCapture = maxHeader + 2*blockSize

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.n += int64(n)
	if s.capturing {
		s.capture = append(s.capture, b[:min(n, maxCapture-len(s.capture))]...)
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// broken returns what went wrong below, or ErrTar if nothing did.
func (s *source) broken() error {
	if s.err != nil {
		return fmt.Errorf("couldn't read the letter: %w", s.err)
	}
	return ErrTar
}
