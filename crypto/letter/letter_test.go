package letter

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var meta = Meta{
	Kind:     KindFirst,
	Mailbox:  [16]byte{0xff, 1, 2},
	Envelope: [16]byte{0xfe, 3, 4},
	Author:   [8]byte{5, 6},
	Seq:      1,
	Seen:     map[[8]byte]int64{},
}

type file struct{ name, data string }

func write(t testing.TB, meta Meta, message string, files ...file) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := NewWriter(&buf)
	infos := []FileInfo{}
	must(t, w.Meta(meta))
	must(t, w.Message(message))
	for _, f := range files {
		must(t, w.File(f.name, int64(len(f.data)), strings.NewReader(f.data)))
		infos = append(infos, FileInfo{f.name, int64(len(f.data))})
	}
	must(t, w.Close())
	if want := Size(meta, message, infos); int64(buf.Len()) != want {
		t.Errorf("the letter has %d bytes, and was said to have %d", buf.Len(), want)
	}
	return buf.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content is a letter as a test looks at it.
type content struct {
	bare    bool
	meta    *Meta
	message string
	files   []file
}

func readAll(src io.Reader) (c content, err error) {
	r := NewReader(src)
	for {
		e, err := r.Next()
		if err == io.EOF {
			c.bare, c.meta = r.Bare(), r.Meta()
			return c, nil
		} else if err != nil {
			return content{}, err
		}
		data, err := io.ReadAll(e)
		if err != nil {
			return content{}, err
		}
		if int64(len(data)) != e.Size {
			return content{}, fmt.Errorf("an entry of %d bytes yields %d", e.Size, len(data))
		}
		switch e.Kind {
		case MessageEntry:
			c.message = string(data)
		case FileEntry:
			c.files = append(c.files, file{e.UntrustedName, string(data)})
		}
	}
}

var letters = map[string]struct {
	message string
	files   []file
}{
	"empty":   {},
	"message": {message: "Dear editor,\n\tمرحبا 😀\n"},
	"sizes": {"m", []file{
		{"0", ""}, {"1", "a"}, {"511", strings.Repeat("b", 511)}, {"512", strings.Repeat("c", 512)}, {"513", strings.Repeat("d", 513)},
		{"65535", strings.Repeat("e", 65535)}, {"65536", strings.Repeat("f", 65536)}, {"65537", strings.Repeat("g", 65537)},
	}},
	"names": {"m", []file{
		{"a.txt", "1"}, {"A.txt", "2"}, {"a b", "3"}, {"message.txt", "4"}, {"letter.json", "5"},
		{strings.Repeat("a", 94), "fits the name field"}, {strings.Repeat("b", 95), "does not"},
		{strings.Repeat("c", 200), "6"}, {strings.Repeat("ä", 100), "7"}, {"é", "8"}, {"报告.pdf", "9"}, {"a=b", "10"}, {"\ufffd", "11"},
	}},
	"message of the largest size": {message: strings.Repeat("x", MaxMessage)},
}

func TestRoundTrip(t *testing.T) {
	for name, l := range letters {
		data := write(t, meta, l.message, l.files...)
		for _, src := range []io.Reader{bytes.NewReader(data), iotest.DataErrReader(bytes.NewReader(data)), iotest.HalfReader(bytes.NewReader(data))} {
			got, err := readAll(src)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got.bare || !reflect.DeepEqual(*got.meta, meta) || got.message != l.message || !reflect.DeepEqual(got.files, l.files) {
				t.Errorf("%s: not the same letter", name)
			}
		}
	}
}

// A letter is what archive/tar writes when told nothing but names and sizes.
func TestCanonicalForm(t *testing.T) {
	for name, l := range letters {
		var buf bytes.Buffer
		w := tar.NewWriter(&buf)
		add := func(name, data string) {
			must(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644, ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}))
			io.WriteString(w, data)
		}
		add("letter.json", `{"version":1,"kind":"first","mailbox":"_wECAAAAAAAAAAAAAAAAAA","envelope":"_gMEAAAAAAAAAAAAAAAAAA","author":"BQYAAAAAAAA","seq":1,"seen":{}}`)
		add("message.txt", l.message)
		for _, f := range l.files {
			add("files/"+f.name, f.data)
		}
		must(t, w.Close())
		buf.Write(make([]byte, PaddedSize(int64(buf.Len()))-int64(buf.Len())))
		if !bytes.Equal(write(t, meta, l.message, l.files...), buf.Bytes()) {
			t.Errorf("%s: differs", name)
		}
	}
}

// The size of a letter takes a step where Padmé does: the archive is brought to
// each boundary, a block before and a block after.
func TestPaddingBoundaries(t *testing.T) {
	empty := int64(3*512 + 512 + 2*512) // three headers, letter.json, the end
	for _, boundary := range []int64{32 << 10, 34 << 10, 64 << 10, 66 << 10, 1 << 20} {
		for _, n := range []int64{boundary - 512, boundary, boundary + 512} {
			data := write(t, meta, "", file{"f", strings.Repeat("x", int(n-empty))})
			if got := int64(len(data)); got != PaddedSize(n) || (n <= boundary) != (got <= boundary) {
				t.Errorf("an archive of %d bytes is padded to %d", n, got)
			}
			if _, err := readAll(bytes.NewReader(data)); err != nil {
				t.Errorf("an archive of %d bytes: %v", n, err)
			}
		}
	}
}

func TestSize(t *testing.T) {
	const gib = 1 << 30
	small := Size(meta, "", []FileInfo{{"f", 8*gib - 1}})
	if small != PaddedSize(3*512+512+2*512+512+8*gib) { // the file is filled up to a block
		t.Errorf("8 GiB - 1: %d", small)
	}
	// From 8 GiB the size needs a PAX header: 1024 bytes more, before padding.
	for size, want := range map[int64]int{8*gib - 1: 512, 8 * gib: 1536} {
		header, err := canonicalHeader("files/f", size)
		if err != nil || len(header) != want {
			t.Errorf("the header of a file of %d bytes has %d", size, len(header))
		}
	}
	badMeta := meta
	badMeta.Seq = 0
	for name, size := range map[string]int64{
		"negative":     Size(meta, "", []FileInfo{{"f", -1}}),
		"overflow":     Size(meta, "", []FileInfo{{"f", 1<<63 - 1}, {"g", 1<<63 - 1}}),
		"sum":          Size(meta, "", []FileInfo{{"f", 1 << 52}, {"g", 1 << 52}, {"h", 1 << 52}}),
		"message":      Size(meta, strings.Repeat("x", MaxMessage+1), nil),
		"many files":   Size(meta, "", make([]FileInfo, MaxFiles+1)),
		"a zero byte":  Size(meta, "", []FileInfo{{"a\x00b", 1}}),
		"letter.json":  Size(badMeta, "", nil),
		"empty struct": Size(Meta{}, "", nil),
	} {
		if size != -1 {
			t.Errorf("%s: %d", name, size)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	ready := func() *Writer {
		w := NewWriter(io.Discard)
		must(t, w.Meta(meta))
		must(t, w.Message(""))
		return w
	}
	with := func(change func(*Meta)) Meta {
		m := meta
		change(&m)
		return m
	}
	broken := errors.New("disk full")
	for name, c := range map[string]struct {
		err  error
		want error // nil: any
	}{
		"message first":      {NewWriter(io.Discard).Message(""), ErrOrder},
		"file first":         {NewWriter(io.Discard).File("a", 0, strings.NewReader("")), ErrOrder},
		"close first":        {NewWriter(io.Discard).Close(), ErrOrder},
		"second meta":        {ready().Meta(meta), ErrOrder},
		"second message":     {ready().Message(""), ErrOrder},
		"kind":               {NewWriter(io.Discard).Meta(with(func(m *Meta) { m.Kind = "postcard" })), ErrKind},
		"seq 0":              {NewWriter(io.Discard).Meta(with(func(m *Meta) { m.Seq = 0 })), ErrJSON},
		"seq too large":      {NewWriter(io.Discard).Meta(with(func(m *Meta) { m.Seq = 1 << 53 })), ErrJSON},
		"negative seen":      {NewWriter(io.Discard).Meta(with(func(m *Meta) { m.Seen = map[[8]byte]int64{{}: -1} })), ErrJSON},
		"too much seen":      {NewWriter(io.Discard).Meta(with(func(m *Meta) { m.Seen = manySeen(5000) })), ErrLimit},
		"unsafe name":        {ready().File("../a", 0, strings.NewReader("")), ErrName},
		"empty name":         {ready().File("", 0, strings.NewReader("")), ErrName},
		"file too short":     {ready().File("a", 2, strings.NewReader("a")), io.ErrUnexpectedEOF},
		"file too long":      {ready().File("a", 1, strings.NewReader("ab")), nil},
		"file fails":         {ready().File("a", 2, io.MultiReader(strings.NewReader("a"), iotest.ErrReader(broken))), broken},
		"file fails late":    {ready().File("a", 1, io.MultiReader(strings.NewReader("a"), iotest.ErrReader(broken))), broken},
		"negative size":      {ready().File("a", -1, strings.NewReader("")), ErrLimit},
		"message too long":   {messageError(strings.Repeat("x", MaxMessage+1)), ErrLimit},
		"message not UTF-8":  {messageError("caf\xe9"), nil},
		"writer below fails": {NewWriter(failingWriter{broken}).Meta(meta), broken},
	} {
		if c.err == nil || c.want != nil && !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}

	w := ready()
	must(t, w.File("a", 0, strings.NewReader("")))
	if err := w.File("a", 0, strings.NewReader("")); !errors.Is(err, ErrDuplicate) {
		t.Errorf("the same name twice: %v", err)
	}
	if err := w.Close(); !errors.Is(err, ErrDuplicate) {
		t.Errorf("a spoilt letter is closed: %v", err)
	}

	w = ready()
	for i := range MaxFiles {
		must(t, w.File(fmt.Sprint(i), 0, strings.NewReader("")))
	}
	if err := w.File("one more", 0, strings.NewReader("")); !errors.Is(err, ErrLimit) {
		t.Errorf("1001 files: %v", err)
	}

	w = ready()
	must(t, w.Close())
	if err := w.Close(); !errors.Is(err, ErrOrder) {
		t.Errorf("closed twice: %v", err)
	}
}

func messageError(text string) error {
	w := NewWriter(io.Discard)
	if err := w.Meta(meta); err != nil {
		return err
	}
	return w.Message(text)
}

func manySeen(n int) map[[8]byte]int64 {
	seen := map[[8]byte]int64{}
	for i := range n {
		seen[[8]byte{byte(i >> 8), byte(i)}] = 1
	}
	return seen
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
