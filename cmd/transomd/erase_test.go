package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/drop/droptest"
)

// TestErasedFromDisk erases one letter as its owner and withdraws another as its
// sender, kills the server before it has done anything about their bytes, and
// starts it again: soon no file holds a piece of either, and the third letter is
// there.
func TestErasedFromDisk(t *testing.T) {
	data := t.TempDir()
	args := []string{"--data", data, "--listen", "127.0.0.1:0", "--open", "--origin", testOrigin}
	p := start(t, args...)
	o := published(t, p)
	replies := owner{keys.NewRoot()} // a mailbox without a card
	secret := random(32)
	hash := sha256.Sum256(secret)
	b64 := base64.RawURLEncoding.EncodeToString
	erased, withdrawn, kept, reply := newLetter(), newLetter(), newLetter(), newLetter()
	withdrawn.body = droptest.Envelope(2 << 20)
	for l, at := range map[*letter]owner{&erased: o, &withdrawn: o, &kept: o, &reply: replies} {
		status, body, err := ask(http.DefaultClient, p.at, "PUT", at.mailbox()+"/envelopes/"+l.id.String(), l.body, "Transom-Withdraw-Hash", b64(hash[:]))
		if status != 201 || err != nil {
			t.Fatalf("depositing: %d %s %v", status, body, err)
		}
	}
	gone := []letter{erased, withdrawn, reply}
	if n := len(piecesIn(t, data, gone)); n < 3*len(gone) {
		t.Fatalf("%d pieces are found while the letters are there: this test sees nothing", n)
	}
	if status, body, err := ask(http.DefaultClient, p.at, "DELETE", o.mailbox()+"/envelopes/"+withdrawn.id.String(), nil, "Transom-Withdraw", b64(secret)); status != 204 || err != nil {
		t.Fatalf("withdrawing: %d %s %v", status, body, err)
	}
	for l, at := range map[*letter]owner{&erased: o, &reply: replies} {
		if status, _, err := at.ask(http.DefaultClient, p.at, "DELETE", at.mailbox()+"/envelopes/"+l.id.String(), nil); status != 204 || err != nil {
			t.Fatalf("erasing: %d %v", status, err)
		}
	}
	if len(piecesIn(t, data, gone)) == 0 {
		t.Error("the bytes were gone at once: this test sees nothing")
	}
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
	p = start(t, args...)
	for deadline := time.Now().Add(20 * time.Second); len(piecesIn(t, data, gone)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still there: %q", piecesIn(t, data, gone))
		}
	}
	status, body, err := o.ask(http.DefaultClient, p.at, "GET", o.mailbox()+"/envelopes/"+kept.id.String(), nil)
	if status != 200 || err != nil || !bytes.Equal(body, kept.body) {
		t.Errorf("the letter that stays: %d, %d bytes, %v", status, len(body), err)
	}
	if code := p.stop(os.Interrupt); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	if found := piecesIn(t, data, gone); len(found) > 0 {
		t.Errorf("there again: %q", found)
	}
}

// piecesIn searches a folder for letters' IDs and pieces of their bytes.
func piecesIn(t *testing.T, dir string, letters []letter) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // removed meanwhile
		}
		b, _ := os.ReadFile(path)
		for _, l := range letters {
			n := len(l.body)
			for _, piece := range [][]byte{l.id[:], l.body[n/2 : n/2+32], l.body[n-32:]} {
				if bytes.Contains(b, piece) {
					found = append(found, filepath.Base(path))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
