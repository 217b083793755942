package badgerstore

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/transom-drop/transom/drop"
)

// largeEnv tells the test binary that it is the process that is measured; its
// value is the store's folder.
const largeEnv = "TRANSOM_BADGERSTORE_LARGE"

func init() { children[largeEnv] = largeChild }

// TestLarge fills a store with 100,000 envelopes of 32 KiB, 3.2 GB, and opens it
// in a process of its own, after a clean stop, after a kill and with cold caches: it
// must be ready in less than half a second, and hold little memory when idle,
// then and after a burst of deposits and reads.
func TestLarge(t *testing.T) {
	if !longTests {
		t.Skip("fills the disk with 3.2 GB: set TRANSOM_LONG=1")
	}
	dir := filepath.Join(t.TempDir(), "store")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	fill(t, s, 100_000)
	t.Logf("filled in %v", time.Since(start).Round(time.Second))
	sweepUnderLoad(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []string{"a clean stop", "a kill", "a cold start"} {
		if after == "a cold start" {
			evict(t, dir)
		}
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), largeEnv+"="+dir)
		out, err := cmd.Output()
		if err != nil && !strings.Contains(err.Error(), "killed") {
			t.Fatal(err, string(out))
		}
		for line := range strings.Lines(string(out)) {
			what, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			t.Logf("after %s: %s: %s", after, what, value)
			n, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case what == "ready" && n > 500:
				t.Errorf("ready after %d ms", n)
			case strings.HasPrefix(what, "resident") && n > 40<<10:
				t.Errorf("%s: %d KiB", what, n)
			}
		}
	}
}

// sweepUnderLoad sweeps a thirtieth away, and says how long a deposit had to wait.
func sweepUnderLoad(t *testing.T, s *Store) {
	stop := make(chan struct{})
	worst := make(chan time.Duration)
	go func() {
		var longest time.Duration
		for {
			select {
			case <-stop:
				worst <- longest
				return
			default:
			}
			start := time.Now()
			fill(t, s, 1)
			longest = max(longest, time.Since(start))
		}
	}()
	start := time.Now()
	removed, err := s.Sweep(ctx, 31)
	took := time.Since(start)
	close(stop)
	t.Logf("swept %d in %v; the longest that a deposit took was %v", removed, took.Round(time.Millisecond), (<-worst).Round(time.Millisecond))
	if err != nil || removed < 3000 {
		t.Errorf("swept %d, error %v", removed, err)
	}
}

// evict has the kernel forget what it has cached of the store's files.
func evict(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Sync()
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			t.Error(err)
		}
		f.Close()
	}
}

func fill(t testing.TB, s *Store, n int) {
	body := randomBytes(letterSize)
	spread(t, n, 64, func(i int) error {
		_, _, err := s.Put(ctx, drop.Deposit{
			Mailbox: drop.MailboxID{byte(i), byte(i >> 8)}, ID: drop.NewEnvelopeID(),
			Size: letterSize, Day: 1, Expires: drop.Day(30 + i%30), Body: bytes.NewReader(body),
		})
		return err
	})
}

// largeChild opens the store, measures, and dies by a kill.
func largeChild(dir string) {
	start := time.Now()
	s, err := Open(dir)
	if err != nil {
		panic(err)
	}
	stats, _, err := s.List(ctx, drop.MailboxID{1, 1}, nil, 1000)
	if err != nil || len(stats) == 0 {
		panic(fmt.Sprint(len(stats), err))
	}
	fmt.Printf("ready: %d ms\n", time.Since(start).Milliseconds())
	time.Sleep(3 * trimEvery)
	resident("idle")
	burst := &testing.B{}
	fill(burst, s, 5000)
	for _, stat := range stats {
		_, r, err := s.Open(ctx, drop.MailboxID{1, 1}, stat.ID)
		if err != nil {
			panic(err)
		}
		r.Read(make([]byte, letterSize))
		r.Close()
	}
	resident("in a burst (unbounded)")
	time.Sleep(4 * trimEvery)
	resident("after a burst")
	p, _ := os.FindProcess(os.Getpid())
	p.Kill()
	select {}
}

func resident(when string) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	value := make(map[string]string)
	for line := range strings.Lines(string(status)) {
		name, v, _ := strings.Cut(line, ":")
		value[name] = strings.TrimSuffix(strings.TrimSpace(v), " kB")
	}
	what := "resident " + when
	if strings.Contains(when, "unbounded") {
		what = "memory " + when
	}
	fmt.Printf("%s: %s KiB (%s anonymous, %s of files)\n", what, value["VmRSS"], value["RssAnon"], value["RssFile"])
}
