package server_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/badgerstore"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/server"
)

// fenced returns the lines of a fenced block of docs/privacy.md.
func fenced(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, opened := strings.Cut(string(text), "\n```"+name+"\n")
	block, _, closed := strings.Cut(rest, "\n```\n")
	if !opened || !closed {
		t.Fatalf("docs/privacy.md has no list of %s", name)
	}
	return strings.Split(block, "\n")
}

// shapes says what the value of a field may look like: anything longer, and
// above all a time finer than a day, is not on the list.
var shapes = map[string]*regexp.Regexp{
	"32 bytes":  regexp.MustCompile(`^[0-9a-f]{64}$`),
	"16 bytes":  regexp.MustCompile(`^[0-9a-f]{32}$`),
	"8 bytes":   regexp.MustCompile(`^[0-9a-f]{16}$`),
	"4 bytes":   regexp.MustCompile(`^[0-9a-f]{8}$`),
	"date":      regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`),
	"number":    regexp.MustCompile(`^[0-9]{1,9}$`),
	"yes or no": regexp.MustCompile(`^(true|false)$`),
}

// promise is one line of the list of records.
type promise struct{ kind, field, shape string }

func promises(t *testing.T) []promise {
	t.Helper()
	line := regexp.MustCompile(`^(\w+) +(\w[\w -]*?\w) {2,}(\d+ bytes|date|number|yes or no)( {2,}.*)?$`)
	var list []promise
	for _, text := range fenced(t, "records") {
		m := line.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("docs/privacy.md: not a line of the list: %q", text)
		}
		list = append(list, promise{m[1], m[2], m[3]})
	}
	return list
}

// TestStoredRecord holds a conversation of everything that can be said to the
// server, and compares what lies in the store with docs/privacy.md: every field
// that is there is listed, in the listed order and shape, and nothing is listed
// that is not there.
func TestStoredRecord(t *testing.T) {
	dir := t.TempDir()
	store, err := badgerstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var logged output
	r := newRig(t, func(c *server.Config) {
		c.Store, c.Open, c.MaxEnvelope, c.Pages = store, false, 16<<20, pages
		c.Log = slog.New(server.NewLogHandler(&logged))
	})
	converse(t, r)
	// One envelope stays half-way, for what is kept meanwhile.
	l := newLetter()
	l.body = droptest.Envelope(4 << 20)
	conn := r.dial()
	io.WriteString(conn, r.head(l, length(len(l.body)))+string(l.body[:3<<20]))

	list := promises(t)
	seen := map[promise]bool{}
	for deadline := 200; !seen[promise{"unowned", "body", "16 bytes"}]; deadline-- {
		if deadline == 0 {
			t.Fatal("a large envelope under way leaves no record")
		}
		if err := badgerstore.Dump(store, func(record badgerstore.Record) error {
			compare(t, list, record, seen)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range list {
		if !seen[p] {
			t.Errorf("docs/privacy.md lists %v, which is not stored", p)
		}
	}
	compareFiles(t, dir)
	if logged.String() != "" {
		t.Errorf("logged %q", logged.String())
	}
}

// compare holds one record to the list.
func compare(t *testing.T, list []promise, record badgerstore.Record, seen map[promise]bool) {
	t.Helper()
	var want []promise
	for _, p := range list {
		if p.kind == record.Kind {
			want = append(want, p)
		}
	}
	if len(want) != len(record.Fields) {
		t.Fatalf("a record %q has the fields %v, docs/privacy.md lists %v", record.Kind, record.Fields, want)
	}
	for i, f := range record.Fields {
		if f.Name != want[i].field || !shapes[want[i].shape].MatchString(f.Value) {
			t.Errorf("a record %q says %s: %q, docs/privacy.md lists %s, %s", record.Kind, f.Name, f.Value, want[i].field, want[i].shape)
		}
		seen[want[i]] = true
	}
	for _, b := range [][]byte{record.Key, record.Value} {
		if bytes.Contains(b, []byte(canary)) {
			t.Errorf("a record %q holds what only the request's other headers said", record.Kind)
		}
	}
}

// compareFiles holds the data folder to the list of files. Not all that are
// listed are there at any time: some come as the store grows.
func compareFiles(t *testing.T, dir string) {
	t.Helper()
	patterns := fenced(t, "files")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if !slices.ContainsFunc(patterns, func(pattern string) bool {
			ok, err := filepath.Match(pattern, filepath.ToSlash(name))
			return ok && err == nil
		}) {
			t.Errorf("the data folder holds %s, which docs/privacy.md does not list", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// converse says everything once, with a browser's headers around it.
func converse(t *testing.T, r *rig) {
	t.Helper()
	r.client.Transport = chatty{r.client.Transport}
	var codes []string
	for range 2 { // one is never used
		code, err := r.server.Invite(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	one, two := droptest.Card(), droptest.Card()
	said := func(what string, status int, got reply) {
		t.Helper()
		if got.status != status {
			t.Fatalf("%s: %d %s", what, got.status, got.body)
		}
	}
	said("no invitation", 403, r.asOwner("PUT", r.cardPath(), one))
	said("a card", 201, r.asOwner("PUT", r.cardPath(), one, "Transom-Invitation", codes[0]))
	said("another", 200, r.asOwner("PUT", r.cardPath(), two, "If-Match", tag(one)))
	said("reading it", 200, r.do("GET", r.cardPath(), nil))
	said("the page", 200, r.do("GET", "/?"+canary, nil))
	said("info", 200, r.do("GET", "/v1/info", nil))

	letters := []letter{newLetter(), newLetter(), newLetter(), newLetter()}
	letters[1].body = droptest.Envelope(2 << 20)
	for _, l := range letters {
		said("a letter", 201, r.deposit(l))
		said("again", 200, r.deposit(l))
	}
	taken := letters[0]
	taken.body = letters[2].body
	said("another under its ID", 409, r.deposit(taken))
	said("not sealed", 422, r.do("PUT", r.path(drop.NewEnvelopeID()), []byte(canary), "Transom-Withdraw-Hash", taken.withdrawHash()))
	said("a list", 200, r.asOwner("GET", r.listPath(), nil))
	said("a letter", 200, r.asOwner("GET", r.path(letters[1].id), nil))
	said("a part of it", 206, r.asOwner("GET", r.path(letters[1].id), nil, "Range", "bytes=5-"))
	said("erasing", 204, r.asOwner("DELETE", r.path(letters[2].id), nil))
	said("withdrawing", 204, r.withdraw(letters[3]))
	said("a stranger", 404, r.do("GET", r.listPath(), nil, "Authorization", sign(keys.NewRoot(), origin, "GET", r.listPath(), nil, "", r.clock())))
	said("nobody", 401, r.do("GET", r.listPath(), nil))
	said("no route", 404, r.do("GET", "/v1/"+canary, nil))
	if _, err := r.store.Sweep(t.Context(), today); err != nil {
		t.Fatal(err)
	}
}

// TestLogWords: docs/privacy.md prints the whole vocabulary of the log.
func TestLogWords(t *testing.T) {
	if got, want := slices.Sorted(slices.Values(fenced(t, "log"))), server.LogWords(); !slices.Equal(got, want) {
		t.Errorf("docs/privacy.md lists\n%s\nthe server knows\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestListOfRecordsIsRead: a list that the test above could not read would let
// everything through.
func TestListOfRecordsIsRead(t *testing.T) {
	if n := len(promises(t)); n < 20 {
		t.Errorf("only %d fields are listed", n)
	}
	for _, long := range []string{"2026-11-21T10:00", "1795235850123", fmt.Sprintf("%066x", 0)} {
		for shape, pattern := range shapes {
			if pattern.MatchString(long) {
				t.Errorf("%q passes for %s", long, shape)
			}
		}
	}
}
