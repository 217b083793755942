// Package vectors embeds the test vectors that hold the implementations of
// Transom's formats together: testdata/README.md explains them, docs/protocol.md
// specifies what they test, and gen writes them from primitives alone.
//
// [Load] returns the vectors of one kind. The reader is strict: a header key
// that it does not know is an error, and so should be one that a test did not
// look at ([Vector.Unread]). A vector that is not fully understood must not pass.
package vectors

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed testdata
var testdata embed.FS

// OK is what a vector expects that is to be accepted. Every other expectation
// is the category of a refusal.
const OK = "ok"

// common lists the header keys of every kind.
var common = []string{"expect", "comment", "compressed"}

// known lists the header keys of each kind. An asterisk marks a key that may
// be given more than once.
var known = map[string][]string{
	"link":    {"origin", "secret", "mailbox", "canonical"},
	"padding": {},
	"name":    {"encoding", "safe"},
	"kdf":     {"what", "ikm", "label", "context", "output", "seed", "public", "mailbox", "secret", "identity", "recipient", "signature"},
	"card":    {"link", "today", "seq", "published", "expires", "title", "epoch", "sealing-key*"},
	"letter": {"mailbox", "envelope", "bare", "kind", "author", "seq", "seen*", "beyond*", "answer*",
		"reply-root", "reply-key", "reply-thread", "reply-signature", "proof", "signature", "closed",
		"copy-link", "copy-origin", "copy-sent", "copy-kind", "copy-file*", "copy-deleted*", "message", "file*"},
	"codename": {"words", "entropy", "mailbox", "reply-root", "reply-key", "thread", "author", "envelope", "withdraw", "copy-proof",
		"position", "token", "suggestion*"},
	"proof":    {"what", "mailbox", "envelope", "thread", "desk*", "entropy"},
	"order":    {"what", "order", "up-to", "beyond", "missing"},
	"envelope": {"identity*", "file-key", "size", "sha256"},
	"gate":     {"what", "classes", "size"},
	"request":  {"method", "origin", "target", "body-sha256", "if-match", "time", "mailbox"},
}

// Vector is one scenario.
type Vector struct {
	Kind    string
	Name    string
	Expect  string // [OK], or the category of the refusal
	Comment string
	Body    []byte // as it is to be read: never compressed

	header map[string][]string
	read   map[string]bool
}

// Kinds returns the kinds of vectors, sorted.
func Kinds() []string {
	kinds := make([]string, 0, len(known))
	for kind := range known {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// Load returns all vectors of a kind in the order of their names. There is
// always at least one: a test that ran over nothing would say nothing.
func Load(kind string) ([]*Vector, error) {
	dir := path.Join("testdata", kind)
	entries, err := testdata.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("couldn't list the vectors of kind %q: %w", kind, err)
	}
	vectors := make([]*Vector, 0, len(entries))
	for _, entry := range entries {
		file, err := testdata.ReadFile(path.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("couldn't read vector %s/%s: %w", kind, entry.Name(), err)
		}
		v, err := Parse(kind, entry.Name(), file)
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, v)
	}
	if len(vectors) == 0 {
		return nil, fmt.Errorf("there are no vectors of kind %q", kind)
	}
	return vectors, nil
}

// Parse reads one vector file.
func Parse(kind, name string, file []byte) (*Vector, error) {
	v, err := parse(kind, name, file)
	if err != nil {
		return nil, fmt.Errorf("couldn't read vector %s/%s: %w", kind, name, err)
	}
	return v, nil
}

func parse(kind, name string, file []byte) (*Vector, error) {
	keys, ok := known[kind]
	if !ok {
		return nil, fmt.Errorf("unknown kind %q", kind)
	}
	v := &Vector{Kind: kind, Name: name, header: map[string][]string{}, read: map[string]bool{}}
	rest := file
	for {
		line, after, found := bytes.Cut(rest, []byte("\n"))
		if !found {
			return nil, fmt.Errorf("the header does not end in an empty line")
		}
		rest = after
		if len(line) == 0 {
			break
		}
		key, value, found := strings.Cut(string(line), ": ")
		if !found {
			return nil, fmt.Errorf("header line %q is not `key: value`", line)
		}
		many := slices.Contains(keys, key+"*")
		if !many && !slices.Contains(keys, key) && !slices.Contains(common, key) {
			return nil, fmt.Errorf("unknown header key %q", key)
		}
		if !many && v.header[key] != nil {
			return nil, fmt.Errorf("header key %q is given twice", key)
		}
		v.header[key] = append(v.header[key], value)
	}
	v.Expect, v.Comment = v.Text("expect"), v.Text("comment")
	if v.Expect == "" || v.Comment == "" {
		return nil, fmt.Errorf("`expect` or `comment` is missing")
	}
	body, err := decompress(v.Text("compressed"), rest)
	v.Body = body
	return v, err
}

func decompress(method string, body []byte) ([]byte, error) {
	switch method {
	case "":
		return body, nil
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("couldn't decompress the body: %w", err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("couldn't decompress the body: %w", err)
		}
		return plain, nil
	default:
		return nil, fmt.Errorf("unknown compression %q", method)
	}
}

// Has reports whether the header has the key.
func (v *Vector) Has(key string) bool {
	v.read[key] = true
	return len(v.header[key]) > 0
}

// Text returns the value of a key, or the empty string.
func (v *Vector) Text(key string) string {
	if !v.Has(key) {
		return ""
	}
	return v.header[key][0]
}

// All returns all the values of a key, in their order.
func (v *Vector) All(key string) []string {
	v.read[key] = true
	return v.header[key]
}

// Bytes returns the value of a key that holds hex. It panics when it does not:
// the files are embedded, so that is a mistake in them.
func (v *Vector) Bytes(key string) []byte {
	b, err := hex.DecodeString(v.Text(key))
	if err != nil {
		panic(fmt.Sprintf("vector %s/%s: %s is not hex: %v", v.Kind, v.Name, key, err))
	}
	return b
}

// Int returns the value of a key that holds a number, 0 when it is absent. It
// panics when it is something else, like [Vector.Bytes].
func (v *Vector) Int(key string) int64 {
	text := v.Text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("vector %s/%s: %s is not a number: %v", v.Kind, v.Name, key, err))
	}
	return n
}

// Unread returns the header keys that nobody has looked at.
func (v *Vector) Unread() []string {
	var unread []string
	for key := range v.header {
		if !v.read[key] {
			unread = append(unread, key)
		}
	}
	slices.Sort(unread)
	return unread
}
