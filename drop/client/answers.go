package client

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/transom-drop/transom/crypto/card"
)

// What can be wrong with the answer to a question.
var (
	ErrUnanswered = errors.New("it has to be answered")
	ErrNoQuestion = errors.New("this recipient doesn't ask it")
	ErrChoice     = errors.New("the answer is none of the choices")
	ErrScale      = errors.New("the answer is a number from 1 to 5")
	ErrAnswerText = errors.New("the answer has to be text of up to 10,000 bytes")
)

const maxAnswer = 10_000 // bytes

// AnswerError says which question isn't answered as it is asked.
type AnswerError struct {
	ID    string
	Label string // "" with ErrNoQuestion
	Err   error  // one of the above
}

func (e *AnswerError) Error() string {
	name := e.Label
	if name == "" {
		name = e.ID
	}
	return fmt.Sprintf("the question %q: %v", name, e.Err)
}

func (e *AnswerError) Unwrap() error { return e.Err }

// CheckAnswer holds an answer to its question. An empty one is none.
func CheckAnswer(q card.Question, answer string) error {
	fail := func(err error) error { return &AnswerError{ID: q.ID, Label: q.Label, Err: err} }
	switch {
	case answer == "":
		if q.Required {
			return fail(ErrUnanswered)
		}
	case q.Kind == card.KindChoice && !slices.Contains(q.Choices, answer):
		return fail(ErrChoice)
	case q.Kind == card.KindScale && !isScale(answer):
		return fail(ErrScale)
	case len(answer) > maxAnswer || !utf8.ValidString(answer) || strings.ContainsRune(answer, 0):
		return fail(ErrAnswerText)
	}
	return nil
}

// isScale takes "1" to "5", the one spelling of each.
func isScale(s string) bool { return len(s) == 1 && s[0] >= '1' && s[0] <= '5' }

// checkAnswers returns the answers that say something. The first question of the
// card that isn't answered as it should be is named, then what isn't a question.
func checkAnswers(questions []card.Question, answers map[string]string, required bool) (map[string]string, error) {
	given := map[string]string{}
	asked := map[string]bool{}
	for _, q := range questions {
		asked[q.ID] = true
		q.Required = q.Required && required
		if err := CheckAnswer(q, answers[q.ID]); err != nil {
			return nil, err
		}
		if answers[q.ID] != "" {
			given[q.ID] = answers[q.ID]
		}
	}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if !asked[id] {
			return nil, &AnswerError{ID: id, Err: ErrNoQuestion}
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	return given, nil
}
