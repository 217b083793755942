package letter

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// Neither a large letter nor headers without end are held in memory.
func TestMemory(t *testing.T) {
	const size = 64 << 20
	large := func() io.Reader {
		r, w := io.Pipe()
		go func() {
			l := NewWriter(w)
			err := errors.Join(l.Meta(meta), l.Message(""), l.File("a", size, io.LimitReader(zeros{}, size)), l.Close())
			w.CloseWithError(err)
		}()
		return r
	}
	meta := strings.NewReader(string(paxHeader("comment", strings.Repeat("x", 100_000))))
	for name, c := range map[string]struct {
		src  io.Reader
		want error
	}{
		"a large file":         {large(), nil},
		"headers without end":  {io.LimitReader(&repeat{meta}, size), ErrTar},
		"zeros without end":    {io.MultiReader(bytes.NewReader(good()), io.LimitReader(zeros{}, size)), ErrPadding},
		"folders without end":  {io.LimitReader(&repeat{bytes.NewReader(entry(tar.Header{Typeflag: tar.TypeDir, Name: "a/"}, ""))}, size), ErrTar},
		"a file without bytes": {bytes.NewReader(change(regular("a", ""), 124, []byte("77777777777")...)), ErrTar},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r := NewReader(c.src)
		var err error
		for err == nil {
			_, err = r.Next()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if c.want == nil && err != io.EOF || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 1<<20 {
			t.Errorf("%s: %d bytes are held", name, held)
		}
		runtime.KeepAlive(r)
	}
}

func good() []byte { return withMeta() }

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// repeat reads the same again and again.
type repeat struct{ io.ReadSeeker }

func (r *repeat) Read(b []byte) (int, error) {
	n, err := r.ReadSeeker.Read(b)
	if err == io.EOF {
		r.Seek(0, io.SeekStart)
		return r.ReadSeeker.Read(b)
	}
	return n, err
}

// FuzzReader: whatever is read as a letter with letter.json is written as the
// same bytes again. A bare letter only has to be harmless. The end of the
// archive and its padding are put behind the input, or the fuzzer would have
// little but zeros to play with.
func FuzzReader(f *testing.F) {
	seeds := [][]byte{
		withMeta(regular("files/a", "aaa"), regular("files/ä", ""), regular("files/"+strings.Repeat("b", 120), "b")),
		withMeta(paxHeader("path", "files/a"), regular("files/a", "")),
		join(entry(tar.Header{Name: "./a/b", Format: tar.FormatGNU, Uname: "alice"}, "x")),
		join(regular(strings.Repeat("a", 300), "x"), regular("message.txt", "y")),
		withMeta(globalHeader()),
	}
	for _, seed := range seeds {
		f.Add(bytes.TrimRight(seed, "\x00"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = join(data, make([]byte, blockPadding(int64(len(data)))))
		var again bytes.Buffer
		w := NewWriter(&again)
		r := NewReader(bytes.NewReader(data))
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			} else if err != nil {
				return
			}
			name := e.UntrustedName
			if e.Kind == FileEntry {
				name = filesDir + name
			}
			if strings.HasPrefix(e.UntrustedName, "/") || strings.Contains("/"+e.UntrustedName+"/", "/../") {
				t.Fatalf("the name %q got through", e.UntrustedName)
			}
			if err := w.entry(name, e.Size, e); err != nil && !r.Bare() {
				t.Fatalf("%q: %v", e.UntrustedName, err)
			}
		}
		if r.Bare() {
			return
		}
		w.stage = wantFile
		if err := w.Close(); err != nil || !bytes.Equal(data, again.Bytes()) {
			t.Error("written again, the letter differs")
		}
	})
}
