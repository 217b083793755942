package letter

import (
	"slices"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/internal/strictjson"
	"github.com/transom-drop/transom/crypto/link"
)

const (
	maxBeyond     = 1000 // numbers in all
	maxAnswers    = 100
	maxQuestionID = 64    // bytes
	maxAnswer     = 10000 // bytes
	maxDeleted    = 1000
)

// isKind reports whether this program knows a kind of letter.
func isKind(kind string) bool {
	switch kind {
	case KindFirst, KindNext, KindReply, KindReceipt, KindCopy:
		return true
	}
	return false
}

// largest returns how many bytes this kind's letter.json may have. A copy has to
// hold whatever the letter held, the names of its files and what was deleted, or
// a letter could be sent that its sender can never find again.
func (m *Meta) largest() int {
	if m.Kind == KindCopy {
		return MaxCopyMeta
	}
	return MaxMeta
}

// isUncounted reports whether the letter is none of those that its author's seq
// counts.
func (m *Meta) isUncounted() bool { return m.Kind == KindReceipt || m.isNote() }

func (m *Meta) isNote() bool { return m.Kind == KindCopy && m.Copy != nil && m.Copy.Sent == nil }

// hasFiles reports whether there may be files in the letter, and hasMessage
// whether its message may say something. What nobody shows, nobody may hide in.
func (m *Meta) hasFiles() bool {
	return m.Kind == KindFirst || m.Kind == KindReply || m.Kind == KindNext && !m.Closed
}

func (m *Meta) hasMessage() bool { return m.hasFiles() || m.Kind == KindCopy && !m.isNote() }

// isValid checks the rules of letter.json that its shape leaves open: which kind
// has what, and how much.
func (m *Meta) isValid() bool {
	first, next, reply := m.Kind == KindFirst, m.Kind == KindNext, m.Kind == KindReply
	receipt, isCopy := m.Kind == KindReceipt, m.Kind == KindCopy
	has := func(present, may bool) bool { return !present || may }
	return isSeq(m.Seq) && (m.Seq > 0 || m.isUncounted()) &&
		m.isValidSeen() &&
		has(len(m.Answers) > 0, first || next || isCopy) && isValidAnswers(m.Answers) &&
		has(m.Reply != nil, first) && (m.Reply == nil || isHybrid(m.Reply.Key)) &&
		(m.Proof != nil) == !first &&
		(m.Signature != nil) == (reply || receipt) &&
		(m.Copy != nil) == isCopy && (m.Copy == nil || m.Copy.isValid()) &&
		has(m.Closed, next || receipt)
}

func isSeq(n int64) bool { return n >= 0 && n <= strictjson.MaxInt }

func (m *Meta) isValidSeen() bool {
	for _, seq := range m.Seen {
		if !isSeq(seq) {
			return false
		}
	}
	numbers := 0
	for author, seqs := range m.Beyond {
		// The number behind the last that was seen would belong to those before it.
		last := m.Seen[author] + 1
		for _, seq := range seqs {
			if seq <= last || !isSeq(seq) {
				return false
			}
			last = seq
		}
		if numbers += len(seqs); len(seqs) == 0 || numbers > maxBeyond {
			return false
		}
	}
	return true
}

func isValidAnswers(answers map[string]string) bool {
	for id, answer := range answers {
		if !isAnswerText(id, maxQuestionID) || !isAnswerText(answer, maxAnswer) {
			return false
		}
	}
	return len(answers) <= maxAnswers
}

func isAnswerText(s string, limit int) bool {
	return s != "" && len(s) <= limit && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

func isHybrid(key string) bool {
	_, err := age.ParseHybridRecipient(key)
	return err == nil
}

// isValid checks a copy. Link and origin have to be in their one spelling: all
// copies of a thread are compared by them.
func (c *Copy) isValid() bool {
	code, err := link.ParseCode(c.Link)
	if err != nil || code.String() != c.Link {
		return false
	}
	if origin, err := link.ParseOrigin(c.Origin); err != nil || origin != c.Origin {
		return false
	}
	if c.Sent == nil && c.Kind != "" || c.Sent != nil && c.Kind != KindFirst && c.Kind != KindNext {
		return false
	}
	return len(c.Files) <= MaxFiles && len(c.Deleted) <= maxDeleted &&
		!slices.ContainsFunc(c.Files, func(f FileInfo) bool { return f.Name != SafeName(f.Name) || !isSeq(f.Size) }) &&
		!slices.ContainsFunc(c.Deleted, func(r Ref) bool { return r.Seq < 1 || !isSeq(r.Seq) })
}
