// Command gen writes the test vectors in crypto/vectors/testdata.
//
// It is a second implementation of docs/protocol.md, kept apart on purpose: it
// imports none of Transom's packages, nor the libraries that they are built on
// (age, HPKE, archive/tar), only primitives. What both agree on is then what
// the specification says, and not what one piece of code happens to do. A test
// holds it to that.
//
// Every random value comes from a fixed seed and a label, so that running it
// again changes nothing:
//
//	go run ./crypto/vectors/gen
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// vector is one file to be.
type vector struct {
	kind, name string
	expect     string
	comment    string
	fields     []string // key, value, key, value…
	body       []byte
	compress   bool
}

// set collects the vectors. Its methods panic on a mistake in this program.
type set struct {
	vectors []*vector
	taken   map[string]bool
}

// add takes one vector. fields are keys and values by turns.
func (s *set) add(kind, name, expect, comment string, body []byte, fields ...string) *vector {
	if s.taken == nil {
		s.taken = map[string]bool{}
	}
	if s.taken[kind+"/"+name] {
		panic("two vectors are called " + kind + "/" + name)
	}
	if len(fields)%2 != 0 {
		panic("a field without a value in " + kind + "/" + name)
	}
	if strings.ContainsAny(comment+strings.Join(fields, ""), "\n") {
		panic("a newline in the header of " + kind + "/" + name)
	}
	s.taken[kind+"/"+name] = true
	v := &vector{kind: kind, name: name, expect: expect, comment: comment, fields: fields, body: body}
	s.vectors = append(s.vectors, v)
	return v
}

// file returns the path of a vector below testdata and its bytes.
func (v *vector) file() (string, []byte) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "expect: %s\ncomment: %s\n", v.expect, v.comment)
	for i := 0; i < len(v.fields); i += 2 {
		fmt.Fprintf(&b, "%s: %s\n", v.fields[i], v.fields[i+1])
	}
	if v.compress {
		b.WriteString("compressed: gzip\n")
	}
	b.WriteByte('\n')
	if v.compress {
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		must(err)
		_, err = w.Write(v.body)
		must(err)
		must(w.Close())
	} else {
		b.Write(v.body)
	}
	return filepath.Join(v.kind, v.name), b.Bytes()
}

// generate builds every vector. It takes the list of words from beside testdata.
func generate(testdata string) []*vector {
	s := &set{}
	linkVectors(s)
	paddingVectors(s)
	nameVectors(s)
	kdfVectors(s)
	cardVectors(s)
	letterVectors(s)
	envelopeVectors(s)
	gateVectors(s)
	requestVectors(s)
	codenameVectors(s, readWords(testdata))
	threadVectors(s)
	proofVectors(s)
	orderVectors(s)
	return s.vectors
}

func main() {
	dir := flag.String("dir", "crypto/vectors/testdata", "write below `DIR`")
	flag.Parse()
	written := 0
	keep := map[string]bool{}
	for _, v := range generate(*dir) {
		name, file := v.file()
		path := filepath.Join(*dir, name)
		keep[path] = true
		old, err := os.ReadFile(path)
		if err == nil && same(old, file) {
			continue
		}
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, file, 0o644))
		written++
	}
	strays, err := filepath.Glob(filepath.Join(*dir, "*", "*"))
	must(err)
	for _, path := range strays {
		if !keep[path] {
			fail(fmt.Sprintf("%s is not among the vectors: remove it", path))
		}
	}
	fmt.Fprintf(os.Stderr, "gen: %d vectors, %d of them written anew\n", len(keep), written)
}

// same reports whether two vector files say the same. A compressed body may be
// compressed otherwise by another release of Go, which changes nothing.
func same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	headA, bodyA, okA := bytes.Cut(a, []byte("\n\n"))
	headB, bodyB, okB := bytes.Cut(b, []byte("\n\n"))
	if !okA || !okB || !bytes.Equal(headA, headB) || !bytes.Contains(headA, []byte("\ncompressed: gzip")) {
		return false
	}
	return bytes.Equal(gunzip(bodyA), gunzip(bodyB))
}

func gunzip(b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	return plain
}

func must(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, "gen:", reason)
	os.Exit(1)
}

func must1[T any](v T, err error) T {
	must(err)
	return v
}
