package vectors_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/vectors"
)

// A vector that is not fully understood must not pass.
func TestParseRefuses(t *testing.T) {
	good := "expect: ok\ncomment: c\nencoding: utf-8\nsafe: 61\n\na"
	if v, err := vectors.Parse("name", "good", []byte(good)); err != nil || string(v.Body) != "a" || v.Text("safe") != "61" {
		t.Fatalf("the base of this test is refused: %v", err)
	}
	for name, edit := range map[string][2]string{
		"an unknown key":            {"encoding: utf-8", "colour: green"},
		"a key of another kind":     {"encoding: utf-8", "mailbox: 00"},
		"a key in another case":     {"encoding:", "Encoding:"},
		"a key given twice":         {"encoding: utf-8", "safe: 62"},
		"a line without a colon":    {"encoding: utf-8", "encoding"},
		"a line without a space":    {"encoding: utf-8", "encoding:utf-8"},
		"no expectation":            {"expect: ok\n", ""},
		"no comment":                {"comment: c\n", ""},
		"no end of the header":      {"\n\na", "\n"},
		"an unknown compression":    {"encoding: utf-8", "compressed: zip"},
		"a body that is no gzip":    {"encoding: utf-8", "compressed: gzip"},
		"an expectation of nothing": {"expect: ok", "expect: "},
	} {
		if _, err := vectors.Parse("name", name, []byte(strings.Replace(good, edit[0], edit[1], 1))); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := vectors.Parse("colour", "a", []byte(good)); err == nil {
		t.Error("an unknown kind is accepted")
	}
}

func TestUnread(t *testing.T) {
	v, err := vectors.Parse("name", "a", []byte("expect: ok\ncomment: c\nencoding: utf-8\nsafe: 61\n\na"))
	if err != nil {
		t.Fatal(err)
	}
	v.Text("safe")
	if got := v.Unread(); len(got) != 1 || got[0] != "encoding" {
		t.Errorf("unread: %v", got)
	}
}

// At least half of the vectors have to fail: an implementation that accepts
// everything passes all the others.
func TestHalfAreRefusals(t *testing.T) {
	accepted, refused := 0, 0
	for _, kind := range vectors.Kinds() {
		all, err := vectors.Load(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			switch prefix, _, _ := strings.Cut(v.Name, "-"); {
			case v.Expect == vectors.OK && prefix == "ok":
				accepted++
			case v.Expect != vectors.OK && prefix == "fail":
				refused++
			default:
				t.Errorf("%s/%s expects %s", kind, v.Name, v.Expect)
			}
		}
	}
	if refused < accepted {
		t.Errorf("%d vectors are to be accepted and only %d refused", accepted, refused)
	}
}

// A folder that no kind reads, or a file too many, would be vectors that nobody
// tests; and a clone should stay small.
func TestEveryFileIsAVector(t *testing.T) {
	var size int64
	kinds := map[string]bool{}
	for _, kind := range vectors.Kinds() {
		kinds[kind] = true
	}
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		size += info.Size()
		parts := strings.Split(filepath.ToSlash(path), "/")
		if path != filepath.Join("testdata", "README.md") && (len(parts) != 3 || !kinds[parts[1]]) {
			t.Errorf("%s is no vector", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if size > 4<<20 {
		t.Errorf("the vectors take %d bytes", size)
	}
}

// FuzzParse: what is read is all there, and nothing else is.
func FuzzParse(f *testing.F) {
	f.Add("name", []byte("expect: ok\ncomment: c\nencoding: utf-8\nsafe: 61\n\na"))
	f.Add("link", []byte("expect: checksum\ncomment: c\n\n"))
	f.Add("letter", []byte("expect: ok\ncomment: c\nfile: 1\nfile: 2\ncompressed: gzip\n\n\x1f\x8b"))
	f.Fuzz(func(t *testing.T, kind string, file []byte) {
		v, err := vectors.Parse(kind, "fuzz", file)
		if err != nil {
			return
		}
		header, body, _ := strings.Cut(string(file), "\n\n")
		if v.Text("compressed") == "" && string(v.Body) != body {
			t.Errorf("the body of %q is %q", file, v.Body)
		}
		lines := 0
		for _, key := range append(v.Unread(), "expect", "comment", "compressed") {
			lines += len(v.All(key))
		}
		if lines != strings.Count(header, "\n")+1 {
			t.Errorf("%d of the header's lines in %q were read", lines, file)
		}
	})
}
