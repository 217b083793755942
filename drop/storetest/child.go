package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

// childEnv tells the test binary that it runs as a child: the role, a space, and
// the store's folder.
const childEnv = "TRANSOM_STORETEST_CHILD"

// Main is for the TestMain of a package that calls [Crash] or [Corruption]: they
// start the test binary again, as a process that can be killed.
func Main(m *testing.M, open func(dir string) (drop.Store, error)) {
	role, dir, ok := strings.Cut(os.Getenv(childEnv), " ")
	if !ok {
		os.Exit(m.Run())
	}
	var err error
	switch role {
	case "write":
		err = writeUntilTold(dir, open)
	case "check":
		err = checkDamaged(dir, open)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child starts the test binary in a role.
func child(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(c, exe)
	cmd.Env = append(os.Environ(), childEnv+"="+role+" "+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// The mailboxes of a writing child: what it writes to the first is accounted
// for; what it writes to the second expires at once, so that the sweeps that run
// all the while have something to do.
var (
	kept    = mailbox(1)
	passing = mailbox(2)
	carded  = mailbox(3)
)

// writeUntilTold writes to a store, and says on standard output what has been
// acknowledged, until its standard input ends or it is killed.
func writeUntilTold(dir string, open func(dir string) (drop.Store, error)) error {
	s, err := open(filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	w := &writer{s: s}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		w.stop.Store(true)
	}()
	w.wg.Go(w.putCards)
	w.wg.Go(w.sweep)
	for range 6 {
		w.wg.Go(w.putEnvelopes)
	}
	w.wg.Wait()
	if w.failed.Load() {
		return fmt.Errorf("a writer failed")
	}
	return s.Close()
}

type writer struct {
	s            drop.Store
	wg           sync.WaitGroup
	stop, failed atomic.Bool
}

// say writes one line in one system call: a kill leaves it whole or unsaid.
func (w *writer) say(what string, v any) { fmt.Fprintf(os.Stdout, "%s %v\n", what, v) }

func (w *writer) check(err error) bool {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		w.failed.Store(true)
		w.stop.Store(true)
	}
	return err == nil
}

func (w *writer) putEnvelopes() {
	var mine []drop.EnvelopeID
	for i := 0; !w.stop.Load(); i++ {
		id := drop.NewEnvelopeID()
		_, created, err := w.s.Put(ctx, deposit(kept, id, bodyOf(id), 1))
		if err == nil && !created {
			err = fmt.Errorf("a new ID was taken")
		}
		if !w.check(err) {
			return
		}
		w.say("put", id)
		mine = append(mine, id)
		if i%4 == 3 {
			gone := mine[i/4]
			w.say("erasing", gone)
			if !w.check(w.s.Erase(ctx, kept, gone)) {
				return
			}
			w.say("erased", gone)
		}
		if i%8 == 5 {
			d := deposit(passing, id, bodyOf(id), 1)
			d.Expires = today
			if _, _, err := w.s.Put(ctx, d); !w.check(err) {
				return
			}
		}
	}
}

// putCards replaces one card again and again; each is the one before plus one.
func (w *writer) putCards() {
	sealed, _, err := w.s.Card(ctx, carded)
	n := 0
	if err == nil {
		n = cardNumber(sealed)
	}
	for !w.stop.Load() {
		u := update(carded, cardBody(n+1))
		if n > 0 {
			u = replacing(u, cardBody(n))
		}
		if _, err := w.s.PutCard(ctx, u); !w.check(err) {
			return
		}
		n++
		w.say("card", n)
		time.Sleep(5 * time.Millisecond)
	}
}

func (w *writer) sweep() {
	for !w.stop.Load() {
		time.Sleep(40 * time.Millisecond)
		if _, err := w.s.Sweep(ctx, today+1); !w.check(err) {
			return
		}
	}
}

// cardBody is the text of a card that says its number.
func cardBody(n int) []byte {
	return append([]byte(strconv.Itoa(n)+"\n"), text(uint64(n), 3000)...)
}

func cardNumber(sealed []byte) int {
	first, _, _ := strings.Cut(string(sealed), "\n")
	n, err := strconv.Atoi(first)
	if err != nil || string(cardBody(n)) != string(sealed) {
		return -1
	}
	return n
}

// account is what a writing child has said.
type account struct {
	Put     map[string]bool // acknowledged
	Erasing map[string]bool // perhaps gone
	Erased  map[string]bool // certainly gone
	Card    int
}

func newAccount() *account {
	return &account{Put: map[string]bool{}, Erasing: map[string]bool{}, Erased: map[string]bool{}}
}

// listen takes down what a child says until its output ends. It calls first when
// it has heard something.
func (a *account) listen(r io.Reader, first func()) error {
	lines := bufio.NewScanner(r)
	for heard := false; lines.Scan(); heard = true {
		if !heard {
			first()
		}
		what, v, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case "put":
			a.Put[v] = true
		case "erasing":
			a.Erasing[v] = true
		case "erased":
			a.Erased[v] = true
		case "card":
			n, err := strconv.Atoi(v)
			if err != nil {
				return err
			}
			a.Card = n
		default:
			return fmt.Errorf("a child said %q", lines.Text())
		}
	}
	return lines.Err()
}

// runWriter has a child write for a while, counted from its first word or from
// its start, and then kills it or lets it close the store.
func runWriter(t *testing.T, dir string, a *account, d time.Duration, fromStart, kill bool) {
	t.Helper()
	cmd := child(t, "write", dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	endLater := sync.OnceFunc(func() {
		time.AfterFunc(d, func() {
			if kill {
				cmd.Process.Kill()
			} else {
				stdin.Close()
			}
		})
	})
	if fromStart {
		endLater()
	}
	if err := a.listen(stdout, endLater); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); !kill && err != nil {
		t.Fatalf("a writing child: %v", err)
	} else if kill && cmd.ProcessState.Exited() {
		t.Fatalf("a writing child ended before it was killed: %v", err)
	}
}
