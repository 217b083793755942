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

const goodJSON = `{"version":1,"kind":"first","mailbox":"_wECAAAAAAAAAAAAAAAAAA","envelope":"_gMEAAAAAAAAAAAAAAAAAA","author":"BQYAAAAAAAA","seq":1,"seen":{}}`

// entry writes one tar entry as archive/tar does for this header.
func entry(h tar.Header, data string) []byte {
	var buf bytes.Buffer
	if h.Typeflag == 0 {
		h.Typeflag = tar.TypeReg
	}
	if h.Mode == 0 {
		h.Mode = 0o644
	}
	h.Size = int64(len(data))
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&h); err != nil {
		panic(err)
	}
	io.WriteString(w, data)
	if err := w.Flush(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func regular(name, data string) []byte {
	return entry(tar.Header{Name: name, Format: tar.FormatPAX}, data)
}

var (
	metaPart    = regular("letter.json", goodJSON)
	messagePart = regular("message.txt", "hello")
	endBlocks   = make([]byte, 1024)
)

// join makes a padded letter of entries.
func join(parts ...[]byte) []byte {
	data := append(bytes.Join(parts, nil), endBlocks...)
	return append(data, make([]byte, PaddedSize(int64(len(data)))-int64(len(data)))...)
}

func withMeta(parts ...[]byte) []byte {
	return join(append([][]byte{metaPart, messagePart}, parts...)...)
}

// change edits a header block and corrects its checksum.
func change(data []byte, at int, b ...byte) []byte {
	data = bytes.Clone(data)
	copy(data[at:], b)
	copy(data[148:156], "        ")
	sum := 0
	for _, c := range data[:512] {
		sum += int(c)
	}
	copy(data[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return data
}

func TestReaderRefuses(t *testing.T) {
	link := func(kind byte, name string) []byte {
		return entry(tar.Header{Typeflag: kind, Name: name, Linkname: "/etc/passwd"}, "")
	}
	node := func(kind byte, name string) []byte { return entry(tar.Header{Typeflag: kind, Name: name}, "") }
	sparse := append(paxHeader("GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.name", "files/a", "GNU.sparse.realsize", "1000000"),
		regular("files/a", "1\n0\n1\n"+strings.Repeat("\x00", 506)+"x")...)
	many := func(prefix string, n int) (parts []byte) {
		for i := range n {
			parts = append(parts, regular(fmt.Sprintf("%s%d", prefix, i), "")...)
		}
		return parts
	}
	json := func(text string) []byte { return join(regular("letter.json", text), messagePart) }
	edit := func(old, new string) []byte { return json(strings.Replace(goodJSON, old, new, 1)) }
	good := withMeta(regular("files/a", "aaa"))

	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                   {nil, ErrTar},
		"zeros":                     {make([]byte, 32768), ErrTar},
		"text":                      {[]byte(strings.Repeat("To whom it may concern. ", 2000)), ErrTar},
		"gzip":                      {append([]byte{0x1f, 0x8b, 8}, make([]byte, 40000)...), ErrTar},
		"a folder alone":            {join(node(tar.TypeDir, "files/")), ErrTar},
		"no end":                    {bytes.Join([][]byte{metaPart, messagePart}, nil), ErrTar},
		"half an end":               {append(bytes.Join([][]byte{metaPart, messagePart}, nil), make([]byte, 512)...), ErrTar},
		"no end, bare":              {regular("a", "b"), ErrTar},
		"half an end, bare":         {append(regular("a", "b"), make([]byte, 512)...), ErrTar},
		"one zero block inside":     {join(metaPart, make([]byte, 512), messagePart), ErrTar},
		"checksum":                  {join(metaPart, append([]byte("x"), messagePart[1:]...)), ErrTar},
		"negative size":             {join(metaPart, messagePart, change(regular("files/a", ""), 124, bytes.Repeat([]byte{0xff}, 12)...)), ErrTar},
		"size beyond the end":       {join(metaPart, messagePart, change(regular("files/a", ""), 124, []byte("77777777777")...)), ErrTar},
		"meta header at the end":    {join(metaPart, messagePart, change(regular("files/a", ""), 156, 'x')), ErrTar},
		"PAX record of 2 MiB":       {join(paxHeader("comment", strings.Repeat("x", 2<<20)), regular("a", "b")), ErrTar},
		"symbolic link":             {withMeta(link(tar.TypeSymlink, "files/a")), ErrType},
		"hard link":                 {withMeta(link(tar.TypeLink, "files/a")), ErrType},
		"character device":          {withMeta(node(tar.TypeChar, "files/a")), ErrType},
		"block device":              {withMeta(node(tar.TypeBlock, "files/a")), ErrType},
		"fifo":                      {withMeta(node(tar.TypeFifo, "files/a")), ErrType},
		"folder":                    {withMeta(node(tar.TypeDir, "files/")), ErrType},
		"contiguous":                {withMeta(change(regular("files/a", ""), 156, '7')), ErrType},
		"unknown type":              {withMeta(change(regular("files/a", ""), 156, 'Z')), ErrType},
		"sparse":                    {withMeta(sparse), ErrType},
		"global header":             {withMeta(globalHeader(), regular("files/a", "")), ErrType},
		"letter.json is a link":     {join(link(tar.TypeSymlink, "letter.json"), messagePart), ErrType},
		"symbolic link, bare":       {join(link(tar.TypeSymlink, "a")), ErrType},
		"hard link, bare":           {join(link(tar.TypeLink, "a")), ErrType},
		"device, bare":              {join(node(tar.TypeChar, "a")), ErrType},
		"sparse, bare":              {join(sparse), ErrType},
		"old sparse, bare":          {join(change(entry(tar.Header{Name: "a", Format: tar.FormatGNU}, ""), 156, 'S')), ErrType},
		"global header, bare":       {join(globalHeader(), regular("a", "")), ErrType},
		"climbing":                  {withMeta(regular("files/../../a", "")), ErrName},
		"climbing to itself":        {withMeta(regular("files/..", "")), ErrName},
		"absolute":                  {withMeta(regular("/etc/passwd", "")), ErrName},
		"outside files":             {withMeta(regular("a", "")), ErrName},
		"files itself":              {withMeta(regular("files", "")), ErrName},
		"two segments":              {withMeta(regular("files/a/b", "")), ErrName},
		"no segment":                {withMeta(change(regular("files!", ""), 5, '/')), ErrName},
		"climbing on Windows":       {withMeta(regular(`files/..\..\a`, "")), ErrName},
		"not UTF-8":                 {withMeta(regular("files/\xff", "")), ErrName},
		"empty":                     {withMeta(change(regular("x", ""), 0, 0)), ErrName},
		"climbing, bare":            {join(regular("../a", "")), ErrName},
		"climbing inside, bare":     {join(regular("a/../../b", "")), ErrName},
		"climbing and back, bare":   {join(regular("a/../b", "")), ErrName},
		"absolute, bare":            {join(regular("/a", "")), ErrName},
		"drive, bare":               {join(regular(`C:\a`, "")), ErrName},
		"share, bare":               {join(regular(`\\server\a`, "")), ErrName},
		"the folder itself, bare":   {join(regular(".", "")), ErrName},
		"climbing folder, bare":     {join(node(tar.TypeDir, "../a/"), regular("b", "")), ErrName},
		"slash at the end, bare":    {join(change(regular("a!", ""), 1, '/')), ErrName},
		"duplicate":                 {withMeta(regular("files/a", "1"), regular("files/a", "2")), ErrDuplicate},
		"second letter.json":        {withMeta(metaPart), ErrDuplicate},
		"second message":            {withMeta(messagePart), ErrDuplicate},
		"duplicate, bare":           {join(regular("a", "1"), regular("a", "2")), ErrDuplicate},
		"cleaned duplicate, bare":   {join(regular("a/b", "1"), regular("./a//b", "2")), ErrDuplicate},
		"no message":                {join(metaPart), ErrOrder},
		"file before the message":   {join(metaPart, regular("files/a", ""), messagePart), ErrOrder},
		"letter.json later":         {join(messagePart, metaPart), ErrOrder},
		"letter.json hidden later":  {join(messagePart, regular("./letter.json", goodJSON)), ErrOrder},
		"letter.json after folder":  {join(node(tar.TypeDir, "./"), metaPart, messagePart), ErrOrder},
		"owner name":                {withMeta(entry(tar.Header{Name: "files/a", Uname: "alice"}, "")), ErrCanonical},
		"owner":                     {withMeta(entry(tar.Header{Name: "files/a", Uid: 1000}, "")), ErrCanonical},
		"group":                     {withMeta(entry(tar.Header{Name: "files/a", Gid: 1000}, "")), ErrCanonical},
		"mode":                      {withMeta(entry(tar.Header{Name: "files/a", Mode: 0o755}, "")), ErrCanonical},
		"time":                      {withMeta(entry(tar.Header{Name: "files/a", ModTime: time.Unix(1_700_000_000, 0)}, "")), ErrCanonical},
		"time in letter.json":       {join(entry(tar.Header{Name: "letter.json", ModTime: time.Unix(1, 0)}, goodJSON), messagePart), ErrCanonical},
		"GNU":                       {withMeta(entry(tar.Header{Name: "files/a", Format: tar.FormatGNU}, "")), ErrCanonical},
		"GNU long name":             {withMeta(entry(tar.Header{Name: "files/" + strings.Repeat("a", 150), Format: tar.FormatGNU}, "")), ErrCanonical},
		"PAX comment":               {withMeta(entry(tar.Header{Name: "files/a", PAXRecords: map[string]string{"comment": "hidden"}}, "")), ErrCanonical},
		"PAX without need":          {withMeta(paxHeader("path", "files/a"), regular("files/a", "")), ErrCanonical},
		"PAX twice":                 {withMeta(paxHeader("path", "files/b"), regular("files/ä", "")), ErrCanonical},
		"old type":                  {withMeta(change(regular("files/a", ""), 156, 0)), ErrCanonical},
		"link name":                 {withMeta(change(regular("files/a", ""), 157, 'x')), ErrCanonical},
		"after the name":            {withMeta(change(regular("files/a", ""), 50, 'x')), ErrCanonical},
		"dot in front":              {join(regular("./letter.json", goodJSON), messagePart), ErrCanonical},
		"double slash":              {withMeta(regular("files//a", "")), ErrCanonical},
		"filled with other bytes":   {withMeta(fill(regular("files/a", "aaa"), 'x')), ErrCanonical},
		"filled, and a file after":  {withMeta(fill(regular("files/a", "aaa"), 'x'), regular("files/b", "")), ErrCanonical},
		"something after the end":   {overwrite(good, len(good)-1, 1), ErrTrailing},
		"a second archive":          {append(bytes.Clone(good), good...), ErrTrailing},
		"a second archive, bare":    {append(join(regular("a", "b")), good...), ErrTrailing},
		"something after, bare":     {overwrite(join(regular("a", "b")), 32000, 1), ErrTrailing},
		"not padded":                {good[:5*512+1024+512], ErrPadding},
		"a zero too few":            {good[:len(good)-1], ErrPadding},
		"a zero too many":           {append(bytes.Clone(good), 0), ErrPadding},
		"the next size":             {append(bytes.Clone(good), make([]byte, 2048)...), ErrPadding},
		"no JSON":                   {json("{"), ErrJSON},
		"empty JSON":                {json(""), ErrJSON},
		"duplicate key":             {edit(`"seq":1`, `"seq":1,"seq":1`), ErrJSON},
		"unknown key":               {edit(`"seq":1`, `"seq":1,"x":1`), ErrJSON},
		"missing key":               {edit(`"seq":1,`, ``), ErrJSON},
		"seq 0":                     {edit(`"seq":1`, `"seq":0`), ErrJSON},
		"seq 1.0":                   {edit(`"seq":1`, `"seq":1.0`), ErrJSON},
		"seen of a short author":    {edit(`{}`, `{"AAAA":1}`), ErrJSON},
		"seen of an author twice":   {edit(`{}`, `{"AAAAAAAAAAA":1,"AAAAAAAAAAA":1}`), ErrJSON},
		"seen with spare bits":      {edit(`{}`, `{"AAAAAAAAAAB":1}`), ErrJSON},
		"ID in base32":              {edit(`_wECAAAAAAAAAAAAAAAAAA`, `aaaaaaaaaaaaaaaaaaaaaaaaaa`), ErrJSON},
		"version 2":                 {edit(`"version":1`, `"version":2`), ErrVersion},
		"version as text":           {edit(`"version":1`, `"version":"1"`), ErrVersion},
		"no version":                {edit(`"version":1,`, ``), ErrVersion},
		"another kind":              {edit(`first`, `postcard`), ErrKind},
		"another kind and more":     {edit(`"first"`, `"postcard","proof":"x"`), ErrKind},
		"kind as number":            {edit(`"first"`, `1`), ErrKind},
		"letter.json of 64 KiB + 1": {edit(`{"v`, strings.Repeat(" ", MaxMeta+1-len(goodJSON))+`{"v`), ErrLimit},
		"letter.json of 1 MiB":      {edit(`{"v`, strings.Repeat(" ", 1<<20)+`{"v`), ErrLimit},
		"message of 1 MiB + 1":      {join(metaPart, regular("message.txt", strings.Repeat("x", MaxMessage+1))), ErrLimit},
		"bare message too":          {join(regular("message.txt", strings.Repeat("x", MaxMessage+1))), ErrLimit},
		"1001 files":                {withMeta(many("files/", MaxFiles+1)), ErrLimit},
		"1001 files, bare":          {join(many("", MaxFiles+1)), ErrLimit},
		"a path of 4097 bytes":      {join(regular(strings.Repeat("a", maxPath+1), "")), ErrLimit},
		"a path of 1 MB":            {withMeta(regular("files/"+strings.Repeat("a", 1_000_000), "")), ErrLimit},
	} {
		if _, err := readAll(bytes.NewReader(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, data := range map[string][]byte{
		"the letter that is changed": good,
		"1000 files":                 withMeta(many("files/", MaxFiles)),
		"letter.json of 64 KiB":      edit(`{"v`, strings.Repeat(" ", MaxMeta-len(goodJSON))+`{"v`),
		"seen":                       edit(`{}`, `{"AAAAAAAAAAA":0,"BQYAAAAAAAA":9007199254740991}`),
		"white space":                edit(`{"v`, " \n{ \"v"),
	} {
		if c, err := readAll(bytes.NewReader(data)); err != nil || c.bare {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// paxHeader writes an extended header alone, of keys and values.
func paxHeader(pairs ...string) []byte {
	records := ""
	for i := 0; i < len(pairs); i += 2 {
		record := " " + pairs[i] + "=" + pairs[i+1] + "\n"
		n := len(record)
		for len(fmt.Sprint(n))+len(record) != n {
			n++
		}
		records += fmt.Sprint(n) + record
	}
	return change(regular("PaxHeaders.0/x", records), 156, 'x')
}

func globalHeader() []byte {
	var buf bytes.Buffer
	h := tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "g", PAXRecords: map[string]string{"path": "a"}}
	if err := tar.NewWriter(&buf).WriteHeader(&h); err != nil {
		panic(err)
	}
	return append(buf.Bytes(), make([]byte, blockPadding(int64(buf.Len())))...)
}

func overwrite(data []byte, at int, b byte) []byte {
	data = bytes.Clone(data)
	data[at] = b
	return data
}

// fill puts a byte into the space between the data and the next block.
func fill(entry []byte, b byte) []byte { return overwrite(entry, len(entry)-1, b) }

func TestCheckPlace(t *testing.T) {
	m := meta
	if err := m.CheckPlace(meta.Mailbox, meta.Envelope); err != nil {
		t.Error(err)
	}
	if err := m.CheckPlace([16]byte{}, meta.Envelope); !errors.Is(err, ErrElsewhere) {
		t.Errorf("another mailbox: %v", err)
	}
	if err := m.CheckPlace(meta.Mailbox, [16]byte{}); !errors.Is(err, ErrElsewhere) {
		t.Errorf("another envelope: %v", err)
	}
}

// Cut anywhere, a letter is refused; and no error of the source is taken for one
// of the letter.
func TestCut(t *testing.T) {
	data := write(t, meta, "hello", file{"a", strings.Repeat("x", 1000)}, file{"ä", "y"})
	broken := errors.New("connection reset")
	for n := 0; n < len(data); n += 1 + n%7*31 {
		if _, err := readAll(bytes.NewReader(data[:n])); err == nil {
			t.Fatalf("cut at %d: accepted", n)
		} else if archive := 512*11 + 1024; n < archive && !errors.Is(err, ErrTar) && !errors.Is(err, ErrOrder) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		for _, source := range []error{broken, io.ErrUnexpectedEOF} {
			_, err := readAll(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(source)))
			if !errors.Is(err, source) || errors.Is(err, ErrTar) {
				t.Fatalf("broken at %d: %v", n, err)
			}
		}
	}
}

// An error, once returned, is returned again.
func TestStickyError(t *testing.T) {
	r := NewReader(bytes.NewReader(withMeta(regular("files/../a", ""), regular("files/b", ""))))
	for {
		if _, err := r.Next(); err == nil {
			continue
		} else if !errors.Is(err, ErrName) {
			t.Fatal(err)
		}
		break
	}
	if _, err := r.Next(); !errors.Is(err, ErrName) {
		t.Errorf("after the error: %v", err)
	}
}

// Entries that nobody reads are checked all the same.
func TestSkipped(t *testing.T) {
	r := NewReader(bytes.NewReader(withMeta(regular("files/a", strings.Repeat("a", 5000)), regular("files/b", "b"))))
	var names []string
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		names = append(names, e.UntrustedName)
	}
	if want := []string{"letter.json", "message.txt", "a", "b"}; !reflect.DeepEqual(names, want) {
		t.Errorf("%q", names)
	}
}
