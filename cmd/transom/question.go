package main

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) questionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "question",
		Short: "Ask senders questions: add, list, remove",
		Long: `Put questions on a drop's card. Senders see them when they write, in this order, and
can answer each; a required one they must. Each change is published at once.

  $ transom question add "Do you feel heard?" --kind scale
  transom: asked from now on: Do you feel heard? (k3vq27ma)
  $ transom question add "Where do you work?" --choice "The plant" --choice "The office"
  $ transom question list
  ID        KIND    REQUIRED  QUESTION
  k3vq27ma  scale             Do you feel heard?
  w6yt4c2d  choice            Where do you work? (The plant, The office)
  $ transom question remove w6yt4c2d`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.questionAddCommand(), a.questionListCommand(), a.questionRemoveCommand())
	return cmd
}

func (a *app) questionAddCommand() *cobra.Command {
	var q card.Question
	var name string
	cmd := &cobra.Command{
		Use:   "add QUESTION",
		Short: "Ask a question",
		Long: `Ask a question. A text is answered in words, a scale by a number from 1 to 5, a choice
by one of the --choice texts. Everybody with the link can read the questions, and
nobody but you the answers: transom read shows them, transom answers exports them.

The more precise the answers, the fewer people can have given them: ask for no more
than you need.

  $ transom question add "What should we do first?" --required
  $ transom question add "Do you feel heard?" --kind scale
  $ transom question add "Where do you work?" --choice "The plant" --choice "The office"`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(q.Choices) > 0 && !cmd.Flags().Changed("kind") {
				q.Kind = card.KindChoice
			}
			q.Label = strings.TrimSpace(args[0])
			if err := checkQuestion(q); err != nil {
				return stating(err, nothingChanged)
			}
			q.ID = questionID(q)
			return a.changeDrop(cmd.Context(), name, func(d *vault.Drop) (string, error) {
				switch {
				case slices.ContainsFunc(d.Questions, func(other card.Question) bool { return other.ID == q.ID }):
					return "", fail(exitFailed, "this is asked already (%s)", q.ID)
				case len(d.Questions) >= maxQuestions:
					return "", fail(exitFailed, "%d questions are asked already, which is the most", maxQuestions)
				}
				d.Questions = append(slices.Clone(d.Questions), q)
				d.Retired = slices.DeleteFunc(slices.Clone(d.Retired), func(other card.Question) bool { return other.ID == q.ID })
				return fmt.Sprintf("asked from now on: %s (%s)", q.Label, q.ID), nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Kind, "kind", card.KindText, "`KIND`: text, scale or choice")
	flags.StringArrayVar(&q.Choices, "choice", nil, "a `TEXT` to choose; may be repeated")
	flags.BoolVar(&q.Required, "required", false, "a letter can't be sent without an answer")
	flags.StringVar(&name, "drop", "", "the drop's `NAME`, when there are several")
	cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions([]string{card.KindText, card.KindScale, card.KindChoice}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

const (
	maxQuestions = 100  // what a letter can answer
	maxQuestion  = 1000 // bytes
	maxChoices   = 100
	maxChoice    = 200 // bytes
)

func checkQuestion(q card.Question) error {
	switch {
	case q.Label == "" || len(q.Label) > maxQuestion:
		return usage("a question has 1 to %d bytes", maxQuestion)
	case !slices.Contains([]string{card.KindText, card.KindScale, card.KindChoice}, q.Kind):
		return usage("there is no kind of question %q: it is text, scale or choice", q.Kind)
	case q.Kind != card.KindChoice && len(q.Choices) > 0:
		return usage("--choice is for --kind choice")
	case q.Kind == card.KindChoice && (len(q.Choices) < 2 || len(q.Choices) > maxChoices):
		return usage("a choice is between 2 to %d texts: --choice TEXT --choice TEXT", maxChoices)
	}
	for i, choice := range q.Choices {
		if choice == "" || len(choice) > maxChoice || slices.Contains(q.Choices[:i], choice) {
			return usage("a text to choose has 1 to %d bytes, and each is there once", maxChoice)
		}
	}
	return nil
}

// questionID makes an ID of what is asked, so that the same ID never stands for two
// questions, and answers to one that was removed and is asked again stay together.
func questionID(q card.Question) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{q.Kind, q.Label}, q.Choices...), "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}

func (a *app) questionListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [DROP]",
		Short: "List the questions",
		Long: `List the questions on a drop's card, in the order in which senders see them.

  $ transom question list
  ID        KIND    REQUIRED  QUESTION
  k3vq27ma  scale             Do you feel heard?
  w6yt4c2d  choice  yes       Where do you work? (The plant, The office)`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			d, err := chooseDrop(v, args)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, withLists(d.Questions), true)
			}
			if len(d.Questions) == 0 {
				a.note("%s asks no questions", d.Name)
				return nil
			}
			rows := [][]string{{"ID", "KIND", "REQUIRED", "QUESTION"}}
			for _, q := range d.Questions {
				required := ""
				if q.Required {
					required = "yes"
				}
				rows = append(rows, []string{q.ID, q.Kind, required, questionWords(q)})
			}
			return table(a.stdout, rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// withLists has lists, be they empty, where JSON would say null.
func withLists(questions []card.Question) []card.Question {
	all := append([]card.Question{}, questions...)
	for i := range all {
		all[i].Choices = append([]string{}, all[i].Choices...)
	}
	return all
}

// questionWords is a question on one line.
func questionWords(q card.Question) string {
	text := q.Label
	if len(q.Choices) > 0 {
		text += " (" + strings.Join(q.Choices, ", ") + ")"
	}
	return letter.Visible(text, false)
}

func (a *app) questionRemoveCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Ask a question no longer",
		Long: `Take a question off the card. Answers that came stay, and are still shown and exported
with it.

  $ transom question remove w6yt4c2d
  transom: not asked any more: Where do you work?`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeDrop(cmd.Context(), name, func(d *vault.Drop) (string, error) {
				i := slices.IndexFunc(d.Questions, func(q card.Question) bool { return q.ID == args[0] })
				if i < 0 {
					return "", fail(exitNothing, "%s asks no question %q", d.Name, args[0]).hinting("see which there are: transom question list %s", d.Name)
				}
				q := d.Questions[i]
				d.Questions = slices.Delete(slices.Clone(d.Questions), i, i+1)
				d.Retired = append(slices.Clone(d.Retired), q)
				return "not asked any more: " + q.Label, nil
			})
		},
	}
	cmd.Flags().StringVar(&name, "drop", "", "the drop's `NAME`, when there are several")
	return cmd
}
