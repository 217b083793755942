package vault

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// stopAt kills this process, as kill -9 does, when it comes to a step.
func stopAt(step string) {
	testOnlyStep = func(s string) {
		if s == step {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}

// TestStopped is not a test of its own: [TestKilled] runs it in a process that
// doesn't live to its end.
func TestStopped(t *testing.T) {
	dir := os.Getenv("TRANSOM_TESTONLY_VAULT")
	if dir == "" {
		return
	}
	switch os.Getenv("TRANSOM_TESTONLY_DO") {
	case "create":
		check(t, Create(dir, passphrase))
	case "put":
		check(t, open(t, dir).PutDrop(newDrop("second")))
	case "keep":
		v := open(t, dir)
		d, err := v.Drop("first")
		check(t, err)
		keep(t, v, d, "the second letter", nil)
	case "delete":
		check(t, open(t, dir).Delete(1))
	}
}

// TestKilled kills a process at each step and looks at what is left: the state
// before, or the state after.
func TestKilled(t *testing.T) {
	for _, c := range []struct {
		do, step string
		drops    int
		letters  int
		orphans  int // envelopes that no letter has
	}{
		{"create", "written beside version", 0, 0, 0},
		{"create", "written beside journal", 0, 0, 0},
		{"create", "written beside key.age", 0, 0, 0},
		{"put", "frame written", 2, 1, 0},
		{"keep", "envelope synced", 1, 1, 0},
		{"keep", "envelope kept", 1, 1, 1},
		{"keep", "frame written", 1, 2, 0},
		{"delete", "written beside journal", 1, 1, 0},
		{"delete", "journal without the letter", 1, 0, 1},
		{"delete", "never", 1, 0, 0},
	} {
		t.Run(c.do+" "+c.step, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			var first Letter
			if c.do != "create" {
				check(t, Create(dir, passphrase))
				v := open(t, dir)
				check(t, v.PutDrop(newDrop("first")))
				d, _ := v.Drop("first")
				first = keep(t, v, d, "the first letter", nil)
				check(t, v.Close())
			}
			cmd := exec.Command(os.Args[0], "-test.run=^TestStopped$")
			cmd.Env = append(os.Environ(), "TRANSOM_TESTONLY_VAULT="+dir, "TRANSOM_TESTONLY_DO="+c.do, "TRANSOM_TESTONLY_STOP="+c.step)
			out, err := cmd.CombinedOutput()
			if killed := cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled(); killed != (c.step != "never") {
				t.Fatalf("killed is %v: %v\n%s", killed, err, out)
			}
			if c.do == "create" {
				if there, err := Exists(dir); there || err != nil {
					t.Fatalf("half a vault counts as one: %v, %v", there, err)
				}
				check(t, Create(dir, passphrase))
				open(t, dir)
				return
			}
			v := open(t, dir)
			if len(v.Drops()) != c.drops || len(v.Letters()) != c.letters {
				t.Errorf("%d drops and %d letters, want %d and %d", len(v.Drops()), len(v.Letters()), c.drops, c.letters)
			}
			for _, l := range v.Letters() {
				r, closer, err := v.OpenLetter(l.Number)
				check(t, err)
				if _, err := ReadContent(r); err != nil {
					t.Errorf("letter %d: %v", l.Number, err)
				}
				closer.Close()
			}
			if got := countEnvelopes(t, dir); got != c.letters+c.orphans {
				t.Errorf("%d envelopes, want %d", got, c.letters+c.orphans)
			}
			if c.do == "delete" && c.letters == 0 {
				// What the interrupted run left goes with the next.
				if !v.Known(first.Mailbox, first.Envelope) {
					t.Error("the deleted letter was forgotten")
				}
				check(t, v.Delete())
				if got := countEnvelopes(t, dir); got != 0 {
					t.Errorf("%d envelopes of deleted letters left", got)
				}
			}
		})
	}
}

// TestKeepAgain collects once more what a crash left without a record.
func TestKeepAgain(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	id := drop.NewEnvelopeID()
	check(t, os.WriteFile(v.envelopePath(d.Mailbox(), id), []byte("left by a crash"), 0o600))
	in, err := v.Incoming(d.Mailbox(), id)
	check(t, err)
	_, err = in.WriteString("the same, whole")
	check(t, err)
	l, err := v.Keep(in, Letter{Size: 15}, nil, nil)
	check(t, err)
	f, err := v.OpenEnvelope(l.Number)
	check(t, err)
	defer f.Close()
	if info, _ := f.Stat(); info.Size() != 15 {
		t.Errorf("the envelope has %d bytes", info.Size())
	}
}

func countEnvelopes(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "envelopes"))
	check(t, err)
	return len(entries)
}
