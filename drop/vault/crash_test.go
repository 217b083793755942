package vault

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/letter"
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
		v := open(t, dir)
		searchFor(t, v, "letter")
		check(t, v.Delete(1))
	case "begin":
		v := open(t, dir)
		d, err := v.Drop("first")
		check(t, err)
		newSender(d).first(t, v, "a thread")
	case "reply":
		reply(t, open(t, dir), 2, "an answer")
	case "receipt":
		receipt(t, open(t, dir), 2, time.Unix(2000, 0))
	case "acknowledge":
		v := open(t, dir)
		check(t, v.Acknowledged(v.Outbox()[0].ID))
	case "discard":
		v := open(t, dir)
		th, err := v.Thread(2)
		check(t, err)
		in, err := v.Incoming(th.Drop, drop.EnvelopeID{7})
		check(t, err)
		_, err = in.WriteString("unread")
		check(t, err)
		check(t, v.Discard(in, Letter{}, &letter.Meta{Seq: 2}, th))
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
		{"delete", "written beside texts", 1, 1, 0},
		{"delete", "texts without the letter", 1, 1, 0},
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
			runStopped(t, cmd, c.step != "never")
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
			if c.do == "delete" {
				// Found again if it is there, and nothing of it left if it isn't.
				if got := searchFor(t, v, "letter"); len(got) != c.letters || len(textsOf(t, v)) != c.letters {
					t.Errorf("found %v in %v", got, textsOf(t, v))
				}
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

func runStopped(t *testing.T, cmd *exec.Cmd, wantKilled bool) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if killed := cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled(); killed != wantKilled || !killed && err != nil {
		t.Fatalf("killed is %v: %v\n%s", killed, err, out)
	}
}

// outcome is what a vault holds of threads and of what is sent.
type outcome struct {
	Letters, Threads int
	Seq              int64 // of the thread of letter 2
	Queued           int
	Files            int // in sent/, once the vault has been opened for writing
	Discarded        bool
}

// TestKilledInThread does the same with what changes a thread: whatever a letter,
// its thread and the outbox have to agree on is there or isn't.
func TestKilledInThread(t *testing.T) {
	before := outcome{Letters: 2, Threads: 1}
	replied := outcome{Letters: 3, Threads: 1, Seq: 1, Queued: 1, Files: 1}
	told := outcome{Letters: 2, Threads: 1, Queued: 1, Files: 1}
	for _, c := range []struct {
		first, do, step string
		want            outcome
	}{
		{"", "begin", "envelope kept", before},
		{"", "begin", "frame written", outcome{Letters: 3, Threads: 2}},
		{"", "reply", "envelope to send synced", before},
		{"", "reply", "frame written", replied},
		{"", "reply", "never", replied},
		{"", "receipt", "envelope to send synced", before},
		{"", "receipt", "frame written", told},
		{"receipt", "receipt", "envelope to send synced", told},
		{"receipt", "receipt", "frame written", told},
		{"receipt", "receipt", "never", told},
		{"reply", "acknowledge", "frame written", outcome{Letters: 3, Threads: 1, Seq: 1, Files: 1}},
		{"reply", "acknowledge", "entry taken out", outcome{Letters: 3, Threads: 1, Seq: 1, Files: 1}},
		{"receipt", "acknowledge", "frame written", before},
		{"receipt", "acknowledge", "entry taken out", before},
		{"receipt", "acknowledge", "never", before},
		{"", "discard", "frame written", outcome{Letters: 2, Threads: 1, Discarded: true}},
	} {
		t.Run(c.do+" "+c.step, func(t *testing.T) {
			dir, v := newVault(t)
			d := newDrop("first")
			check(t, v.PutDrop(d))
			keep(t, v, d, "the first letter", nil)
			newSender(d).first(t, v, "the second letter")
			switch c.first {
			case "reply":
				reply(t, v, 2, "an answer")
			case "receipt":
				receipt(t, v, 2, time.Unix(1000, 0))
			}
			check(t, v.Close())
			cmd := exec.Command(os.Args[0], "-test.run=^TestStopped$")
			cmd.Env = append(os.Environ(), "TRANSOM_TESTONLY_VAULT="+dir, "TRANSOM_TESTONLY_DO="+c.do, "TRANSOM_TESTONLY_STOP="+c.step)
			runStopped(t, cmd, c.step != "never")

			v = open(t, dir)
			th, err := v.Thread(2)
			check(t, err)
			got := outcome{
				Letters: len(v.Letters()), Threads: len(v.Threads()), Seq: th.Seq, Queued: len(v.Outbox()),
				Discarded: v.Known(d.Mailbox(), drop.EnvelopeID{7}) && th.Discarded.Has(2),
			}
			if _, err := os.Stat(filepath.Join(dir, "sent")); err == nil {
				got.Files = len(names(t, filepath.Join(dir, "sent")))
			}
			if got != c.want {
				t.Errorf("it left %+v, want %+v", got, c.want)
			}
			for _, q := range v.Outbox() {
				if _, err := v.Parcel(q.ID); err != nil {
					t.Errorf("what waits can't be sent: %v", err)
				}
			}
			// The next reply has the next number: none twice, and no gap.
			if l := reply(t, v, 2, "another answer"); l.Seq != th.Seq+1 {
				t.Errorf("the next reply has number %d, after %d", l.Seq, th.Seq)
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
