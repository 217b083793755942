package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

// conversation is a thread with one letter and one reply, its codename in the
// sender's head only.
type conversation struct {
	*person
	desk  *droptest.Desk
	to    droptest.Place
	words string
}

func newConversation(t *testing.T, questions ...card.Question) *conversation {
	t.Helper()
	c := &conversation{person: newPerson(t)}
	var err error
	if c.desk, err = droptest.NewDesk(c.server, today()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.home, "passphrase"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.words = strings.TrimSpace(c.quietly("send", c.desk.Link.String(), "--message", "one"))
	letters, err := c.desk.Inbox()
	if err != nil || len(letters) != 1 {
		t.Fatalf("%d letters arrived: %v", len(letters), err)
	}
	c.to = droptest.PlaceOf(letters[0])
	if _, err := c.desk.Write(c.to, "Thank you.", nil); err != nil {
		t.Fatal(err)
	}
	c.desk.Card.Questions = questions
	if err := c.desk.Publish(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *conversation) opens() *session {
	c.t.Helper()
	s := c.start("replies", "--server", c.server.URL)
	s.expect("Codename (twelve words, not shown): ")
	return s
}

// shows ends a session and checks that no word of the codename was on the screen.
func (c *conversation) shows(s *session, code int) string {
	c.t.Helper()
	seen := s.end(code)
	words := strings.Fields(c.words)
	for i := range 10 {
		if strings.Contains(strings.ToLower(seen), strings.Join(words[i:i+3], " ")) {
			c.t.Errorf("the codename is on the screen:\n%s", seen)
		}
	}
	return seen
}

// TestCodenameTyped: on one line, in capitals and cut short, or pasted as a list.
// Nothing of it is shown, and nothing is left over for the shell.
func TestCodenameTyped(t *testing.T) {
	c := newConversation(t)
	words := strings.Fields(c.words)
	short := make([]string, len(words))
	for i, w := range words {
		short[i] = strings.ToUpper(w[:min(4, len(w))])
	}
	list := ""
	for i, w := range words {
		list += string(rune('0'+(i+1)%10)) + ". " + w + "\r"
	}
	for name, typed := range map[string]string{
		"one line":          c.words + "\r",
		"with a line feed":  c.words + "\n",
		"short":             strings.Join(short, "-") + "\r",
		"a pasted list":     list,
		"a bracketed paste": "\x1b[200~" + c.words + "\x1b[201~\r",
		"corrected":         "abx\x7f\x7f\x7f" + c.words + "\r",
		"in two lines":      strings.Join(words[:5], " ") + "\r" + strings.Join(words[5:], " ") + "\r",
	} {
		t.Run(name, func(t *testing.T) {
			s := c.opens()
			s.typed(typed)
			s.expect("Thank you.")
			c.shows(s, exitDone)
		})
	}
}

// TestCodenameMistyped: which word it is, what it may have been, and another try.
func TestCodenameMistyped(t *testing.T) {
	c := newConversation(t)
	words := strings.Fields(c.words)
	mistyped := strings.Join(words[:2], " ") + " abandom " + strings.Join(words[3:], " ")
	s := c.opens()
	s.typed(mistyped + "\r")
	s.expect("word 3 of the codename is mistyped: did you mean abandon?")
	s.expect("Codename (twelve words, not shown): ")
	s.typed("one two three\r\r")
	s.expect("Codename (twelve words, not shown): ")
	s.typed(c.words + "\r")
	s.expect("Thank you.")
	c.shows(s, exitDone)

	s = c.opens()
	for range 2 {
		s.typed(mistyped + "\r")
		s.expect("Codename (twelve words, not shown): ")
	}
	s.typed(mistyped + "\r")
	s.expect("transom: word 3 of the codename is mistyped")
	c.shows(s, exitUsage)

	s = c.opens()
	s.typed(codename.New().String() + "\r")
	s.expect("there is nothing under this codename")
	c.shows(s, exitNothing)

	s = c.opens()
	s.typed("\r")
	s.expect("no codename was given")
	c.shows(s, exitFailed)

	for _, key := range []string{"\x03", "\x04", strings.Join(words[:3], " ") + "\x03"} {
		s = c.opens()
		s.typed(key)
		s.expect("transom: interrupted")
		c.shows(s, exitInterrupted)
	}
}

// TestCodenameInterrupted: whoever ends the process gets the terminal back.
func TestCodenameInterrupted(t *testing.T) {
	c := newConversation(t)
	s := c.start("replies", "--server", c.server.URL)
	s.expect("Codename")
	s.cmd.Process.Signal(os.Interrupt)
	s.expect("transom: interrupted")
	c.shows(s, exitInterrupted)
}

// TestWritingOn: the words, then the editor.
func TestWritingOn(t *testing.T) {
	c := newConversation(t, card.Question{ID: "where", Label: "Where?", Kind: card.KindText, Required: true})
	c.env = []string{`EDITOR=sh -c 'echo from the editor > "$1"' sh`}
	s := c.start("send", "--continue", "--server", c.server.URL)
	s.expect("Codename")
	s.typed(c.words + "\r")
	s.expect("writing to: Desk")
	s.expect("your letter is on the server")
	c.shows(s, exitDone)
	letters, err := c.desk.Inbox()
	if err != nil || len(letters) != 2 || letters[1].Message != "from the editor\n" {
		t.Errorf("%d letters are there: %v", len(letters), err)
	}
}

// TestQuestionsAsked: each until the answer fits.
func TestQuestionsAsked(t *testing.T) {
	c := newConversation(t,
		card.Question{ID: "where", Label: "Where was it?", Kind: card.KindText, Required: true},
		card.Question{ID: "team", Label: "Which team?", Kind: card.KindChoice, Choices: []string{"North", "South"}},
		card.Question{ID: "mood", Label: "How is it?", Kind: card.KindScale},
	)
	s := c.start("send", c.desk.Link.String(), "--message", "two")
	s.expect("Where was it?\r\nAnswer (one line): ")
	s.typed("\n")
	s.expect("It has to be answered. Answer (one line): ")
	s.typed("here\n")
	s.expect("Which team?\r\n  1  North\r\n  2  South\r\nAnswer (a number, or nothing): ")
	s.typed("3\n")
	s.expect("The answer is none of the choices. Answer")
	s.typed("2\n")
	s.expect("How is it?\r\nAnswer (1 to 5, or nothing): ")
	s.typed("six\n")
	s.expect("The answer is a number from 1 to 5.")
	s.typed("\n")
	s.expect("your letter is on the server")
	s.end(exitDone)
	letters, err := c.desk.Inbox()
	if err != nil || len(letters) != 2 {
		t.Fatalf("%d letters are there: %v", len(letters), err)
	}
	for _, l := range letters {
		if l.Message == "two" && (len(l.Answers) != 2 || l.Answers["where"] != "here" || l.Answers["team"] != "South") {
			t.Errorf("the answers are %v", l.Answers)
		}
	}

	s = c.start("send", c.desk.Link.String(), "--message", "three")
	s.expect("Where was it?")
	s.typed("\x04")
	s.expect("the questions weren't answered")
	s.expect("Nothing was sent.")
	s.end(exitFailed)
}

// TestErasingAsks: what can't be undone needs a yes.
func TestErasingAsks(t *testing.T) {
	c := newConversation(t)
	ask := func(flags []string, question, answer string, code int) {
		t.Helper()
		s := c.start(append([]string{"replies", "--server", c.server.URL}, flags...)...)
		s.expect("Codename")
		s.typed(c.words + "\r")
		s.expect(question)
		s.typed(answer + "\n")
		c.shows(s, code)
	}
	reply := []string{"--delete", "2"}
	ask(reply, "Erase this reply from the server for good? [y/N] ", "n", exitFailed)
	ask([]string{"--withdraw", "1"}, "Withdraw this letter? [y/N] ", "", exitFailed)
	ask([]string{"--close"}, "the codename opens nothing any more. [y/N] ", "yess", exitFailed)
	s := c.opens()
	s.typed(c.words + "\r")
	s.expect("Thank you.")
	c.shows(s, exitDone)
	ask(reply, "[y/N] ", "y", exitDone)
	ask([]string{"--close"}, "[y/N] ", "y", exitDone)
	if there, err := c.server.Envelopes(c.to.Mailbox); err == nil && len(there) > 0 {
		t.Errorf("%d envelopes are left", len(there))
	}
}

// TestCopyTriedAgain: the copy alone is what is missing, and is sent again.
func TestCopyTriedAgain(t *testing.T) {
	c := newConversation(t)
	c.server.TestOnlyFault(droptest.Fault{Method: "PUT", Path: "/envelopes/", Skip: 1, Do: droptest.LoseRequest})
	s := c.start("send", c.desk.Link.String(), "--message", "two")
	s.expect("Your letter is on the server. Whether your own copy of it is there is not known.")
	s.expect("Try again with the same letter? [y/N] ")
	c.server.TestOnlyHeal()
	s.typed("y\n")
	s.expect("your codename, the only way to a reply")
	s.end(exitDone)
	if letters, err := c.desk.Inbox(); err != nil || len(letters) != 2 {
		t.Errorf("%d letters are there: %v", len(letters), err)
	}
}

// TestManyLookedAt: how far it has come is shown after a second.
func TestManyLookedAt(t *testing.T) {
	c := newConversation(t)
	for range 20 {
		if err := c.server.TestOnlyPut(c.to.Mailbox, drop.NewEnvelopeID(), []byte("junk")); err != nil {
			t.Fatal(err)
		}
	}
	c.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes/", Skip: 5, Times: 1, Do: slow})
	s := c.opens()
	s.typed(c.words + "\r")
	s.expect("transom: looking at what waits")
	s.expect("20 envelopes are neither yours nor the recipient's")
	c.shows(s, exitDone)
	s = c.start("replies", "--server", c.server.URL, "--look-at", "10")
	s.expect("Codename")
	s.typed(c.words + "\r")
	s.expect("12 envelopes weren't looked at: somebody is filling this mailbox. To look at more: --look-at")
	if err := s.cmd.Wait(); err != nil && s.cmd.ProcessState.ExitCode() != exitCannotOpen {
		t.Error(err)
	}
}

func slow(w http.ResponseWriter, r *http.Request, next http.Handler) {
	time.Sleep(1100 * time.Millisecond)
	next.ServeHTTP(w, r)
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"", 10, ""}, {"short", 10, "short"}, {"exactly 10", 10, "exactly 10"}, {"exactly 10 and more", 10, "exactly 10|and more"},
		{"a word-that-is-longer-than-that", 10, "a|word-that-|is-longer-|than-that"}, {"   indented here", 10, "  |indented|here"},
		{"a b c d e f", 3, "a b|c d|e f"}, {"two  spaces here", 4, "two |spac|es|here"},
		{"中文中文中文", 5, "中文|中文|中文"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301"}, {"whole at no width", 0, "whole at no width"},
	} {
		got := wrap(c.text, c.columns)
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q in %d columns: %q", c.text, c.columns, got)
		}
	}
}

// TestWrapHostile: a message of a megabyte takes no longer for having no spaces, or
// nothing else.
func TestWrapHostile(t *testing.T) {
	began := time.Now()
	for _, s := range []string{"x", " ", "é", "x\u0301", "\u0301", "中", "x "} {
		if parts := wrap(strings.Repeat(s, 1<<20/len(s)), 80); len(parts) > 1<<20 {
			t.Errorf("%q: %d parts", s, len(parts))
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestNoFalseHeading: what is written so that it would be broken at the right place
// is still set in.
func TestNoFalseHeading(t *testing.T) {
	c := newConversation(t)
	if _, err := c.desk.Write(c.to, strings.Repeat("x", 118)+" Letter 9, yours, 2026-01-01: answered", nil); err != nil {
		t.Fatal(err)
	}
	s := c.opens()
	s.typed(c.words + "\r")
	s.expect("Letter 9")
	if seen := c.shows(s, exitDone); strings.Contains(seen, "\nLetter 9") || !strings.Contains(seen, "\n  Letter 9") {
		t.Errorf("shown is\n%s", seen)
	}
}
