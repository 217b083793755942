package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRefusesToStart: each refusal says what is wrong and what to do, on
// standard error, and has its exit code.
func TestRefusesToStart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	running := start(t, "--data", data, "--listen", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(running.at, "http://"))
	other := filepath.Join(dir, "other")
	unknown := filepath.Join(dir, "unknown")
	if err := os.Mkdir(unknown, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(unknown, "FORMAT"), []byte("transom badgerstore 99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		env  []string
		code int
		says string
		hint string
	}{
		"no data folder":          {nil, nil, 2, "no data folder", "--data DIR"},
		"unknown flag":            {[]string{"--date", dir}, nil, 2, "unknown flag", "--help"},
		"unknown command":         {[]string{"serve"}, nil, 2, "unknown command", "--help"},
		"data is a file":          {[]string{"--data", file}, nil, 1, "is not a folder", "--data DIR"},
		"data from environment":   {nil, []string{"TRANSOMD_DATA=" + file}, 1, "is not a folder", "--data DIR"},
		"flag wins":               {[]string{"--data", file}, []string{"TRANSOMD_DATA=" + other}, 1, "is not a folder", ""},
		"bad environment":         {[]string{"--data", other}, []string{"TRANSOMD_DAYS=many"}, 2, "TRANSOMD_DAYS", "--help"},
		"bad size":                {[]string{"--data", other}, []string{"TRANSOMD_MAX_ENVELOPE=16MB"}, 2, "TRANSOMD_MAX_ENVELOPE", "--help"},
		"tiny size":               {[]string{"--data", other, "--max-envelope", "1KiB"}, nil, 2, "no letter fits", "--max-envelope 64KiB"},
		"tiny pool":               {[]string{"--data", other, "--pool", "1KiB"}, nil, 2, "no conversation fits", "--pool 1MiB"},
		"not a pool":              {[]string{"--data", other}, []string{"TRANSOMD_POOL=some"}, 2, "TRANSOMD_POOL", "--help"},
		"large size":              {[]string{"--data", other, "--max-envelope", "1GiB"}, nil, 2, "nobody could open", "256MiB or less"},
		"salvage nothing":         {[]string{"salvage", "--data", filepath.Join(dir, "never")}, nil, 1, "there is no folder", "--data DIR"},
		"huge size":               {[]string{"--data", other, "--max-envelope", "99999999999GiB"}, nil, 2, "not a size", ""},
		"no days":                 {[]string{"--data", other, "--days", "0"}, nil, 2, "0 days", "between 1 and 365"},
		"bad origin":              {[]string{"--data", other, "--origin", "https://drop.example/"}, nil, 2, "not an origin", "https://HOST"},
		"bad second origin":       {[]string{"--data", other, "--origin", "https://drop.example,http://drop.example"}, nil, 2, "not an origin", "https://HOST"},
		"reachable, no origin":    {[]string{"--data", other, "--listen", "0.0.0.0:0"}, nil, 2, "no origin", "--origin https://HOST"},
		"everywhere, no origin":   {[]string{"--data", other, "--listen", ":0"}, nil, 2, "no origin", "--origin https://HOST"},
		"socket, no origin":       {[]string{"--data", other, "--listen", "unix:" + dir + "/s"}, nil, 2, "no origin", "--origin https://HOST"},
		"port in use":             {[]string{"--data", other, "--listen", "127.0.0.1:" + port}, nil, 1, "something else already does", "--listen 127.0.0.1:8081"},
		"not an address":          {[]string{"--data", other, "--listen", "nowhere"}, nil, 2, "no origin", "--origin"},
		"not an address at all":   {[]string{"--data", other, "--listen", "nowhere", "--origin", testOrigin}, nil, 1, "couldn't listen", "HOST:PORT"},
		"data in use":             {[]string{"--data", data, "--listen", "127.0.0.1:0"}, nil, 1, "another process", "One folder is for one process"},
		"another format":          {[]string{"--data", unknown, "--listen", "127.0.0.1:0"}, nil, 1, "another version", "another folder"},
		"socket path too long":    {[]string{"--data", other, "--listen", "127.0.0.1:0", "--admin", "/tmp/" + strings.Repeat("a", 110)}, nil, 1, "103 bytes", "--admin"},
		"admin is a file":         {[]string{"--data", other, "--listen", "127.0.0.1:0", "--admin", file}, nil, 1, "is not a socket", "another path"},
		"admin of another server": {[]string{"--data", other, "--listen", "127.0.0.1:0", "--admin", data + "/admin.sock"}, nil, 1, "already listens", "another path"},
		"invite, no server":       {[]string{"invite", "--data", other}, nil, 1, "no server answers", "transomd --data"},
		"invite, no data":         {[]string{"invite"}, nil, 2, "no data folder", "--data DIR"},
	} {
		code, stdout, stderr := fails(t, c.env, c.args...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) || !strings.Contains(stderr, c.hint) {
			t.Errorf("%s: exit %d, stdout %q, stderr\n%s", name, code, stdout, stderr)
		}
		for line := range strings.Lines(stderr) {
			if !strings.HasPrefix(line, "transom: ") {
				t.Errorf("%s: a line that says not who speaks: %q", name, line)
			}
		}
	}
	if code := running.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("stopped with %d", code)
	}
}

// TestLife goes through what an operator does: start, invite, kill, start again
// over the old socket, stop.
func TestLife(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, "--data", data, "--listen", "127.0.0.1:0")
	if !strings.HasPrefix(p.at, "http://127.0.0.1:") {
		t.Errorf("ready at %q", p.at)
	}
	resp, err := http.Get(p.at + "/v1/info")
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("info: %v, %v", resp, err)
	}
	resp.Body.Close()
	codes := []string{}
	for range 2 {
		code, stdout, stderr := fails(t, nil, "invite", "--data", data)
		if code != 0 || len(stdout) != 27 || stderr != "" {
			t.Errorf("invite: %d, %q, %q", code, stdout, stderr)
		}
		codes = append(codes, stdout)
	}
	if codes[0] == codes[1] {
		t.Error("one invitation twice")
	}
	info, err := os.Stat(filepath.Join(data, "admin.sock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the administrator's socket: %v, %v", info.Mode(), err)
	}
	for _, path := range []string{data, filepath.Join(data, "badger")} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v, %v", path, info.Mode(), err)
		}
	}
	p.stop(syscall.SIGKILL)

	p = start(t, "--data", data, "--listen", "127.0.0.1:0")
	if got := p.stop(os.Interrupt); got != 0 || p.stdout.Len() != 0 || p.output() != "transom: listening on "+p.at+"\n" {
		t.Errorf("stopped with %d, stdout %q, stderr %q", got, p.stdout.String(), p.output())
	}
	if _, err := os.Stat(filepath.Join(data, "admin.sock")); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestListenUnix(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "web.sock")
	args := []string{"--data", filepath.Join(dir, "data"), "--listen", "unix:" + socket, "--origin", testOrigin}
	p := start(t, args...)
	if p.at != "unix:"+socket {
		t.Errorf("ready at %q", p.at)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	get := func() (int, error) {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
		resp, err := client.Get("http://any/")
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		return resp.StatusCode, nil
	}
	if status, err := get(); status != 200 || err != nil {
		t.Errorf("the page: %d, %v", status, err)
	}
	p.stop(syscall.SIGKILL)
	p = start(t, args...) // over what the kill left behind
	if status, err := get(); status != 200 || err != nil {
		t.Errorf("the page, after a kill: %d, %v", status, err)
	}
	p.stop(syscall.SIGTERM)
}

// TestFinishesRequests: told to stop, it lets a letter under way come in.
func TestFinishesRequests(t *testing.T) {
	p := start(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--open", "--origin", testOrigin)
	o, l := published(t, p), newLetter()
	body, w := io.Pipe()
	q, _ := http.NewRequest("PUT", p.at+o.mailbox()+"/envelopes/"+l.id.String(), body)
	q.ContentLength = int64(len(l.body))
	q.Header.Set("Content-Type", "application/octet-stream")
	q.Header.Set("Transom-Withdraw-Hash", withdrawHash)
	done := make(chan int, 1)
	go func() {
		if resp, err := http.DefaultClient.Do(q); err == nil {
			done <- resp.StatusCode
			resp.Body.Close()
		}
		close(done)
	}()
	w.Write(l.body[:20000])
	time.Sleep(200 * time.Millisecond)
	go func() {
		time.Sleep(300 * time.Millisecond)
		w.Write(l.body[20000:])
		w.Close()
	}()
	if code := p.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	if status := <-done; status != 201 {
		t.Errorf("the letter under way: %d", status)
	}
}

// TestNoCore: a dump of the memory would hold addresses and letters under way.
func TestNoCore(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: the core limit of another process can be read on Linux only")
	}
	p := start(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	limits, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(limits)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok {
			if words := strings.Fields(rest); !slices.Equal(words, []string{"0", "0", "bytes"}) {
				t.Errorf("core files may have %v", words)
			}
			return
		}
	}
	t.Error("no limit found")
}
