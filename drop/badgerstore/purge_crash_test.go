package badgerstore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

// purgeEnv tells the test binary that it is a process that purges until it is
// killed; its value is the store's folder.
const purgeEnv = "TRANSOM_BADGERSTORE_PURGE"

func init() { children[purgeEnv] = purgeChild }

var purging = Options{testOnlyMemtable: 4 << 20, testOnlyValueLog: 1 << 20, testOnlyPurge: 5 * time.Millisecond}

// marked is a body that says whose it is wherever a piece of it is found.
func marked(id drop.EnvelopeID) []byte {
	return bytes.Repeat(append([]byte("whose:"), id[:]...), 400)
}

// purgeChild writes and erases, says on standard output what was acknowledged, and
// purges all the while.
func purgeChild(dir string) {
	s, err := purging.Open(dir)
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	for w := range 4 {
		go func() {
			var mine []drop.EnvelopeID
			for i := 0; ; i++ {
				id := drop.NewEnvelopeID()
				body := marked(id)
				if i%8 == w {
					body = bytes.Repeat(body, 130) // several rows
				}
				if _, _, err := s.Put(ctx, deposit(id, body)); err != nil {
					fmt.Println("failed", err)
				}
				fmt.Printf("put %v\n", id)
				if mine = append(mine, id); i%2 == 1 {
					fmt.Printf("erasing %v\n", mine[0])
					if err := s.Erase(ctx, drop.MailboxID{}, mine[0]); err != nil {
						fmt.Println("failed", err)
					}
					fmt.Printf("erased %v\n", mine[0])
					mine = mine[1:]
				}
			}
		}()
	}
	for purges := 0; ; {
		time.Sleep(time.Millisecond)
		if !s.owed.Load() {
			if purges++; purges < 100 {
				fmt.Println("purged")
			}
		}
	}
}

// TestKilledWhilePurging kills a process that does little else than purge. All
// that was acknowledged and not erased is there as it was sent; what was erased is
// in no file once the next process has swept.
func TestKilledWhilePurging(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "store")
	kept, gone, erasing := map[string]bool{}, map[string]bool{}, map[string]bool{}
	purges, rounds := 0, 6
	if longTests {
		rounds = 60
	}
	for round := range rounds {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), purgeEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(400+37*(round*7%10))*time.Millisecond, func() { cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			switch what, id, _ := strings.Cut(lines.Text(), " "); what {
			case "put":
				kept[id] = true
			case "erasing":
				erasing[id] = true
				delete(kept, id)
			case "erased":
				gone[id] = true
			case "purged":
				purges++
			default:
				t.Error(lines.Text())
			}
		}
		timer.Stop()
		cmd.Wait()
		checkPurged(t, dir, kept, gone)
	}
	if len(gone) < 50 || len(kept) < 50 {
		t.Errorf("only %d kept, %d erased", len(kept), len(gone))
	}
	t.Logf("%d kept, %d erased, seen clean %d times", len(kept), len(gone), purges)
}

func checkPurged(t *testing.T, dir string, kept, gone map[string]bool) {
	t.Helper()
	s, err := small.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Sweep(ctx, 2); err != nil || s.owed.Load() {
		t.Fatalf("sweeping after a kill: owed %v, %v", s.owed.Load(), err)
	}
	for text := range kept {
		id, err := drop.ParseEnvelopeID(text)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := read(s, id); err != nil || !bytes.HasPrefix(body, marked(id)) {
			t.Fatalf("an acknowledged letter: %d bytes, %v", len(body), err)
		}
	}
	pieces := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, rest, found := bytes.Cut(b, []byte("whose:")); found; _, rest, found = bytes.Cut(rest, []byte("whose:")) {
			if pieces++; len(rest) >= 16 && gone[drop.EnvelopeID(rest[:16]).String()] {
				t.Fatalf("what was erased is in %s", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil || pieces == 0 {
		t.Fatalf("%d pieces found, %v", pieces, err)
	}
}
