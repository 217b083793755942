package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/client"
)

// missing says that letters of the recipient's aren't here.
func missing(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "One letter is missing here: it has expired, or the server has lost or withheld it.\n\n"
	}
	return fmt.Sprintf("%d letters are missing here: they have expired, or the server has lost or withheld them.\n\n", n)
}

// threadText shows a thread to a person. What others wrote is set in, and broken
// into lines where it is shown in so many columns (0: anywhere), so that none of it
// can pass for a heading.
func threadText(t *client.Thread, columns int) string {
	var b strings.Builder
	title := ""
	if t.Recipient != nil {
		title = letter.Visible(t.Recipient.Card.Title, false) + ", "
	}
	fmt.Fprintf(&b, "To: %s%s\n\n", title, t.Link.Origin)
	for i, l := range t.Letters {
		b.WriteString(missing(l.MissingBefore))
		if l.Own {
			fmt.Fprintf(&b, "Letter %d, yours, %s: %s\n", i+1, l.Day, stateOf(l))
		} else {
			fmt.Fprintf(&b, "Letter %d, the recipient's, %s", i+1, l.Day)
			if l.Deleted {
				b.WriteString(": here although you deleted it, or another with its number")
			}
			b.WriteByte('\n')
		}
		for _, f := range l.Files {
			fmt.Fprintf(&b, "  File: %s (%s)\n", letter.Visible(f.UntrustedName, false), size(f.Size))
		}
		writeAnswers(&b, t, l)
		text := strings.TrimRight(letter.Visible(l.UntrustedMessage, true), "\n")
		if text == "" {
			text = "(no message)"
		}
		for line := range strings.SplitSeq(text, "\n") {
			for _, part := range wrap(line, columns-2) {
				b.WriteString(strings.TrimRight("  "+part, " ") + "\n")
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString(missing(t.MissingAtEnd))
	switch {
	case t.Ended:
		b.WriteString("The recipient has closed this conversation: what you write would be discarded unread.\n")
	case len(t.Letters) == 0:
		b.WriteString("There is no letter here.\n")
	case !t.Known && t.CardError == nil:
		b.WriteString("No reply yet.\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func stateOf(l client.ThreadLetter) string {
	switch l.State {
	case client.Collected:
		return fmt.Sprintf("collected by the recipient on %s", l.Collected)
	case client.Answered:
		return "answered"
	case client.Unknown:
		return "not known, because the recipient's letters can't be checked"
	default:
		return fmt.Sprintf("on the server until %s, not known to have been collected", l.Expires)
	}
}

func writeAnswers(b *strings.Builder, t *client.Thread, l client.ThreadLetter) {
	var ids []string
	for id := range l.Answers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		fmt.Fprintf(b, "  %s: %s\n", letter.Visible(question(t, id), false), letter.Visible(l.Answers[id], false))
	}
}

// question returns how a question is put, its ID when the card no longer has it.
func question(t *client.Thread, id string) string {
	if t.Recipient != nil {
		for _, q := range t.Recipient.Card.Questions {
			if q.ID == id {
				return q.Label
			}
		}
	}
	return id
}

// wrap breaks a line of visible text into parts of so many columns at most, at
// spaces where there are any. With less than two columns it stays whole.
func wrap(s string, columns int) []string {
	if columns < 2 || width(s) <= columns {
		return []string{s}
	}
	var parts []string
	part, wide := "", 0
	for word := range strings.SplitAfterSeq(s, " ") {
		letters := strings.TrimSuffix(word, " ")
		if wide+width(letters) > columns && part != "" {
			parts = append(parts, strings.TrimSuffix(part, " "))
			part, wide = "", 0
		}
		for head := beginning(letters, columns); head != letters; head = beginning(letters, columns) {
			parts = append(parts, head)
			letters, word = letters[len(head):], word[len(head):]
		}
		part += word
		wide += width(word)
	}
	return append(parts, part)
}

// beginning returns as much of a text as fits so many columns, but something.
func beginning(s string, columns int) string {
	wide := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		at, _ := g.Positions()
		if wide += g.Width(); wide > columns && at > 0 {
			return s[:at]
		}
	}
	return s
}
