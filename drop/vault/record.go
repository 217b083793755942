package vault

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"

	"golang.org/x/crypto/cryptobyte"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// A frame holds records: kind[1] length[3] body. A record states how something
// is from now on; the last word about a thing counts. Kinds are only ever added,
// and one that is unknown stops an older version from opening the vault, because
// it could not keep what it does not understand.
const (
	recordDrop    = 1 // JSON
	recordLetter  = 2
	recordRead    = 3 // the number of a letter that was read
	recordErased  = 4 // what is remembered of a deleted letter
	recordNumbers = 5 // the number that the next letter gets
	recordPlace   = 6 // what a letter's letter.json says, and its thread
	recordMarks   = 7 // what the recipient made of a letter
	recordThread  = 8
	recordQueued  = 9  // what waits in the outbox
	recordSent    = 10 // the ID of what waits no longer
)

// errRecord is what a record that authenticates and yet makes no sense is.
var errRecord = fmt.Errorf("%w: a record in the journal makes no sense", ErrDamaged)

// state is what a journal adds up to.
type state struct {
	drops   []Drop   // in the order they were made
	letters []Letter // by number
	threads []Thread // by number
	queue   []queued // by ID
	erased  []erased
	next    int // the number of the next letter
}

// newState makes room for what a journal of so many bytes can be expected to add
// up to: growing to a hundred thousand letters takes longer than reading them.
func newState(journal int) state {
	const perThread = 500 // bytes, a letter included
	return state{next: 1, letters: make([]Letter, 0, journal/perThread), threads: make([]Thread, 0, journal/perThread)}
}

// erased is what is remembered of a letter after its deletion, so that it is
// not collected again.
type erased struct {
	mailbox  drop.MailboxID
	envelope drop.EnvelopeID
	hash     [32]byte
	epoch    int
}

// apply adds the records of one frame.
func (s *state) apply(records []byte) error {
	in := cryptobyte.String(records)
	for !in.Empty() {
		var kind uint8
		var body cryptobyte.String
		if !in.ReadUint8(&kind) || !in.ReadUint24LengthPrefixed(&body) {
			return errRecord
		}
		var err error
		switch kind {
		case recordDrop:
			err = s.applyDrop(body)
		case recordLetter:
			err = s.applyLetter(body)
		case recordRead:
			err = s.applyRead(body)
		case recordErased:
			err = s.applyErased(body)
		case recordNumbers:
			err = s.applyNumbers(body)
		case recordPlace:
			err = s.applyPlace(body)
		case recordMarks:
			err = s.applyMarks(body)
		case recordThread:
			err = s.applyThread(body)
		case recordQueued:
			err = s.applyQueued(body)
		case recordSent:
			err = s.applySent(body)
		default:
			return ErrFormat
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *state) applyDrop(body cryptobyte.String) error {
	d, err := decodeDrop(body)
	if err != nil {
		return err
	}
	for i := range s.drops {
		if s.drops[i].Name == d.Name {
			s.drops[i] = d
			return nil
		}
	}
	s.drops = append(s.drops, d)
	return nil
}

func (s *state) applyLetter(body cryptobyte.String) error {
	var l Letter
	if !l.decode(&body) || !body.Empty() || l.Number < s.next {
		return errRecord
	}
	if !l.Bare && l.Refused == "" {
		l.Kind = letter.KindFirst // unless a recordPlace says otherwise
	}
	s.letters = append(s.letters, l)
	s.next = l.Number + 1
	return nil
}

func (s *state) applyRead(body cryptobyte.String) error {
	var number uint32
	if !body.ReadUint32(&number) || !body.Empty() {
		return errRecord
	}
	// Salvaging may have lost the letter.
	if i, ok := s.find(int(number)); ok {
		s.letters[i].Read = true
	}
	return nil
}

func (s *state) applyErased(body cryptobyte.String) error {
	var e erased
	var epoch uint32
	if !body.CopyBytes(e.mailbox[:]) || !body.CopyBytes(e.envelope[:]) || !body.CopyBytes(e.hash[:]) ||
		!body.ReadUint32(&epoch) || !body.Empty() {
		return errRecord
	}
	e.epoch = int(epoch)
	s.erased = append(s.erased, e)
	return nil
}

func (s *state) applyNumbers(body cryptobyte.String) error {
	var next uint32
	if !body.ReadUint32(&next) || !body.Empty() {
		return errRecord
	}
	s.next = max(s.next, int(next))
	return nil
}

// find returns the place of a letter among the letters.
func (s *state) find(number int) (int, bool) {
	return find(len(s.letters), number, func(i int) int { return s.letters[i].Number })
}

// find searches among n things by their numbers, which ascend. Mostly it is the
// last that is looked for.
func find(n, number int, numberOf func(i int) int) (int, bool) {
	if n > 0 && numberOf(n-1) == number {
		return n - 1, true
	}
	i := sort.Search(n, func(i int) bool { return numberOf(i) >= number })
	return i, i < n && numberOf(i) == number
}

// fullFrame is when a frame of many records is written.
const fullFrame = 256 << 10

// frames writes the whole state as records, many to a frame: that is both
// smaller and faster to read than the frames it was made of.
func (s *state) frames(yield func(records []byte) bool) {
	var frame []byte
	for record := range s.records {
		frame = append(frame, record...)
		if len(frame) >= fullFrame {
			if !yield(frame) {
				return
			}
			frame = nil
		}
	}
	yield(append(frame, encodeNumbers(s.next)...))
}

// records yields what the state adds up to, in an order in which it can be read.
func (s *state) records(yield func(record []byte) bool) {
	for _, d := range s.drops {
		if !yield(encodeDrop(d)) {
			return
		}
	}
	for _, e := range s.erased {
		if !yield(e.encode()) {
			return
		}
	}
	for i := range s.letters {
		l := &s.letters[i]
		if !yield(l.encode()) || l.hasPlace() && !yield(l.encodePlace()) || l.isMarked() && !yield(l.encodeMarks()) {
			return
		}
	}
	for _, t := range s.threads {
		if !yield(t.encodeWhole()) {
			return
		}
	}
	for _, q := range s.queue {
		if !yield(q.encode()) {
			return
		}
	}
}

func encodeRecord(kind uint8, body []byte) []byte {
	return build(func(b *cryptobyte.Builder) {
		b.AddUint8(kind)
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(body) })
	})
}

// build panics when a length does not fit: whoever keeps a letter limits them.
func build(f func(b *cryptobyte.Builder)) []byte {
	b := cryptobyte.NewBuilder(nil)
	f(b)
	return b.BytesOrPanic()
}

func encodeRead(number int) []byte {
	return encodeRecord(recordRead, binary.BigEndian.AppendUint32(nil, uint32(number)))
}

func encodeNumbers(next int) []byte {
	return encodeRecord(recordNumbers, binary.BigEndian.AppendUint32(nil, uint32(next)))
}

func (e erased) encode() []byte {
	return encodeRecord(recordErased, build(func(b *cryptobyte.Builder) {
		b.AddBytes(e.mailbox[:])
		b.AddBytes(e.envelope[:])
		b.AddBytes(e.hash[:])
		b.AddUint32(uint32(e.epoch))
	}))
}

const (
	flagRead = 1 << iota
	flagBare
)

// flag returns the bit if it is to be set.
func flag(set bool, bit uint8) uint8 {
	if set {
		return bit
	}
	return 0
}

func (l *Letter) encode() []byte {
	return encodeRecord(recordLetter, build(func(b *cryptobyte.Builder) {
		b.AddUint32(uint32(l.Number))
		b.AddUint8(flag(l.Read, flagRead) | flag(l.Bare, flagBare))
		b.AddBytes(l.Mailbox[:])
		b.AddBytes(l.Envelope[:])
		b.AddBytes(l.Hash[:])
		b.AddUint64(uint64(l.Size))
		b.AddUint32(uint32(l.Day))
		b.AddUint32(uint32(l.Epoch))
		addBytes(b, l.FileKey)
		addBytes(b, []byte(l.Refused))
		addBytes(b, []byte(l.UntrustedPreview))
		b.AddUint64(uint64(l.MessageSize))
		b.AddUint16(uint16(len(l.Files)))
		for _, f := range l.Files {
			addBytes(b, []byte(f.Name))
			b.AddUint64(uint64(f.Size))
		}
	}))
}

func (l *Letter) decode(in *cryptobyte.String) bool {
	var number, day, epoch uint32
	var size, messageSize uint64
	var flags uint8
	var files uint16
	var key, refused, preview cryptobyte.String
	if !in.ReadUint32(&number) || !in.ReadUint8(&flags) ||
		!in.CopyBytes(l.Mailbox[:]) || !in.CopyBytes(l.Envelope[:]) || !in.CopyBytes(l.Hash[:]) ||
		!in.ReadUint64(&size) || !in.ReadUint32(&day) || !in.ReadUint32(&epoch) ||
		!in.ReadUint16LengthPrefixed(&key) || !in.ReadUint16LengthPrefixed(&refused) ||
		!in.ReadUint16LengthPrefixed(&preview) || !in.ReadUint64(&messageSize) || !in.ReadUint16(&files) {
		return false
	}
	l.Number, l.Day, l.Epoch = int(number), drop.Day(day), int(epoch)
	l.Size, l.MessageSize = int64(size), int64(messageSize)
	l.Read, l.Bare = flags&flagRead != 0, flags&flagBare != 0
	if len(key) > 0 {
		// The frame is larger than the key and is not to be kept alive by it.
		l.FileKey = bytes.Clone(key)
	}
	l.Refused, l.UntrustedPreview = string(refused), string(preview)
	if files > 0 {
		l.Files = make([]File, files)
	}
	for i := range l.Files {
		var name cryptobyte.String
		var size uint64
		if !in.ReadUint16LengthPrefixed(&name) || !in.ReadUint64(&size) {
			return false
		}
		l.Files[i] = File{Name: string(name), Size: int64(size)}
	}
	return true
}

func addBytes(b *cryptobyte.Builder, p []byte) {
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(p) })
}
