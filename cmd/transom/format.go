package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

// size writes a number of bytes for people.
func size(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1024, 0
	for f >= 1024 && unit < len(units)-1 {
		f, unit = f/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", f, units[unit])
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// line makes untrusted text fit one line of a list.
func line(untrusted string, columns int) string {
	s := letter.Visible(strings.Join(strings.Fields(untrusted), " "), false)
	if width(s) <= columns {
		return s
	}
	left := columns - 1
	if left <= len(s) && isASCII(s[:left]) {
		return strings.TrimRight(s[:left], " ") + "…"
	}
	var cut strings.Builder
	for g := uniseg.NewGraphemes(s); g.Next() && left >= g.Width(); left -= g.Width() {
		cut.WriteString(g.Str())
	}
	return strings.TrimRight(cut.String(), " ") + "…"
}

// width returns how many columns a text takes. Most of it is ASCII, for which
// looking at grapheme clusters would be most of the time that a list takes.
func width(s string) int {
	if isASCII(s) {
		return len(s)
	}
	return uniseg.StringWidth(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// table writes rows with aligned columns. Wide characters count as what they are;
// numbers are aligned to the right.
func table(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	var out strings.Builder
	for _, row := range rows {
		var text strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-width(cell))
			if _, err := strconv.Atoi(cell); err == nil {
				text.WriteString(gap + cell)
			} else {
				text.WriteString(cell + gap)
			}
			text.WriteString("  ")
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeJSON writes v on lines of its own. What a terminal would take for more
// than text is escaped, which to a parser of JSON makes no difference.
func writeJSON(w io.Writer, v any, indent bool) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if indent {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(v); err != nil {
		return err
	}
	var out strings.Builder
	for _, r := range buf.String() {
		if r == '\n' || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// letterJSON is a letter for scripts.
type letterJSON struct {
	Number   int        `json:"number"`
	Drop     string     `json:"drop"`
	Day      string     `json:"day"`
	Thread   int        `json:"thread,omitempty"` // the number of the letter that began it
	Sent     bool       `json:"sent"`             // by the recipient
	Read     bool       `json:"read"`
	Starred  bool       `json:"starred"`
	Labels   []string   `json:"labels"`
	Note     string     `json:"note,omitempty"`
	Bare     bool       `json:"bare"`
	Orphan   bool       `json:"orphan,omitempty"`  // its thread began with letters that are not here
	Refused  string     `json:"refused,omitempty"` // category
	Preview  string     `json:"preview"`
	Answered int        `json:"answered"` // how many questions
	Files    []fileJSON `json:"files"`
	Envelope string     `json:"envelope"`
	Size     int64      `json:"size"` // of the envelope
}

type fileJSON struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

func toJSON(l vault.Letter, name string) letterJSON {
	j := letterJSON{
		Number: l.Number, Drop: name, Day: l.Day.String(), Thread: l.Thread, Sent: l.Sent, Read: l.Read,
		Starred: l.Starred, Labels: append([]string{}, l.Labels...), Note: l.Note, Bare: l.Bare, Orphan: l.Orphan,
		Refused: l.Refused, Preview: l.UntrustedPreview, Answered: l.Answers, Files: []fileJSON{},
		Envelope: l.Envelope.String(), Size: l.Size,
	}
	for _, f := range l.Files {
		j.Files = append(j.Files, fileJSON{f.Name, f.Size})
	}
	return j
}

// summary says in a few words what a letter is.
func summary(l vault.Letter) string {
	switch {
	case l.Refused != "":
		return "(refused: " + collect.Words(l.Refused) + ")"
	case l.Sent && l.UntrustedPreview != "":
		return l.UntrustedPreview
	case l.UntrustedPreview != "":
		return unmistakable(l.UntrustedPreview)
	case l.Answers > 0 && len(l.Files) == 0:
		return "(answers only)"
	case l.Closed:
		return "(the sender has closed the thread)"
	}
	return "(no message)"
}

// unmistakable sets in quotes what begins with anything but a letter or a digit. In
// a list, "> " is before what the recipient wrote and "(" before what transom says,
// and there is more than one character that looks like those.
func unmistakable(untrustedPreview string) string {
	first, _ := utf8.DecodeRuneInString(untrustedPreview)
	if unicode.IsLetter(first) || unicode.IsDigit(first) {
		return untrustedPreview
	}
	return `"` + untrustedPreview + `"`
}

// number reads the number of a letter.
func number(arg string) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > 1<<31-1 {
		return 0, usage("%q is not the number of a letter: transom list shows them", arg)
	}
	return n, nil
}

func numbers(args []string) ([]int, error) {
	var all []int
	for _, arg := range args {
		n, err := number(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func noLetter(n int) error {
	return fail(exitNothing, "there is no letter %d", n).hinting("see which there are: transom list")
}
