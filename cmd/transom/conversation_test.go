package main

import (
	"context"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/droptest"
)

// desk VERB … is the recipient of a conversation whose other side is under test.
//
//	desk new LINKFILE [questions]
//	desk collect TEXT…           has to hold letters with these texts, and erases them
//	desk answers ID=TEXT…        has to hold one letter, with these answers
//	desk reply TEXT [NAME=CONTENT]
//	desk replyfile FILE          a reply with what is in a file
//	desk receipt SEEN [closed]
//	desk forge TEXT              a thief's reply: all but the desk's key is right
//	desk lose                    the server loses the last reply
//	desk without                 the card no longer says who signs replies
func cmdDesk(ts *testscript.TestScript, _ bool, args []string) {
	s := server(ts)
	verb, args := args[0], args[1:]
	if verb == "new" {
		var err error
		s.desk, err = droptest.NewDesk(s.Server, today())
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(s.desk.Link.String()+"\n"), 0o600))
		if len(args) > 1 {
			s.desk.Card.Questions = []card.Question{
				{ID: "where", Label: "Where was it?", Kind: card.KindText, Required: true},
				{ID: "team", Label: "Which team?", Kind: card.KindChoice, Choices: []string{"North", "South"}},
				{ID: "mood", Label: "How is it?", Kind: card.KindScale},
			}
			ts.Check(s.desk.Publish())
		}
		return
	}
	if s.desk == nil {
		ts.Fatalf("there is no desk yet")
	}
	deskVerbs[verb](ts, s, args)
}

var deskVerbs = map[string]func(ts *testscript.TestScript, s *scriptServer, args []string){
	"collect": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		letters, err := s.desk.Inbox()
		ts.Check(err)
		var texts []string
		for _, l := range letters {
			text := strings.TrimSpace(l.Message)
			if l.Closed {
				text = "(closed)"
			}
			for name, content := range l.Files {
				text += " " + name + "=" + strings.TrimSpace(content)
			}
			texts = append(texts, text)
			if l.Reply != nil {
				ts.Check(l.CheckReplyTo())
				s.to = droptest.PlaceOf(l)
			} else if l.Kind == letter.KindNext {
				ts.Check(l.CheckProof(s.to.Thread))
			}
			ts.Check(s.Store.Erase(context.Background(), s.desk.Link.Code.Mailbox, l.ID))
		}
		if got, want := strings.Join(texts, "|"), strings.Join(args, "|"); got != want {
			ts.Fatalf("collected %q, want %q", got, want)
		}
	},
	"answers": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		letters, err := s.desk.Inbox()
		ts.Check(err)
		if len(letters) != 1 || len(letters[0].Answers) != len(args) {
			ts.Fatalf("%d letters, or other answers", len(letters))
		}
		for _, arg := range args {
			id, text, _ := strings.Cut(arg, "=")
			if got := letters[0].Answers[id]; got != text {
				ts.Fatalf("the answer to %s is %q", id, got)
			}
		}
	},
	"reply": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		_, err := s.desk.Write(s.to, args[0]+"\n", func(w *droptest.Writing) {
			w.Files = map[string]string{}
			for _, file := range args[1:] {
				name, content, _ := strings.Cut(file, "=")
				w.Files[name] = content
			}
		})
		ts.Check(err)
	},
	"replyfile": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		_, err := s.desk.Write(s.to, ts.ReadFile(args[0]), nil)
		ts.Check(err)
	},
	"receipt": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		seen, err := strconv.ParseInt(args[0], 10, 64)
		ts.Check(err)
		ts.Check(s.desk.Receipt(s.to, seen, len(args) > 1))
	},
	"forge": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		_, err := s.desk.Write(s.to, args[0], func(w *droptest.Writing) { w.Sign = keys.NewRoot() })
		ts.Check(err)
	},
	"lose": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		s.desk.Sent++ // a reply that never arrives
	},
	"without": func(ts *testscript.TestScript, s *scriptServer, args []string) {
		s.desk.Card.Desks = nil
		ts.Check(s.desk.Publish())
	},
}
