package vault

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"

	"github.com/transom-drop/transom/crypto/letter"
)

// kinds are the kinds of letters that the vault keeps, by the number under which
// the journal has them. They are only ever added.
var kinds = []string{"", letter.KindFirst, letter.KindNext, letter.KindReply}

// place fills in what a letter's letter.json says, and returns the records that
// say so, and how its thread is from now on.
func (v *Vault) place(l *Letter, m *letter.Meta, t *Thread) [][]byte {
	if m == nil {
		return nil
	}
	l.Kind, l.Author, l.Seq, l.Answers, l.Closed = m.Kind, m.Author, m.Seq, len(m.Answers), m.Closed
	if t == nil {
		if l.Orphan = m.Kind == letter.KindNext; l.Orphan {
			l.proof = m.Proof
			v.indexThreads()
			v.indexOrphan(l)
		}
		return [][]byte{l.encodePlace()}
	}
	var records [][]byte
	if t.Number == 0 {
		t.Number = l.Number
		v.indexThreads()
		records = v.adopt(t)
		v.indexThread(*t)
	}
	l.Thread = t.Number
	l.saw = Seen{}.with(m.Seen[t.Own], m.Beyond[t.Own]...)
	t.receive(m)
	return append(records, l.encodePlace(), t.encode())
}

// receive takes account of a letter of the sender's.
func (t *Thread) receive(m *letter.Meta) {
	if m.Seq > t.Received.Highest() {
		t.SenderClosed = m.Closed
	}
	if t.SenderClosed {
		t.Owed = false // the sender has erased everything, and looks for nothing any more
	}
	t.Received = t.Received.plus(0, m.Seq)
	// A vault that was put back from a backup knows fewer replies than the sender.
	// Who claims more than that could use the numbers up.
	if claimed := m.Seen[t.Own]; claimed <= t.Seq+maxBeyond {
		t.SenderSaw = t.SenderSaw.with(claimed)
	}
	for _, seq := range m.Beyond[t.Own] {
		if seq <= t.Seq+maxBeyond {
			t.SenderSaw = t.SenderSaw.with(0, seq)
		}
	}
}

// adopt finds the orphans that a new thread is the beginning of: a server may
// show letters in any order.
func (v *Vault) adopt(t *Thread) (records [][]byte) {
	for _, n := range v.orphans[authorIn{t.Drop, t.Sender}] {
		l, err := v.Letter(n)
		if err != nil || !l.Orphan || l.proof == nil || *l.proof != letter.Proof(t.Secret, l.Mailbox, l.Envelope) {
			continue
		}
		l.Orphan, l.Thread, l.proof = false, t.Number, nil
		if l.Seq > t.Received.Highest() {
			t.SenderClosed = l.Closed
		}
		t.Received = t.Received.plus(0, l.Seq)
		records = append(records, l.encodePlace())
	}
	return records
}

const (
	placeOrphan = 1 << iota
	placeSent
	placeClosed
)

// hasPlace says whether there is more to say of a letter than its first record
// does: not of bare and refused ones, and not of those that came before there
// were threads.
func (l *Letter) hasPlace() bool { return l.Seq > 0 }

func (l *Letter) encodePlace() []byte {
	return encodeRecord(recordPlace, build(func(b *cryptobyte.Builder) {
		b.AddUint32(uint32(l.Number))
		b.AddUint8(flag(l.Orphan, placeOrphan) | flag(l.Sent, placeSent) | flag(l.Closed, placeClosed))
		b.AddUint8(kindNumber(l.Kind))
		b.AddBytes(l.Author[:])
		b.AddUint64(uint64(l.Seq))
		b.AddUint16(uint16(l.Answers))
		b.AddUint32(uint32(l.Thread))
		l.saw.encode(b, maxBeyond)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			if l.proof != nil {
				b.AddBytes(l.proof[:])
			}
		})
	}))
}

func kindNumber(kind string) uint8 {
	for i, k := range kinds {
		if k == kind {
			return uint8(i)
		}
	}
	panic("a letter of kind " + kind + " is not one that the vault keeps")
}

func (s *state) applyPlace(body cryptobyte.String) error {
	var number, thread uint32
	var flags, kind uint8
	var seq uint64
	var answers uint16
	var l Letter
	var proof cryptobyte.String
	if !body.ReadUint32(&number) || !body.ReadUint8(&flags) || !body.ReadUint8(&kind) || int(kind) >= len(kinds) ||
		!body.CopyBytes(l.Author[:]) || !body.ReadUint64(&seq) || int64(seq) < 1 || !body.ReadUint16(&answers) ||
		!body.ReadUint32(&thread) || !l.saw.decode(&body) || !body.ReadUint16LengthPrefixed(&proof) ||
		len(proof) != 0 && len(proof) != 32 || !body.Empty() {
		return errRecord
	}
	i, ok := s.find(int(number))
	if !ok {
		return nil // salvaging may have lost the letter
	}
	to := &s.letters[i]
	to.Kind, to.Author, to.Seq, to.Answers, to.Thread, to.saw = kinds[kind], l.Author, int64(seq), int(answers), int(thread), l.saw
	to.Orphan, to.Sent, to.Closed = flags&placeOrphan != 0, flags&placeSent != 0, flags&placeClosed != 0
	to.proof = nil
	if len(proof) > 0 {
		to.proof = (*[32]byte)(bytes.Clone(proof))
	}
	s.received(to)
	return nil
}
