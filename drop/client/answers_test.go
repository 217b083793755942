package client

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/card"
)

func TestCheckAnswers(t *testing.T) {
	questions := []card.Question{
		{ID: "who", Label: "Who?", Kind: card.KindText, Required: true},
		{ID: "team", Label: "Which team?", Kind: card.KindChoice, Choices: []string{"North", "South"}},
		{ID: "mood", Label: "How is it?", Kind: card.KindScale},
	}
	type answers = map[string]string
	for name, c := range map[string]struct {
		given answers
		want  error
		id    string
	}{
		"all":               {answers{"who": "me", "team": "South", "mood": "5"}, nil, ""},
		"required only":     {answers{"who": "me"}, nil, ""},
		"empty is none":     {answers{"who": "me", "team": "", "mood": ""}, nil, ""},
		"largest":           {answers{"who": strings.Repeat("x", 10_000)}, nil, ""},
		"none":              {nil, ErrUnanswered, "who"},
		"required is empty": {answers{"who": "", "mood": "1"}, ErrUnanswered, "who"},
		"no choice":         {answers{"who": "me", "team": "south"}, ErrChoice, "team"},
		"beyond the scale":  {answers{"who": "me", "mood": "6"}, ErrScale, "mood"},
		"zero":              {answers{"who": "me", "mood": "0"}, ErrScale, "mood"},
		"another spelling":  {answers{"who": "me", "mood": "05"}, ErrScale, "mood"},
		"another digit":     {answers{"who": "me", "mood": "٣"}, ErrScale, "mood"},
		"not asked":         {answers{"who": "me", "where": "here"}, ErrNoQuestion, "where"},
		"too long":          {answers{"who": strings.Repeat("x", 10_001)}, ErrAnswerText, "who"},
		"not UTF-8":         {answers{"who": "\xff"}, ErrAnswerText, "who"},
		"a zero byte":       {answers{"who": "a\x00b"}, ErrAnswerText, "who"},
		"the first counts":  {answers{"team": "x", "mood": "x", "zzz": "x"}, ErrUnanswered, "who"},
	} {
		got, err := checkAnswers(questions, c.given, true)
		var bad *AnswerError
		if !errors.Is(err, c.want) || c.want != nil && (!errors.As(err, &bad) || bad.ID != c.id) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		want := maps.Clone(c.given)
		maps.DeleteFunc(want, func(_, answer string) bool { return answer == "" })
		if err == nil && !maps.Equal(got, want) {
			t.Errorf("%s: kept %v", name, got)
		}
	}
	if _, err := checkAnswers(questions, nil, false); err != nil {
		t.Errorf("later in the thread: %v", err)
	}
	if _, err := checkAnswers(nil, answers{"a": "b"}, true); !errors.Is(err, ErrNoQuestion) {
		t.Errorf("no questions: %v", err)
	}
}

// TestAnswersTravel: also without a thread, and alone.
func TestAnswersTravel(t *testing.T) {
	d := newDesk(t)
	d.Card.Questions = []card.Question{{ID: "mood", Label: "How is it?", Kind: card.KindScale, Required: true}}
	d.publish()
	c := newClient(t, d.server.URL)
	r, err := c.ReadCard(ctx, d.Link.Code, today)
	check(t, err)
	if _, err := r.Seal(Letter{Message: "x"}); !errors.Is(err, ErrUnanswered) || !strings.Contains(err.Error(), "How is it?") {
		t.Errorf("without an answer: %v", err)
	}
	s, err := r.Seal(Letter{Answers: map[string]string{"mood": "4"}})
	check(t, err)
	if got := read(t, s.Envelope, d.Seeds[1]); got.Answers["mood"] != "4" || got.Reply != nil {
		t.Errorf("the letter is %+v", got.Meta)
	}
}
