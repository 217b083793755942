package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const testdata = "../testdata"

// Running the generator again changes nothing: each vector comes from a fixed
// seed, so whoever doubts one can make it again.
func TestTestdataIsGenerated(t *testing.T) {
	want := map[string][]byte{}
	for _, v := range generate(testdata) {
		name, file := v.file()
		want[name] = file
	}
	err := filepath.WalkDir(testdata, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "README.md" {
			return err
		}
		name, err := filepath.Rel(testdata, path)
		if err != nil {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		generated, ok := want[name]
		switch {
		case !ok:
			t.Errorf("%s does not come from the generator", name)
		case !same(file, generated):
			t.Errorf("%s is not what the generator writes", name)
		}
		delete(want, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		t.Errorf("%s has not been written", name)
	}
}

// What the vectors test must not have made them: an error in a library would
// then be in both, and agree with itself.
func TestIndependent(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatalf("couldn't list the generator's files: %v", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range file.Imports {
			path := strings.Trim(imported.Path.Value, `"`)
			module := strings.Contains(strings.Split(path, "/")[0], ".")
			switch {
			case module && path != "golang.org/x/crypto/chacha20poly1305":
				t.Errorf("%s imports %s: the generator is made of primitives alone", name, path)
			case path == "archive/tar" || path == "crypto/hpke" || path == "encoding/json":
				t.Errorf("%s imports %s, which is what it has to be compared with", name, path)
			}
		}
	}
}

// The numbers that BIP 350 and the Padmé paper give, so that the generator does
// not only agree with itself.
func TestPrimitives(t *testing.T) {
	if got := bech32Groups(bech32mConst, "a", nil); got != "a1lqfn3a" {
		t.Errorf("bech32m of nothing is %s", got)
	}
	if got := bech32Groups(bech32Const, "a", nil); got != "a12uel5l" {
		t.Errorf("bech32 of nothing is %s", got)
	}
	for _, c := range [][2]int{{9, 10}, {64 << 10, 64 << 10}, {64<<10 + 1, 66 << 10}, {1<<20 + 1, 1<<20 + 32<<10}} {
		if got := padme(c[0]); got != c[1] {
			t.Errorf("padmé(%d) is %d, want %d", c[0], got, c[1])
		}
	}
	// The length counts itself: there is no record of 100 bytes.
	for n, want := range map[int]int{90: 99, 91: 101} {
		got := paxRecord("path", strings.Repeat("a", n))
		if !strings.HasPrefix(got, strconv.Itoa(want)+" path=a") || len(got) != want {
			t.Errorf("the record of %d bytes is %q", n, got)
		}
	}
}
