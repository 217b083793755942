package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/vault"
)

// place says where a letter stands in its thread, a line for each thing that
// there is to know.
func place(v *vault.Vault, l vault.Letter) []string {
	switch {
	case l.Bare || l.Refused != "" || l.Seq == 0: // 0: it came before there were threads
		return nil
	case l.Orphan:
		return []string{"It goes on from letters that are not here: they were withdrawn, have expired, or the server has lost or withheld them. It can't be answered."}
	case l.Thread == 0:
		return []string{"The sender wanted no reply."}
	}
	t, err := v.Thread(l.Thread)
	if err != nil {
		return nil // of a damaged vault
	}
	letters := v.ThreadLetters(l.Thread)
	i := slices.IndexFunc(letters, func(other vault.Letter) bool { return other.Number == l.Number })
	text := fmt.Sprintf("Thread %d, letter %d of %d", t.Number, i+1, len(letters))
	if i > 0 {
		text += fmt.Sprintf(", after %s", mention(letters[i-1]))
	}
	if i >= 0 && i+1 < len(letters) {
		text += fmt.Sprintf(", before %s", mention(letters[i+1]))
	}
	lines := []string{text + "."}
	if missing := v.Missing(t.Number); len(missing) > 0 {
		lines = append(lines, missingWords(missing))
	}
	if l.Sent {
		lines = append(lines, "You wrote it. "+replyState(v, t, l))
	}
	if t.SenderClosed {
		lines = append(lines, "The sender has closed this thread.")
	}
	if t.Blocked {
		lines = append(lines, "You have blocked this thread: what comes is discarded unread.")
	}
	return lines
}

// mention names a letter beside another.
func mention(l vault.Letter) string {
	if l.Sent {
		return "your reply " + strconv.Itoa(l.Number)
	}
	return "letter " + strconv.Itoa(l.Number)
}

// missingWords says which of the sender's letters are not here. Only what the
// sender or somebody after them said tells so: the last letters of a thread can be
// missing without a trace.
func missingWords(missing []int64) string {
	if len(missing) == 1 {
		return fmt.Sprintf("One letter is missing, the sender's %s: it has expired or was withdrawn, or the server has lost or withheld it.", ordinal(missing[0]))
	}
	shown := make([]string, 0, 5)
	for _, seq := range missing[:min(len(missing), 5)] {
		shown = append(shown, ordinal(seq))
	}
	which := strings.Join(shown, ", ")
	if len(missing) > 5 {
		which += " and so on"
	}
	return fmt.Sprintf("%s letters are missing, the sender's %s: they have expired or were withdrawn, or the server has lost or withheld them.", howManyMissing(missing), which)
}

// howManyMissing counts gaps, of which no more than so many are told.
func howManyMissing(missing []int64) string {
	if len(missing) >= vault.MaxMissing {
		return fmt.Sprintf("At least %d", vault.MaxMissing)
	}
	return strconv.Itoa(len(missing))
}

func ordinal(n int64) string {
	suffix := "th"
	switch {
	case n%100 >= 11 && n%100 <= 13:
	case n%10 == 1:
		suffix = "st"
	case n%10 == 2:
		suffix = "nd"
	case n%10 == 3:
		suffix = "rd"
	}
	return strconv.FormatInt(n, 10) + suffix
}

// replyState says what is known of where a reply is.
func replyState(v *vault.Vault, t vault.Thread, l vault.Letter) string {
	if q, ok := queuedReplies(v)[l.Number]; ok {
		return "It is in the outbox" + due(q.NotBefore, time.Now()) + "."
	}
	if t.SenderSaw.Has(l.Seq) {
		return "The sender has seen it."
	}
	return "It was sent; the sender is not known to have seen it."
}

// due says when something may leave.
func due(notBefore, now time.Time) string {
	if !notBefore.After(now) {
		return ", and goes with the next transom collect or transom outbox --send"
	}
	return ", and leaves after " + localTime(notBefore)
}

// answer is what a letter says to a question.
type answer struct {
	ID       string `json:"id"`
	Question string `json:"question,omitempty"` // not when it is no longer known
	Answer   string `json:"answer"`
}

// answersOf returns the answers in a letter, in the order of the questions, and
// then those to questions that are not known, by their IDs.
func answersOf(d vault.Drop, meta *letter.Meta) []answer {
	if meta == nil {
		return nil
	}
	var all []answer
	left := map[string]string{}
	for id, text := range meta.Answers {
		left[id] = text
	}
	for _, q := range asked(d) {
		if text, ok := left[q.ID]; ok {
			all = append(all, answer{q.ID, q.Label, text})
			delete(left, q.ID)
		}
	}
	for _, id := range sortedKeys(left) {
		all = append(all, answer{id, "", left[id]})
	}
	return all
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// answerLines shows answers to a person.
func answerLines(answers []answer) []string {
	var lines []string
	for _, answer := range answers {
		question := letter.Visible(answer.Question, true)
		if question == "" {
			question = "(a question that is no longer known: " + letter.Visible(answer.ID, false) + ")"
		}
		text := strings.TrimRight(letter.Visible(answer.Answer, true), "\n")
		lines = append(lines, "Asked: "+indent(question), "Answered: "+indent(text))
	}
	return lines
}

// indent sets off all lines of a text but the first, so that none of them can
// pass for a line of ours.
func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n  ") }
