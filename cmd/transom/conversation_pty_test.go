package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

// writes sends a letter to a drop as somebody who wants a reply, and returns what
// reads it later.
func (p *person) writes(l, message string) (replies func() []string) {
	p.t.Helper()
	parsed, err := link.Parse(l)
	must(p.t, err)
	c, err := dialServer(parsed.Origin)
	must(p.t, err)
	r, err := c.ReadCard(p.t.Context(), parsed.Code, today())
	must(p.t, err)
	reply, err := dialServer(parsed.Origin)
	must(p.t, err)
	t := client.NewThread(c, reply, parsed, r)
	defer t.Disconnect()
	out, err := t.Write(client.Letter{Message: message})
	must(p.t, err)
	must(p.t, t.Send(p.t.Context(), out, nil))
	return func() (texts []string) {
		t, err := client.OpenThread(p.t.Context(), dialServer, parsed.Origin, t.Codename(), client.OpenOptions{Today: today()})
		must(p.t, err)
		defer t.Disconnect()
		for _, l := range t.Letters {
			if !l.Own {
				texts = append(texts, l.UntrustedMessage)
			}
		}
		return texts
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestReplyEditor: a reply is written in an editor, behind its opening. The vault
// isn't held meanwhile, and nobody is asked for the passphrase twice.
func TestReplyEditor(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	replies := p.writes(l, "What now?")
	p.quietly("collect")
	opening := filepath.Join(p.home, "opening.txt")
	must(t, os.WriteFile(opening, []byte("Thank you for writing.\n"), 0o600))
	script := filepath.Join(p.home, "editor")
	must(t, os.WriteFile(script, []byte("#!/bin/sh\ncp \"$1\" "+p.home+"/before\n"+
		"transom star 1 --passphrase-file "+p.home+"/passphrase || exit 9\necho 'We will look.' >> \"$1\"\n"), 0o700))
	p.env = []string{"EDITOR=" + script}

	s := p.start("reply", "1", "--canned", opening)
	s.expect("Passphrase of the vault: ")
	s.typed(secret + "\n")
	s.expect("reply 2 to thread 1 is on the server, sealed for its sender.")
	if seen := s.end(exitDone); strings.Count(seen, "Passphrase") != 1 || strings.Contains(seen, "battery") {
		t.Errorf("the screen shows\n%s", seen)
	}
	if got := replies(); len(got) != 1 || got[0] != "Thank you for writing.\n\nWe will look.\n" {
		t.Errorf("the sender got %q", got)
	}
	if before, _ := os.ReadFile(filepath.Join(p.home, "before")); string(before) != "Thank you for writing.\n\n" {
		t.Errorf("the editor began with %q", before)
	}

	p.env = []string{"EDITOR=true", "TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	s = p.start("reply", "1")
	s.expect("the message is empty")
	s.expect("Nothing was sent.")
	s.end(exitFailed)
	// Who can't be answered is told before an editor opens.
	p.env[0] = "EDITOR=touch " + filepath.Join(p.home, "opened") + " #"
	s = p.start("reply", "9")
	s.expect("there is no letter 9")
	s.end(exitNothing)
	if _, err := os.Stat(filepath.Join(p.home, "opened")); err == nil {
		t.Error("an editor was opened for nothing")
	}
	if got := replies(); len(got) != 1 {
		t.Errorf("the sender got %q", got)
	}
}

// TestReplyBusy: what was written is not lost while another process works in the
// vault.
func TestReplyBusy(t *testing.T) {
	p := newPerson(t)
	replies := p.writes(p.makeDrop(), "What now?")
	p.quietly("collect")
	v, err := vault.Open(filepath.Join(p.home, ".local/share/transom"), []byte(secret), vault.Options{})
	must(t, err)
	p.env = []string{`EDITOR=sh -c 'echo written with care > "$1"' sh`, "TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	s := p.start("reply", "1")
	s.expect("is working in this vault")
	s.expect("Try again with what you have written? [y/N] ")
	s.typed("y\n")
	s.expect("is working in this vault")
	s.expect("[y/N] ")
	must(t, v.Close())
	s.typed("y\n")
	s.expect("reply 2 to thread 1 is on the server")
	s.end(exitDone)
	if got := replies(); len(got) != 1 || got[0] != "written with care\n" {
		t.Errorf("the sender got %q", got)
	}
}

// TestReplyInterrupted: an interrupted reply is in the outbox, and is sent once.
func TestReplyInterrupted(t *testing.T) {
	p := newPerson(t)
	replies := p.writes(p.makeDrop(), "What now?")
	p.quietly("collect")
	p.env = []string{"TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	reached := make(chan struct{})
	p.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r) // it arrives, and nobody is told
		close(reached)
		<-r.Context().Done()
	}})
	s := p.start("reply", "1", "--message", "An answer.")
	<-reached
	s.typed("\x03")
	s.expect("transom: interrupted")
	s.expect("What wasn't sent is in the outbox, sealed, and nothing is lost.")
	s.end(exitInterrupted)
	p.server.TestOnlyHeal()
	if got := p.quietly("outbox"); !strings.Contains(got, "    2       1  desk") {
		t.Errorf("the outbox is\n%s", got)
	}
	p.quietly("collect")
	if got := replies(); len(got) != 1 || got[0] != "An answer." {
		t.Errorf("the sender got %q", got)
	}
}

// TestNoteEditor: the editor opens the present note.
func TestNoteEditor(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	p.writes(l, "one")
	p.quietly("collect")
	p.quietly("note", "1", "first thought")
	p.env = []string{"EDITOR=sed -i s/first/second/", "TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}
	p.start("note", "1").end(exitDone)
	if got := p.quietly("read", "1"); !strings.Contains(got, "Note: second thought\n") {
		t.Errorf("the letter reads\n%s", got)
	}
	p.env[0] = "EDITOR=truncate -s 0"
	s := p.start("note", "1")
	s.expect("the note is empty")
	s.expect("Nothing was changed.")
	s.expect("--remove")
	s.end(exitFailed)
}

// TestManyQuestions: what concerns many letters says how many, and needs a yes.
func TestManyQuestions(t *testing.T) {
	p := newPerson(t)
	l := p.makeDrop()
	for _, message := range []string{"one", "two", "three"} {
		p.writes(l, message)
		p.quietly("collect")
	}
	p.quietly("label", "1", "2", "--add", "done")
	p.env = []string{"TRANSOM_PASSPHRASE_FILE=" + filepath.Join(p.home, "passphrase")}

	s := p.start("save", "--label", "done", "--to", "saved")
	s.expect("Save 2 letters (")
	s.expect("sealed) into saved? [y/N] ")
	s.typed("n\n")
	s.expect("nothing was written")
	s.end(exitFailed)
	if _, err := os.Stat(filepath.Join(p.home, "saved")); err == nil {
		t.Error("something was written")
	}
	s = p.start("save", "--label", "done", "--to", "saved")
	s.expect("[y/N] ")
	s.typed("y\n")
	s.expect("saved/letter-1/message.txt")
	s.expect("saved 2 letters")
	s.end(exitDone)

	s = p.start("delete", "--label", "done")
	s.expect("Delete 2 letters for good? [y/N] ")
	s.typed("\n")
	s.expect("nothing was deleted")
	s.end(exitFailed)
	s = p.start("delete", "--label", "done")
	s.expect("[y/N] ")
	s.typed("y\n")
	s.expect("deleted 2 letters")
	s.end(exitDone)
	if got := p.quietly("list"); strings.Count(got, "desk") != 1 || !strings.Contains(got, "three") {
		t.Errorf("the list is\n%s", got)
	}
}
