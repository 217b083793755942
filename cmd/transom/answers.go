package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) answersCommand() *cobra.Command {
	var asCSV, asJSON bool
	var path string
	var f filter
	cmd := &cobra.Command{
		Use:   "answers [DROP] --csv|--json",
		Short: "Export what was answered to your questions",
		Long: `Export the answers to a drop's questions, from all letters or from those that fit the
filter: a line for each letter that has answers, and a column for each question. Who
reads it must not take it for more than it is: a sender can write any number of
letters, and can answer what wasn't asked.

--csv is UTF-8, as RFC 4180 has it. A spreadsheet takes text that begins with = + -
@ or a tab for a formula, which can read other cells and call home: such text, also
behind spaces, a semicolon, a tab or a line break, where some spreadsheets begin a
cell, gets a ' in front, and characters that don't show stand as <U+202E>. The last column has
answers to what you have never asked. --json has the text as it came.

Without -o it goes to stdout; -o makes a new file that only you can read. It isn't
sealed: who has it can read it. Letters that are damaged in the vault are left out
and named on stderr; the exit code is 1 then.

  $ transom answers the-newsroom --csv -o answers.csv
  $ head -2 answers.csv
  letter,thread,day,Do you feel heard?,What should change?,other
  7,7,2026-11-21,4,More time.,`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if asCSV == asJSON {
				return usage("as what? --csv or --json")
			}
			if err := f.dropArgument(args); err != nil {
				return err
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			sheet, err := a.answerSheet(v, &f)
			if err != nil {
				return err
			}
			print := sheet.csv
			if asJSON {
				print = sheet.json
			}
			if path == "" || path == "-" {
				err = print(a.stdout)
			} else {
				err = writeNew(path, print)
			}
			if err != nil {
				return err
			}
			return damagedOnes(sheet.left)
		},
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&asCSV, "csv", false, "print CSV")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.StringVarP(&path, "output", "o", "", "write to `FILE`, which must not be there; - is stdout")
	return cmd
}

// sheet is what was answered in many letters.
type sheet struct {
	questions []card.Question // all that were ever asked
	rows      []sheetRow
	left      []int // letters that are damaged, and have no row
}

type sheetRow struct {
	vault.Letter
	answers map[string]string // by the questions' IDs
}

func (a *app) answerSheet(v *vault.Vault, f *filter) (*sheet, error) {
	var names []string
	if f.drop != "" {
		names = []string{f.drop}
	}
	d, err := chooseDrop(v, names)
	if err != nil {
		return nil, err
	}
	f.drop = d.Name
	letters, err := f.choose(v)
	if err != nil {
		return nil, err
	}
	s := &sheet{questions: asked(d)}
	bar := a.countingProgress("reading")
	defer bar.done()
	for i, l := range letters {
		bar.count(i, len(letters))
		if l.Answers == 0 {
			continue
		}
		_, c, err := a.content(v, l.Number)
		if errors.Is(err, vault.ErrDamaged) {
			s.left = append(s.left, l.Number)
			continue
		}
		if err != nil {
			return nil, err
		}
		s.rows = append(s.rows, sheetRow{l, c.Meta.Answers})
	}
	if len(s.rows) == 0 && len(s.left) == 0 {
		a.note("no letter answers a question")
	}
	return s, nil
}

// csv writes the answers for a spreadsheet. Answers to what was never asked share
// a column: senders choose how many of those there are.
func (s *sheet) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	heads := []string{"letter", "thread", "day"}
	for _, head := range s.heads() {
		heads = append(heads, harmless(head))
	}
	out.Write(append(heads, "other"))
	for _, r := range s.rows {
		row := []string{strconv.Itoa(r.Number), threadNumber(r.Letter), r.Day.String()}
		known := map[string]bool{}
		for _, q := range s.questions {
			known[q.ID] = true
			row = append(row, harmless(r.answers[q.ID]))
		}
		var other []string
		for _, id := range sortedKeys(r.answers) {
			if !known[id] {
				other = append(other, id+": "+r.answers[id])
			}
		}
		out.Write(append(row, harmless(strings.Join(other, "\n"))))
	}
	out.Flush()
	return out.Error()
}

// heads returns the questions, told apart by their IDs where two have one label.
func (s *sheet) heads() []string {
	times := map[string]int{}
	for _, q := range s.questions {
		times[q.Label]++
	}
	var heads []string
	for _, q := range s.questions {
		if times[q.Label] > 1 {
			heads = append(heads, fmt.Sprintf("%s (%s)", q.Label, q.ID))
		} else {
			heads = append(heads, q.Label)
		}
	}
	return heads
}

// harmless keeps a spreadsheet from taking text for a formula: at its beginning,
// and wherever a spreadsheet that separates cells by semicolons or tabs would
// begin a cell. What doesn't show is made visible, for terminals.
func harmless(untrusted string) string {
	var b strings.Builder
	begins := true
	for _, r := range letter.Visible(untrusted, true) {
		if begins && strings.ContainsRune("=+-@\t\r＝＋－＠", r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		// Some spreadsheets look for a formula behind spaces as well.
		begins = strings.ContainsRune(";\t\r\n", r) || begins && unicode.IsSpace(r)
	}
	return b.String()
}

func (s *sheet) json(w io.Writer) error {
	type rowJSON struct {
		Letter  int               `json:"letter"`
		Thread  int               `json:"thread,omitempty"`
		Day     string            `json:"day"`
		Answers map[string]string `json:"answers"` // by the questions' IDs
	}
	rows := []rowJSON{}
	for _, r := range s.rows {
		rows = append(rows, rowJSON{r.Number, r.Thread, r.Day.String(), r.answers})
	}
	return writeJSON(w, struct {
		Questions []card.Question `json:"questions"`
		Letters   []rowJSON       `json:"letters"`
	}{withLists(s.questions), rows}, true)
}

// asked returns all questions that a drop asks or has asked.
func asked(d vault.Drop) []card.Question {
	return append(slices.Clone(d.Questions), d.Retired...)
}
