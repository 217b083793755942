package letter

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestBare(t *testing.T) {
	long := strings.Repeat("long-", 40) + "name.pdf"
	for _, format := range []tar.Format{tar.FormatGNU, tar.FormatPAX} {
		in := func(name, data string) []byte {
			h := tar.Header{
				Name: name, Format: format, Uid: 1000, Gid: 1000, Uname: "alice", Gname: "staff",
				ModTime: time.Unix(1_700_000_000, 0), Mode: 0o600,
			}
			if strings.HasSuffix(name, "/") {
				h.Typeflag = tar.TypeDir
			}
			return entry(h, data)
		}
		tarred := bytes.Join([][]byte{
			in("./", ""), in("./message.txt", "hello"), in("./files/", ""), in("./files/a.txt", "1"),
			in("b/", ""), in("b/c.txt", "2"), in(long, "3"), in("报告", "4"), in("caf\xe9", "5"), in("files/letter.json", "6"),
			endBlocks,
		}, nil)
		want := content{bare: true, message: "hello", files: []file{
			{"a.txt", "1"}, {"b/c.txt", "2"}, {long, "3"}, {"报告", "4"}, {"caf\xe9", "5"}, {"letter.json", "6"},
		}}
		// Stock tools pad to what they like.
		for _, zeros := range []int{0, 1, 512, 9000, 100_000} {
			got, err := readAll(bytes.NewReader(append(bytes.Clone(tarred), make([]byte, zeros)...)))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v, %d zeros: %+v, %v", format, zeros, got, err)
			}
		}
	}
}

func TestPad(t *testing.T) {
	for _, n := range []int{0, 512, 30_000, 65536, 200_000} {
		tarred := append(regular("a", strings.Repeat("x", n)), endBlocks...)
		var padded, again bytes.Buffer
		must(t, Pad(&padded, bytes.NewReader(tarred)))
		if int64(padded.Len()) != PaddedSize(int64(len(tarred))) || !bytes.HasPrefix(padded.Bytes(), tarred) {
			t.Errorf("%d bytes are padded to %d", len(tarred), padded.Len())
		}
		if c, err := readAll(bytes.NewReader(padded.Bytes())); err != nil || !c.bare {
			t.Errorf("%d bytes: %v", n, err)
		}
		must(t, Pad(&again, bytes.NewReader(padded.Bytes())))
		if !bytes.Equal(padded.Bytes(), again.Bytes()) {
			t.Errorf("%d bytes: padded twice is not padded once", n)
		}
	}
	broken := errors.New("disk full")
	for name, c := range map[string]struct {
		w    io.Writer
		r    io.Reader
		want error
	}{
		"a climbing name": {io.Discard, bytes.NewReader(join(regular("../a", ""))), ErrName},
		"no tar":          {io.Discard, strings.NewReader("text"), ErrTar},
		"a letter":        {io.Discard, bytes.NewReader(append(bytes.Join([][]byte{metaPart, messagePart}, nil), endBlocks...)), ErrPadding},
		"full disk":       {failingWriter{broken}, bytes.NewReader(join(regular("a", ""))), broken},
		"broken source":   {io.Discard, iotest.ErrReader(broken), broken},
	} {
		if err := Pad(c.w, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
