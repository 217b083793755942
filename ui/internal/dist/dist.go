// Package dist records what the page consists of and what it was built from, so
// that a plain go test notices a page that is not what its sources make.
package dist

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// SumsFile lists every other file of dist, as sha256sum -c reads it.
	SumsFile = "SHA256SUMS"
	// InputsFile lists the sources of dist in the same form, and as comments the
	// Go modules that built it.
	InputsFile = "INPUTS"
)

// Builders are the Go modules whose version decides what is built.
var Builders = []string{
	"github.com/andybalholm/brotli",
	"github.com/evanw/esbuild",
	"github.com/klauspost/compress",
}

// Sums returns what SumsFile has to say about a folder that holds these files.
func Sums(files map[string][]byte) []byte {
	var list bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name != SumsFile {
			fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(files[name]), name)
		}
	}
	return list.Bytes()
}

// Inputs returns what InputsFile has to say about files of the repository.
func Inputs(root fs.FS, names []string) ([]byte, error) {
	files := map[string][]byte{}
	for _, name := range names {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, fmt.Errorf("couldn't sum up the page's sources: %w", err)
		}
		files[name] = data
	}
	goSum, err := fs.ReadFile(root, "go.sum")
	if err != nil {
		return nil, fmt.Errorf("couldn't read the versions of the builders: %w", err)
	}
	modules, err := builderSums(root, string(goSum))
	return append(Sums(files), modules...), err
}

// Listed returns the files that a list in the form of this package names.
func Listed(list []byte) ([]string, error) {
	var files []string
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		_, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok {
			return nil, fmt.Errorf("couldn't read the line %q", line)
		}
		files = append(files, name)
	}
	return files, nil
}

// Root returns the folder of the repository in or below which the program runs.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("couldn't find the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("couldn't find the repository: no go.mod here or above")
		}
		dir = parent
	}
}

// builderSums returns the builders' lines of go.sum as comments. The version is
// the one that go.mod asks for; go.sum may hold others.
func builderSums(root fs.FS, goSum string) ([]byte, error) {
	goMod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("couldn't read the versions of the builders: %w", err)
	}
	required := map[string]string{}
	for line := range strings.Lines(string(goMod)) {
		if words := strings.Fields(strings.TrimPrefix(line, "require")); len(words) >= 2 {
			required[words[0]] = words[1]
		}
	}
	var list bytes.Buffer
	for _, module := range Builders {
		want := module + " " + required[module] + " h1:"
		at := strings.Index("\n"+goSum, "\n"+want)
		if at < 0 {
			return nil, fmt.Errorf("couldn't find the version of %s", module)
		}
		line, _, _ := strings.Cut(goSum[at:], "\n")
		fmt.Fprintf(&list, "# %s\n", line)
	}
	return list.Bytes(), nil
}
