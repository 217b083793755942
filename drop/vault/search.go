package vault

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Found is a letter in which all words of a search occur.
type Found struct {
	Number           int
	UntrustedExcerpt string // from around the first word, one line
}

// Search returns the letters in which all words occur, by number: in the message,
// the names of files, the answers, the labels or the note. A word may be part of
// a longer one, or several words with spaces between them. Upper and lower case
// are one (Unicode simple folding); accents aren't taken off.
//
// Letters that were never searched before are opened first, of which progress is
// told and which ctx can end. When some can't be, the rest is searched, and the
// error comes beside what was found.
func (v *Vault) Search(ctx context.Context, words []string, progress func(done, total int)) ([]Found, error) {
	s := &search{vault: v, seen: make([]bool, len(v.state.letters))}
	for _, w := range words {
		if w = strings.Join(strings.Fields(w), " "); w != "" {
			s.words = append(s.words, fold(nil, []byte(w)))
		}
	}
	if len(s.words) == 0 {
		return nil, nil
	}
	t, err := v.openTexts(s.look)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := s.lookAtRest(ctx, t, progress); err != nil {
		return nil, err
	}
	slices.SortFunc(s.found, func(a, b Found) int { return a.Number - b.Number })
	return s.found, errors.Join(s.failed...)
}

type search struct {
	vault  *Vault
	words  [][]byte // folded
	seen   []bool   // letters that were looked at, by place
	found  []Found
	failed []error
	folded []byte
}

// look looks at the text of one letter.
func (s *search) look(number int, text []byte) {
	i, ok := s.vault.state.find(number)
	if !ok || s.seen[i] {
		return // a vault that was put back from a backup
	}
	s.seen[i] = true
	l := &s.vault.state.letters[i]
	s.folded = fold(s.folded[:0], text)
	var own []byte // labels and note
	at := -1
	for _, word := range s.words {
		if n := bytes.Index(s.folded, word); n >= 0 {
			if at < 0 {
				at = n
			}
			continue
		}
		if own == nil {
			own = fold(own, []byte(strings.Join(append(slices.Clone(l.Labels), strings.Fields(l.Note)...), " ")))
		}
		if !bytes.Contains(own, word) {
			return
		}
	}
	f := Found{Number: number, UntrustedExcerpt: l.UntrustedPreview}
	if at >= 0 {
		f.UntrustedExcerpt = excerpt(text, s.folded, at)
	}
	s.found = append(s.found, f)
}

// lookAtRest adds the letters that the texts don't have yet.
func (s *search) lookAtRest(ctx context.Context, t *texts, progress func(done, total int)) error {
	var rest []int
	for i, seen := range s.seen {
		if !seen && s.vault.state.letters[i].Refused == "" {
			rest = append(rest, i)
		}
	}
	for done, i := range rest {
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), t.flush(s.vault))
		}
		if progress != nil {
			progress(done, len(rest))
		}
		l := &s.vault.state.letters[i]
		text, err := s.vault.text(l)
		if err != nil {
			s.failed = append(s.failed, err)
			s.look(l.Number, nil) // what the recipient wrote about it can be found
			continue
		}
		if err := t.put(s.vault, l.Number, text); err != nil {
			return err
		}
		s.look(l.Number, []byte(text))
	}
	if progress != nil && len(rest) > 0 {
		progress(len(rest), len(rest))
	}
	return t.flush(s.vault)
}

const (
	excerptBefore = 40 // characters
	excerptAfter  = 160
)

// excerpt returns what stands around a place in the folded text. Folding keeps the
// number of characters and not that of bytes.
func excerpt(text, folded []byte, at int) string {
	place := at
	if at > len(text) || !isASCII(text[:at]) {
		place = 0
		for range utf8.RuneCount(folded[:at]) {
			_, size := utf8.DecodeRune(text[place:])
			place += size
		}
	}
	begin, end := place, place
	for n := 0; n < excerptBefore && begin > 0; n++ {
		_, size := utf8.DecodeLastRune(text[:begin])
		begin -= size
	}
	for n := 0; n < excerptAfter && end < len(text); n++ {
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	part := strings.ReplaceAll(string(text[begin:end]), "\n", " ")
	if begin > 0 {
		part = "…" + part
	}
	if end < len(text) {
		part += "…"
	}
	return part
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fold appends a text to dst with one character for all that are equal but for
// their case.
func fold(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		dst = utf8.AppendRune(dst, foldRune(r))
		i += size
	}
	return dst
}

// foldRune returns the lowest of the characters that fold to one another, and of
// letters of ASCII the lower case.
func foldRune(r rune) rune {
	if r < rune(len(basicFolds())) {
		return basicFolds()[r]
	}
	return slowFold(r)
}

// basicFolds holds what is in the basic plane: folding without it takes longer
// than decrypting.
var basicFolds = sync.OnceValue(func() []rune {
	table := make([]rune, 1<<16)
	for r := range table {
		table[r] = slowFold(rune(r))
	}
	return table
})

func slowFold(r rune) rune {
	lowest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		lowest = min(lowest, next)
	}
	if 'A' <= lowest && lowest <= 'Z' {
		return lowest + 'a' - 'A'
	}
	return lowest
}
