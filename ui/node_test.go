package ui_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/transom-drop/transom/ui/internal/dist"
)

// page is a node process that runs the page's code, test/cross.main.ts.
type page struct {
	t    *testing.T
	in   io.Writer
	out  *bufio.Reader
	kill func()
}

// request is what the page is asked to do.
type request struct {
	Op     string   `json:"op"`
	Text   string   `json:"text"`
	Texts  []string `json:"texts,omitzero"`
	Number int64    `json:"number"`
	Bytes  []byte   `json:"bytes"`
	Keys   []string `json:"keys,omitzero"`
	Meta   string   `json:"meta"` // letter.json
	Words  string   `json:"words"`
	Names  []string `json:"names,omitzero"`
	Files  [][]byte `json:"files,omitzero"`
}

// contents is a letter as the page describes it.
type contents struct {
	Meta    string   `json:"meta"` // letter.json, "" in a bare letter
	Message []byte   `json:"message"`
	Names   []string `json:"names"`
	Files   [][]byte `json:"files"`
}

// needTool skips a test loudly for what this machine lacks, and fails it where
// nothing may be left out.
func needTool(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("TRANSOM_TEST_REQUIRE_TOOLS") != "" {
		t.Fatal(missing)
	}
	t.Skip("NOT TESTED: whether the page and Go agree: " + missing)
}

// bundle builds the page's half once for all tests.
func bundle(t *testing.T) string {
	t.Helper()
	root, err := dist.Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		needTool(t, "node is not installed")
	}
	if _, err := os.Stat(filepath.Join(root, "ui", "node_modules")); err != nil {
		needTool(t, "the npm packages are not installed: npm --prefix ui ci")
	}
	folder := t.TempDir()
	build := exec.Command("go", "run", "./ui/build", "-tests", "-out", folder)
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("couldn't bundle the page's half: %v\n%s", err, output)
	}
	return filepath.Join(folder, "cross.mjs")
}

// start starts node with the given flags.
func start(t *testing.T, script string, flags ...string) *page {
	t.Helper()
	cmd := exec.Command("node", append(flags, script)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the page's half ended with %v\n%s", err, &stderr)
		}
	})
	return &page{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20), kill: func() { cmd.Process.Kill() }}
}

// ask returns the category in which the page refused, or fills value.
func (p *page) ask(r request, value any) (code string) {
	p.t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		p.t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, p.kill)
	defer late.Stop()
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.out.ReadBytes('\n')
	if err != nil {
		p.t.Fatalf("the page's half is gone: %v", err)
	}
	wire := struct {
		Code  string `json:"code"`
		Value any    `json:"value"`
	}{Value: value}
	if err := json.Unmarshal(answer, &wire); err != nil {
		p.t.Fatalf("couldn't read %.200q: %v", answer, err)
	}
	return wire.Code
}

// must is ask for what the page must not refuse.
func (p *page) must(r request, value any) {
	p.t.Helper()
	if code := p.ask(r, value); code != "" {
		p.t.Fatalf("the page refuses to %s: %s", r.Op, code)
	}
}
