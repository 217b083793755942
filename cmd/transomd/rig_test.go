package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop"
)

// binary is transomd as it is shipped, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "transomd")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "transomd")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "couldn't build transomd: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// process is a running transomd.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	at     string // what its ready line says
	stdout bytes.Buffer
	mu     sync.Mutex
	stderr strings.Builder // guarded by mu
	ended  chan error
}

// start runs transomd and waits for its ready line.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), ended: make(chan error, 1)}
	p.cmd.Stdout = &p.stdout
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	ready := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			p.mu.Lock()
			p.stderr.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			if at, ok := strings.CutPrefix(lines.Text(), "transom: listening on "); ok {
				ready <- at
			}
		}
		p.ended <- p.cmd.Wait()
	}()
	select {
	case p.at = <-ready:
	case <-p.ended:
		t.Fatalf("it ended with\n%s", p.output())
	case <-time.After(20 * time.Second):
		t.Fatalf("it is not ready; it says\n%s", p.output())
	}
	return p
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// stop ends it with a signal and returns its exit code.
func (p *process) stop(signal os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.t.Fatal("it does not stop")
	}
	return p.cmd.ProcessState.ExitCode()
}

// fails runs transomd to its end, which has to come by itself.
func fails(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	timer := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer timer.Stop()
	cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

const testOrigin = "https://drop.example"

// owner asks for what only a mailbox's owner gets.
type owner struct{ root *keys.Root }

func (o owner) mailbox() string { return "/v1/mailboxes/" + drop.MailboxID(o.root.Mailbox()).String() }

// ask sends a signed request and returns the status and the body, or an error of
// the connection.
func (o owner) ask(client *http.Client, at, method, target string, body []byte) (int, []byte, error) {
	line := o.root.Authorize(keys.Request{
		Method: method, Origin: testOrigin, Target: target, Time: time.Now().Unix(), BodyHash: sha256.Sum256(body),
	})
	return ask(client, at, method, target, body, "Authorization", line)
}

func ask(client *http.Client, at, method, target string, body []byte, header, value string) (int, []byte, error) {
	q, err := http.NewRequest(method, at+target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	q.Header.Set("Content-Type", "application/octet-stream")
	q.Header.Set(header, value)
	resp, err := client.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, b, err
}
