package main

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/drop/vault"
)

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"":                "",
		"plain, text":     "plain, text",
		"=1+1":            "'=1+1",
		"+49 30 1":        "'+49 30 1",
		"-1":              "'-1",
		"@SUM(A1)":        "'@SUM(A1)",
		"\t=1":            "'\t'=1",
		"\r=1":            "<U+000D>=1",
		"a=1":             "a=1",
		"a;=1":            "a;'=1",
		"a\n=1\r\n-2":     "a\n'=1\n'-2",
		"＝1":              "'＝1",
		"  =1 =2":         "  '=1 =2",
		"\u00a0\n -1":     "\u00a0\n '-1",
		"a\x1b[2Jb\u202e": "a<U+001B>[2Jb<U+202E>",
		"\x00=1":          "<U+0000>=1",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// FuzzHarmless: however a spreadsheet separates cells, none begins a formula; and
// one that reads CSV as it is written has the same number of rows and columns.
func FuzzHarmless(f *testing.F) {
	for _, seed := range []string{"", "=1", `a";=1`, "\"\n=cmd|' /C calc'!A0", "x\t+1;-1\r\n@x", "\xff\n=1", ";;;=", "=\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, untrusted string) {
		s := &sheet{
			questions: []card.Question{{ID: "q", Label: "Q" + untrusted}},
			rows:      []sheetRow{{vault.Letter{Number: 1}, map[string]string{"q": untrusted, "other" + untrusted: untrusted}}},
		}
		var out bytes.Buffer
		if err := s.csv(&out); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(out.Bytes()) {
			t.Fatalf("it isn't UTF-8: %q", out.String())
		}
		rows, err := csv.NewReader(bytes.NewReader(out.Bytes())).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[0]) != 5 || len(rows[1]) != 5 {
			t.Fatalf("it reads as %q, %v", rows, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				for _, piece := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
					if piece = strings.TrimLeftFunc(piece, unicode.IsSpace); piece != "" && strings.ContainsAny(piece[:1], "=+-@") {
						t.Fatalf("a cell begins with %q", piece)
					}
				}
			}
		}
	})
}

// TestManyAnswers: a sender who answers what isn't asked adds no columns.
func TestManyAnswers(t *testing.T) {
	s := &sheet{questions: []card.Question{{ID: "q", Label: "Same"}, {ID: "r", Label: "Same"}}}
	for range 3 {
		answers := map[string]string{"r": "4"}
		for i := range 50 {
			answers[strings.Repeat("x", i+1)] = "y"
		}
		s.rows = append(s.rows, sheetRow{vault.Letter{Number: 1, Thread: 1}, answers})
	}
	var out bytes.Buffer
	if err := s.csv(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != 6 || rows[0][3] != "Same (q)" || rows[0][4] != "Same (r)" || rows[1][4] != "4" {
		t.Errorf("it reads as %q, %v", rows, err)
	}
}

func TestQuestionID(t *testing.T) {
	ids := map[string]card.Question{}
	for _, q := range []card.Question{
		{Label: "a", Kind: card.KindText}, {Label: "a", Kind: card.KindScale}, {Label: "b", Kind: card.KindText},
		{Label: "a", Kind: card.KindChoice, Choices: []string{"bc", "d"}}, {Label: "a", Kind: card.KindChoice, Choices: []string{"b", "cd"}},
	} {
		id := questionID(q)
		if other, ok := ids[id]; ok || len(id) != 8 {
			t.Errorf("%+v and %+v are both %s", q, other, id)
		}
		ids[id] = q
		q.Required = true
		if questionID(q) != id {
			t.Error("whether an answer is required makes it another question")
		}
	}
}
