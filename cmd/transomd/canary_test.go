package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop/droptest"
)

const canary = "canary-5e2b77"

// TestCanary talks to a server as shipped from an address that nothing else
// uses, with a browser's headers, and makes it refuse things too. Neither the
// address nor a header is in what it printed, in its data folder, or in any file
// that it has open, deleted ones included.
func TestCanary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: only Linux has all of 127.0.0.0/8, and /proc")
	}
	data := t.TempDir()
	p := start(t, "--data", data, "--listen", "127.0.0.1:0", "--open", "--origin", testOrigin)
	source := netip.MustParseAddr("127.77.66.55")
	client := &http.Client{Transport: marked{&http.Transport{
		DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: source.AsSlice()}}).DialContext,
	}}}
	o := owner{keys.NewRoot()}
	// Little but zeros: what is looked for must not be there by chance.
	card, l := quiet(droptest.Card()), newLetter()
	l.body = quiet(l.body)
	path := o.mailbox() + "/envelopes/" + l.id.String()
	for _, c := range []struct {
		method, target string
		body           []byte
		status         int
	}{
		{"GET", "/?q=" + canary, nil, 200},
		{"GET", "/" + canary, nil, 404},
		{"POST", "/v1/info?" + canary, nil, 405},
		{"PUT", o.mailbox() + "/card", card, 201},
		{"PUT", path, []byte(canary), 422},
		{"PUT", path, l.body, 201},
		{"PUT", path, quiet(droptest.Envelope(64 << 10)), 409},
		{"GET", path, nil, 200},
		{"GET", o.mailbox() + "/envelopes?" + canary, nil, 400},
	} {
		status, body, err := o.ask(client, p.at, c.method, c.target, c.body)
		if status != c.status || err != nil {
			t.Errorf("%s %s: %d %s %v, want %d", c.method, c.target, status, body, err, c.status)
		}
	}
	cutOff(t, p.at, source, path)

	raw := source.As4()
	words := [][]byte{[]byte(canary), []byte(source.String()), raw[:], {raw[3], raw[2], raw[1], raw[0]}, []byte(fmt.Sprintf("%x", raw)), []byte(fmt.Sprintf("%X", raw))}
	controls := [][]byte{l.id[:], card[:200]}
	found := map[string]bool{}
	look := func(where string, b []byte) {
		for _, word := range words {
			if bytes.Contains(b, word) {
				t.Errorf("%s holds %q", where, word)
			}
		}
		for _, control := range controls {
			found[string(control)] = found[string(control)] || bytes.Contains(b, control)
		}
	}
	lookAtFolder(t, data, look)
	lookAtOpenFiles(t, p.cmd.Process.Pid, look)
	for _, control := range controls {
		if !found[string(control)] {
			t.Errorf("%.20q was stored and is not found: this test sees nothing", control)
		}
	}
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	look("standard output", p.stdout.Bytes())
	look("standard error", []byte(p.output()))
	lookAtFolder(t, data, look)
	if want := "transom: listening on " + p.at + "\n"; p.output() != want || p.stdout.Len() != 0 {
		t.Errorf("it printed %q and %q, want %q alone", p.stdout.String(), p.output(), want)
	}
}

// cutOff breaks requests off and sends what is none: what net/http itself
// would print about a peer.
func cutOff(t *testing.T, at string, source netip.Addr, path string) {
	t.Helper()
	for _, text := range []string{
		"PUT " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\nContent-Type: application/octet-stream\r\nTransom-Withdraw-Hash: " + withdrawHash + "\r\n\r\nage-encryption.org/v1\n",
		canary + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + canary + "\r\nBad Header: " + canary + "\r\n\r\n",
		"\x16\x03\x01\x02\x00" + canary, // TLS
	} {
		conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: source.AsSlice()}}).Dial("tcp", at[len("http://"):])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, text)
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
		conn.Close()
	}
}

// quiet replaces what follows an age header's last line by zeros.
func quiet(file []byte) []byte {
	clear(file[bytes.Index(file, []byte("\n--- "))+len("\n--- ")+43+len("\n"):])
	return file
}

type marked struct{ http.RoundTripper }

func (m marked) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	for _, name := range []string{"User-Agent", "Referer", "Cookie", "Accept-Language", "X-Forwarded-For", "Forwarded"} {
		q.Header.Set(name, canary)
	}
	q.Header.Set("Transom-Withdraw-Hash", withdrawHash)
	return m.RoundTripper.RoundTrip(q)
}

func lookAtFolder(t *testing.T, dir string, look func(string, []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		look("a file's name", []byte(path))
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		look(path, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func lookAtOpenFiles(t *testing.T, pid int, look func(string, []byte)) {
	t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) < 5 {
		t.Fatalf("%d open files, %v", len(fds), err)
	}
	for _, fd := range fds {
		if info, err := os.Stat(fd); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if b, err := os.ReadFile(fd); err == nil {
			look(fd, b)
		}
	}
}
