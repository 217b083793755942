package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// idleLimit is what an idle server may have resident, in KiB.
const idleLimit = 40 << 10

// TestIdleMemory: a busy minute does not stay in memory. Small letters and large
// ones come in over many connections; some seconds later the server is small
// again.
func TestIdleMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: the memory of another process can be read on Linux only")
	}
	p := start(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--open", "--origin", testOrigin)
	if got := resident(t, p); got > idleLimit {
		t.Errorf("%d KiB when it has just started", got)
	}
	o := published(t, p)
	var load sync.WaitGroup
	for i := range 16 {
		load.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			body, times := droptest.Envelope(droptest.Smallest), 100
			if i < 4 {
				body, times = droptest.Envelope(15<<20), 2
			}
			for range times {
				status, answer, err := ask(client, p.at, "PUT", o.mailbox()+"/envelopes/"+drop.NewEnvelopeID().String(), body, "Transom-Withdraw-Hash", withdrawHash)
				if status != 201 || err != nil {
					t.Errorf("%d %s %v", status, answer, err)
					return
				}
			}
		})
	}
	load.Wait()
	busy := resident(t, p)
	for deadline := time.Now().Add(30 * time.Second); resident(t, p) > idleLimit; time.Sleep(500 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d KiB half a minute after the last letter, limit %d", resident(t, p), idleLimit)
		}
	}
	t.Logf("%d KiB busy, %d KiB idle", busy, resident(t, p))
	p.stop(syscall.SIGTERM)
}

// resident reads VmRSS, in KiB.
func resident(t *testing.T, p *process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
