package vault

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// Marks are what a recipient makes of a letter. They never leave the vault.
type Marks struct {
	Read    bool
	Starred bool
	Labels  []string // sorted, each once
	Note    string
}

const (
	// MaxLabels is how many labels a letter can have.
	MaxLabels = 32
	// MaxLabel is how long a label can be, in bytes.
	MaxLabel = 100
	// MaxNote is how long a note can be, in bytes.
	MaxNote = 20_000
)

// MarkRead records that a letter was read. ErrNoLetter.
func (v *Vault) MarkRead(number int) error {
	return v.Mark([]int{number}, func(m *Marks) { m.Read = true })
}

// Mark changes the marks of letters, of all of them or of none. A note that is
// changed or taken away is gone from the journal too. ErrNoLetter.
func (v *Vault) Mark(numbers []int, change func(*Marks)) error {
	if err := v.writable(); err != nil {
		return err
	}
	var changed []Letter
	forget := false
	for _, n := range numbers {
		i, ok := v.state.find(n)
		if !ok {
			return ErrNoLetter
		}
		l := v.state.letters[i]
		m := Marks{l.Read, l.Starred, slices.Clone(l.Labels), l.Note}
		change(&m)
		if err := m.check(); err != nil {
			return err
		}
		if m.Read == l.Read && m.Starred == l.Starred && m.Note == l.Note && slices.Equal(m.Labels, l.Labels) {
			continue
		}
		forget = forget || l.Note != "" && m.Note != l.Note
		l.Read, l.Starred, l.Labels, l.Note = m.Read, m.Starred, m.Labels, m.Note
		changed = append(changed, l)
	}
	if len(changed) == 0 {
		return nil
	}
	if forget || len(changed) > manyMarks {
		return v.rewriteLetters(changed)
	}
	records := make([][]byte, len(changed))
	for i := range changed {
		records[i] = changed[i].encodeMarks()
	}
	return v.write(records...)
}

// manyMarks is how many marks are a frame that is still small. Of more, the
// journal is written anew.
const manyMarks = 1000

// rewriteLetters writes the journal anew with letters as they are now.
func (v *Vault) rewriteLetters(changed []Letter) error {
	s := v.state
	s.letters = slices.Clone(s.letters)
	for _, l := range changed {
		i, _ := s.find(l.Number)
		s.letters[i] = l
	}
	return v.replaceJournal(&s)
}

// check brings labels into their order and holds marks to their limits.
func (m *Marks) check() error {
	slices.Sort(m.Labels)
	m.Labels = slices.Compact(m.Labels)
	if len(m.Labels) == 0 {
		m.Labels = nil
	}
	if len(m.Labels) > MaxLabels {
		return fmt.Errorf("couldn't label a letter: it would have more than %d labels", MaxLabels)
	}
	for _, label := range m.Labels {
		if label == "" || len(label) > MaxLabel {
			return fmt.Errorf("couldn't label a letter: a label has 1 to %d bytes", MaxLabel)
		}
	}
	if len(m.Note) > MaxNote {
		return fmt.Errorf("couldn't keep a note: it has more than %d bytes", MaxNote)
	}
	return nil
}

const (
	markRead = 1 << iota
	markStarred
)

// isMarked says whether there is more to say than that it was read.
func (l *Letter) isMarked() bool { return l.Starred || len(l.Labels) > 0 || l.Note != "" }

func (l *Letter) encodeMarks() []byte {
	return encodeRecord(recordMarks, build(func(b *cryptobyte.Builder) {
		b.AddUint32(uint32(l.Number))
		b.AddUint8(flag(l.Read, markRead) | flag(l.Starred, markStarred))
		b.AddUint8(uint8(len(l.Labels)))
		for _, label := range l.Labels {
			addBytes(b, []byte(label))
		}
		addBytes(b, []byte(l.Note))
	}))
}

func (s *state) applyMarks(body cryptobyte.String) error {
	var number uint32
	var flags, count uint8
	if !body.ReadUint32(&number) || !body.ReadUint8(&flags) || !body.ReadUint8(&count) {
		return errRecord
	}
	var labels []string
	for range count {
		var label cryptobyte.String
		if !body.ReadUint16LengthPrefixed(&label) {
			return errRecord
		}
		labels = append(labels, string(label))
	}
	var note cryptobyte.String
	if !body.ReadUint16LengthPrefixed(&note) || !body.Empty() {
		return errRecord
	}
	// Salvaging may have lost the letter.
	if i, ok := s.find(int(number)); ok {
		l := &s.letters[i]
		l.Read, l.Starred, l.Labels, l.Note = flags&markRead != 0, flags&markStarred != 0, labels, string(note)
	}
	return nil
}
