package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/client"
)

// answers returns the answers to a card's questions: those that were given as
// ID=TEXT, or else what the person says on the terminal. Without one the questions
// are told.
func (a *app) answers(ctx context.Context, questions []card.Question, given []string) (map[string]string, error) {
	all := map[string]string{}
	for _, g := range given {
		id, text, ok := strings.Cut(g, "=")
		if _, twice := all[id]; !ok || twice {
			return nil, usage("--answer is ID=TEXT, once for each question")
		}
		all[id] = text
	}
	if len(given) > 0 {
		return all, nil
	}
	for _, q := range questions {
		text, err := askQuestion(ctx, q)
		if errors.Is(err, errNoTerminal) {
			a.tellQuestions(questions)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		all[q.ID] = text
	}
	return all, nil
}

func (a *app) tellQuestions(questions []card.Question) {
	for _, q := range questions {
		must := "you may answer"
		if q.Required {
			must = "you have to answer"
		}
		a.note("%s: %s (--answer '%s=…'%s)", must, q.Label, q.ID, choicesOf(q))
	}
}

func choicesOf(q card.Question) string {
	switch q.Kind {
	case card.KindChoice:
		return ": " + strings.Join(q.Choices, " / ")
	case card.KindScale:
		return ": 1 to 5"
	}
	return ""
}

// askQuestion asks until the answer is one that the recipient takes. A choice may
// be answered by its number.
func askQuestion(ctx context.Context, q card.Question) (string, error) {
	var b strings.Builder
	b.WriteString(letter.Visible(q.Label, false) + "\n")
	for i, choice := range q.Choices {
		fmt.Fprintf(&b, "  %d  %s\n", i+1, letter.Visible(choice, false))
	}
	prompt := "Answer"
	switch {
	case q.Kind == card.KindChoice:
		prompt += " (a number"
	case q.Kind == card.KindScale:
		prompt += " (1 to 5"
	default:
		prompt += " (one line"
	}
	if !q.Required {
		prompt += ", or nothing"
	}
	question := b.String() + prompt + "): "
	for {
		text, err := ask(ctx, question, false)
		if errors.Is(err, io.EOF) {
			return "", fail(exitFailed, "the questions weren't answered")
		}
		if err != nil {
			return "", err
		}
		text = strings.TrimSpace(text)
		if n, err := strconv.Atoi(text); err == nil && q.Kind == card.KindChoice && n >= 1 && n <= len(q.Choices) {
			text = q.Choices[n-1]
		}
		var bad *client.AnswerError
		if err := client.CheckAnswer(q, text); !errors.As(err, &bad) {
			return text, err
		}
		question = strings.ToUpper(bad.Err.Error()[:1]) + bad.Err.Error()[1:] + ". " + prompt + "): "
	}
}

// badAnswer says how to answer what isn't answered as it is asked.
func badAnswer(err error, questions []card.Question) error {
	var bad *client.AnswerError
	if !errors.As(err, &bad) {
		return err
	}
	f := usage("%w", err)
	for _, q := range questions {
		if q.ID == bad.ID {
			return f.hinting("answer it: --answer '%s=…'%s", q.ID, choicesOf(q))
		}
	}
	var ids []string
	for _, q := range questions {
		ids = append(ids, q.ID)
	}
	if len(ids) == 0 {
		return f.hinting("this recipient asks no questions")
	}
	return f.hinting("the questions are %s", strings.Join(ids, ", "))
}
