package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/transom-drop/transom/drop/droptest"
)

// person is somebody at a terminal, with a home and a server.
type person struct {
	t      *testing.T
	home   string
	server *droptest.Server
	env    []string
}

func newPerson(t *testing.T) *person {
	t.Helper()
	return &person{t: t, home: t.TempDir(), server: droptest.New(t, droptest.Options{})}
}

// session is one command on a pseudo-terminal.
type session struct {
	t    *testing.T
	cmd  *exec.Cmd
	pty  *os.File
	mu   sync.Mutex
	seen string // guarded by mu
	at   int    // how far into seen it was looked
	done chan struct{}
}

func (p *person) start(args ...string) *session {
	p.t.Helper()
	s := &session{t: p.t, cmd: exec.Command("transom", args...), done: make(chan struct{})}
	s.cmd.Dir = p.home
	s.cmd.Env = append(append(os.Environ(), "HOME="+p.home, "TRANSOM_HOME=", "XDG_DATA_HOME=", "VISUAL=", "TRANSOM_PASSPHRASE_FILE="), p.env...)
	var err error
	if s.pty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 50, Cols: 120}); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { s.cmd.Process.Kill(); s.pty.Close() })
	go func() {
		defer close(s.done)
		b := make([]byte, 4096)
		for {
			n, err := s.pty.Read(b)
			s.mu.Lock()
			s.seen += string(b[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

// expect waits until the screen has shown a text, behind what was expected before.
func (s *session) expect(text string) {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		s.mu.Lock()
		i := strings.Index(s.seen[s.at:], text)
		if i >= 0 {
			s.at += i + len(text)
		}
		seen := s.seen
		s.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-s.done:
			if deadline.After(time.Now()) {
				deadline = time.Now() // look once more
				continue
			}
		default:
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%q did not come; the screen shows\n%s", text, seen)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *session) typed(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.pty, text); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the end and returns everything that was shown.
func (s *session) end(code int) string {
	s.t.Helper()
	err := s.cmd.Wait()
	<-s.done
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit code %d, want %d; the screen shows\n%s", got, code, s.seen)
	}
	return s.seen
}

const secret = "correct horse battery staple"

// makeDrop makes a vault and a drop, and returns the link.
func (p *person) makeDrop() string {
	p.t.Helper()
	path := filepath.Join(p.home, "passphrase")
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(p.quietly("new", "--server", p.server.URL, "--title", "The newsroom", "--name", "desk"))
}

// quietly runs a command without a terminal.
func (p *person) quietly(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("transom", append(args, "--passphrase-file", filepath.Join(p.home, "passphrase"))...)
	cmd.Dir = p.home
	cmd.Env = append(os.Environ(), "HOME="+p.home, "TRANSOM_HOME=", "XDG_DATA_HOME=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("transom %v: %v", args, err)
	}
	return string(out)
}

func TestNewOnTerminal(t *testing.T) {
	p := newPerson(t)
	s := p.start("new", "--server", p.server.URL, "--title", "The newsroom")
	s.expect("there is no vault yet. One is made in " + p.home)
	s.expect("New passphrase: ")
	s.typed(secret + "\n")
	s.expect("The same again: ")
	s.typed(secret + "\n")
	s.expect("made the drop the-newsroom")
	s.expect("█") // the QR code
	s.expect("/#drop1")
	if seen := s.end(exitDone); strings.Contains(seen, "battery") {
		t.Error("the passphrase was shown")
	}

	s = p.start("list")
	s.expect("Passphrase of the vault: ")
	s.typed("wrong\n")
	s.expect("transom: wrong passphrase")
	s.end(exitCannotOpen)
}

func TestNewPassphraseRefused(t *testing.T) {
	for name, c := range map[string]struct {
		dialogue [][2]string
		says     string
	}{
		"different": {[][2]string{{"New passphrase: ", secret}, {"The same again: ", secret + "x"}}, "the two passphrases are different"},
		"empty":     {[][2]string{{"New passphrase: ", ""}}, "no passphrase was given"},
		"short":     {[][2]string{{"New passphrase: ", "hunter2"}, {"Use it anyway? [y/N] ", ""}}, "no vault was made"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			s := p.start("new", "--server", p.server.URL, "--title", "x")
			for _, line := range c.dialogue {
				s.expect(line[0])
				s.typed(line[1] + "\n")
			}
			s.expect(c.says)
			s.end(exitFailed)
			if len(p.server.Seen()) > 0 {
				t.Error("something was sent")
			}
			if there, _ := os.ReadDir(filepath.Join(p.home, ".local/share/transom")); len(there) > 0 {
				t.Error("something was made")
			}
		})
	}
	p := newPerson(t)
	s := p.start("new", "--server", p.server.URL, "--title", "x")
	for _, line := range [][2]string{{"New passphrase: ", "hunter2"}, {"Use it anyway? [y/N] ", "y"}, {"The same again: ", "hunter2"}} {
		s.expect(line[0])
		s.typed(line[1] + "\n")
	}
	s.expect("/#drop1")
	s.end(exitDone)
}

// TestQuestions: what is irrevocable or secret needs a yes.
func TestQuestions(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	p.env = []string{"TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	p.quietly("send", l, "--message", "one")
	p.quietly("collect")
	for _, c := range []struct {
		answer string
		code   int
	}{{"", exitFailed}, {"n", exitFailed}, {"yess", exitFailed}, {"\x04", exitFailed}, {"yes", exitDone}} {
		s := p.start("identity")
		s.expect("this is the key to all letters of desk")
		s.expect("Print it? [y/N] ")
		s.typed(c.answer + "\n")
		if seen := s.end(c.code); strings.Contains(seen, "AGE-SECRET-KEY-PQ-1") != (c.code == exitDone) {
			t.Errorf("identity, answered %q, shows\n%s", c.answer, seen)
		}
	}
	s := p.start("delete", "1")
	s.expect("Delete letter 1 for good? [y/N] ")
	s.typed("n\n")
	s.expect("nothing was deleted")
	s.end(exitFailed)

	s = p.start("export", "1")
	s.expect("wrote letter-1.age")
	s.end(exitDone)
	s = p.start("export", "1")
	s.expect("letter-1.age is there already")
	s.end(exitFailed)

	s = p.start("delete", "1")
	s.expect("[y/N] ")
	s.typed("Y\n")
	s.expect("deleted 1 letter")
	s.end(exitDone)

	s = p.start("card", "-")
	s.expect("Link: ")
	s.typed(l + "\n")
	s.expect("The newsroom")
	s.end(exitDone)
}

// TestEditor: the message is written in a private place that is gone afterwards.
func TestEditor(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	script := filepath.Join(p.home, "editor")
	if err := os.WriteFile(script, []byte(`#!/bin/sh
test "$1" = --wait || exit 9
printf 'written in an editor\n' > "$2"
echo "$2" > `+p.home+`/path
stat -c %a "$2" "$(dirname "$2")" > `+p.home+"/modes\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.env = []string{"EDITOR=" + script + " --wait"}
	s := p.start("send", l)
	s.expect("writing to: The newsroom")
	s.expect("your letter is on the server")
	s.end(exitDone)
	if got := p.quietly("collect"); !strings.Contains(got, "written in an editor") {
		t.Errorf("collected %q", got)
	}
	path, _ := os.ReadFile(filepath.Join(p.home, "path"))
	if modes, _ := os.ReadFile(filepath.Join(p.home, "modes")); string(modes) != "600\n700\n" {
		t.Errorf("the editor's file and folder had modes %q", modes)
	}
	if _, err := os.Stat(filepath.Dir(strings.TrimSpace(string(path)))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the editor's folder %s is still there: %v", path, err)
	}

	for editor, says := range map[string]string{"true": "the message is empty", "false": "the editor failed", "": "there is no text, and no editor to write it in"} {
		p.env = []string{"EDITOR=" + editor}
		s := p.start("send", l)
		s.expect(says)
		s.expect("Nothing was sent.")
		if editor == "" {
			s.end(exitUsage)
		} else {
			s.end(exitFailed)
		}
	}
}

// TestTryAgain: what was written in an editor is not lost with the network.
func TestTryAgain(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	p.env = []string{`EDITOR=sh -c 'echo from the editor > "$1"' sh`}
	p.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Do: droptest.LoseAnswer})
	s := p.start("send", l)
	s.expect("The letter may have arrived or not")
	s.expect("Try again with the same letter? [y/N] ")
	p.server.TestOnlyHeal()
	s.typed("y\n")
	s.expect("your letter is on the server")
	s.end(exitDone)
	if got := p.quietly("collect"); strings.Count(got, "from the editor") != 1 {
		t.Errorf("collected %q", got)
	}
}

// TestInterrupted: Ctrl-C leaves the terminal and the vault as they were.
func TestInterrupted(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	s := p.start("list")
	s.expect("Passphrase of the vault: ")
	before := time.Now()
	s.typed("\x03")
	s.expect("transom: interrupted")
	s.end(exitInterrupted)
	if time.Since(before) > 10*time.Second {
		t.Error("it took its time")
	}

	p.quietly("send", l, "--message", "one")
	p.quietly("send", l, "--message", "two")
	p.env = []string{"TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	reached := make(chan struct{})
	p.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes/", Skip: 1, Do: func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		close(reached)
		<-r.Context().Done()
	}})
	s = p.start("collect")
	<-reached
	s.typed("\x03")
	s.expect("transom: interrupted")
	s.expect("What was collected is safe in the vault; the rest waits on the server.")
	s.end(exitInterrupted)
	p.server.TestOnlyHeal()
	p.quietly("collect")
	if got := p.quietly("list"); strings.Count(got, "desk") != 2 {
		t.Errorf("the list is\n%s", got)
	}

	// A letter that may have left is not said to be unsent.
	reached = make(chan struct{})
	p.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Do: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		io.Copy(io.Discard, r.Body)
		close(reached)
		<-r.Context().Done()
	}})
	s = p.start("send", l, "--message", "three")
	<-reached
	s.typed("\x03")
	s.expect("transom: interrupted")
	s.expect("may have arrived or not")
	s.end(exitInterrupted)
}

// TestHungUp: when the window is closed, or Ctrl-\ is typed, nothing of a letter
// that is being written stays behind.
func TestHungUp(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT} {
		p := newPerson(t)
		p.env = []string{`EDITOR=sh -c 'echo half a letter > "$1"; echo "at $1."; exec sleep 60' sh`}
		s := p.start("send", p.makeDrop())
		s.expect(".txt.")
		s.mu.Lock()
		_, path, _ := strings.Cut(strings.TrimSuffix(s.seen[:s.at], "."), "at ")
		s.mu.Unlock()
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
		s.cmd.Process.Signal(signal)
		s.end(exitInterrupted)
		if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("after %v the letter is still in %s", signal, path)
		}
	}
}

// TestInterruptedPipe: a message that never ends to come is no reason to stay.
func TestInterruptedPipe(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd := exec.Command("transom", "send", l)
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != exitInterrupted {
		t.Errorf("exit code %d, want %d", got, exitInterrupted)
	}
}

// TestProgress: after a second, and gone at the end.
func TestProgress(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	p.quietly("send", l, "--message", "one")
	p.env = []string{"TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	p.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes/", Times: 1, Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(1100 * time.Millisecond)
		next.ServeHTTP(w, r)
	}})
	s := p.start("collect")
	s.expect("transom: collecting")
	s.expect("one")
	s.end(exitDone)
	s = p.start("collect")
	s.expect("nothing new")
	if seen := s.end(exitDone); strings.Contains(seen, "collecting") {
		t.Errorf("progress of nothing was shown:\n%s", seen)
	}
}
