package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSalvage: a folder whose write-ahead log lost its end is refused with a word
// about salvage, and opens after it with what is left.
func TestSalvage(t *testing.T) {
	data := t.TempDir()
	args := []string{"--data", data, "--listen", "127.0.0.1:0", "--open", "--origin", testOrigin}
	p := start(t, args...)
	o := published(t, p)
	first, last := newLetter(), newLetter()
	for _, l := range []letter{first, last} {
		if status, body, err := ask(http.DefaultClient, p.at, "PUT", o.mailbox()+"/envelopes/"+l.id.String(), l.body, "Transom-Withdraw-Hash", withdrawHash); status != 201 || err != nil {
			t.Fatalf("%d %s %v", status, body, err)
		}
	}
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
	damageLast(t, data, last.id[:])

	code, _, stderr := fails(t, nil, args...)
	if code != 1 || !strings.Contains(stderr, "transomd salvage --help") {
		t.Fatalf("%d %s", code, stderr)
	}
	code, stdout, stderr := fails(t, nil, "salvage", "--data", data)
	if want := "transom: " + data + " opens with what is left of it\n"; code != 0 || stdout != "" || stderr != want {
		t.Fatalf("%d %q %q, want %q", code, stdout, stderr, want)
	}
	p = start(t, args...)
	for l, want := range map[*letter]int{&first: 200, &last: 404} {
		if status, _, err := o.ask(http.DefaultClient, p.at, "GET", o.mailbox()+"/envelopes/"+l.id.String(), nil); status != want || err != nil {
			t.Errorf("%d %v, want %d", status, err, want)
		}
	}
	if code, _, stderr := fails(t, nil, "salvage", "--data", data); code != 1 || !strings.Contains(stderr, "another process") {
		t.Errorf("salvaging under a running server: %d %s", code, stderr)
	}
}

// damageLast overwrites what the write-ahead log says last about an envelope.
func damageLast(t *testing.T, data string, id []byte) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(data, "badger", "*.mem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Index(string(b), string(id))
		if at < 0 {
			continue
		}
		copy(b[at:], make([]byte, 16))
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("no write-ahead log names the letter")
}
