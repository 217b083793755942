package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// Thread is what the vault knows of the letters that are exchanged with one
// sender. All of it is secret.
type Thread struct {
	// Number is that of the letter which began it here. It names the thread also
	// when that letter has been deleted.
	Number  int
	Drop    drop.MailboxID
	Mailbox drop.MailboxID // the sender's, where replies go

	Secret [32]byte // the thread key: who has it can prove to belong to the thread
	Sender [8]byte  // the author of the sender's letters
	Own    [8]byte  // the author of replies
	Seq    int64    // how many replies were written

	Received  Seen // the sender's letters that were collected, deleted ones too
	Discarded Seen // those that came while the thread was blocked; exact up to a thousand behind gaps
	SenderSaw Seen // the replies that the sender has seen

	SenderClosed bool // the sender wants nothing more
	Blocked      bool // later letters are discarded unread
	Owed         bool // a receipt is to be written

	// keyHash is that of the sender's reply key. The key itself, two thousand
	// bytes, is in the thread's first letter. It stands here only when no such
	// letter is left.
	keyHash [32]byte
	key     string
}

// Format keeps the keys out of everything that is formatted.
func (t Thread) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[thread %d]", t.Number) }

// Threads returns all threads by number.
func (v *Vault) Threads() []Thread { return slices.Clone(v.state.threads) }

// Thread returns the thread that the letter of a number belongs to. ErrNoThread.
func (v *Vault) Thread(number int) (Thread, error) {
	if i, ok := v.state.find(number); ok {
		number = v.state.letters[i].Thread
	}
	if i, ok := v.state.findThread(number); ok {
		return v.state.threads[i], nil
	}
	return Thread{}, ErrNoThread
}

// ThreadLetters returns the letters of a thread in reading order, nil when no
// letter of this number is part of one.
func (v *Vault) ThreadLetters(number int) []Letter {
	t, err := v.Thread(number)
	if err != nil {
		return nil
	}
	var found []Letter
	for _, l := range v.state.letters {
		if l.Thread == t.Number {
			found = append(found, l)
		}
	}
	metas, days := make([]*letter.Meta, len(found)), make([]int, len(found))
	for i, l := range found {
		other := t.Own
		if l.Sent {
			other = t.Sender
		}
		metas[i] = &letter.Meta{Author: l.Author, Seq: l.Seq, Seen: map[[8]byte]int64{other: l.saw.UpTo}}
		if len(l.saw.Beyond) > 0 {
			metas[i].Beyond = map[[8]byte][]int64{other: l.saw.Beyond}
		}
		days[i] = int(l.Day)
	}
	ordered := make([]Letter, 0, len(found))
	for _, i := range letter.Order(metas, days) {
		ordered = append(ordered, found[i])
	}
	return ordered
}

// Missing returns which letters of the sender's never came, of the thread that
// the letter of a number belongs to: they were withdrawn, have expired, or the
// server has lost or withheld them. At most [MaxMissing] are told.
func (v *Vault) Missing(number int) []int64 {
	t, err := v.Thread(number)
	if err != nil {
		return nil
	}
	return t.Received.and(t.Discarded).missing()
}

// ThreadsTo returns the threads whose replies go to a mailbox.
func (v *Vault) ThreadsTo(m drop.MailboxID) []Thread {
	v.indexThreads()
	return v.threadsOf(v.threadsTo[m])
}

// ThreadsFrom returns the threads of a drop in which an author writes as the
// sender.
func (v *Vault) ThreadsFrom(d drop.MailboxID, author [8]byte) []Thread {
	v.indexThreads()
	return v.threadsOf(v.threadsFrom[authorIn{d, author}])
}

type authorIn struct {
	drop   drop.MailboxID
	author [8]byte
}

func (v *Vault) threadsOf(numbers []int) (found []Thread) {
	for _, n := range numbers {
		if i, ok := v.state.findThread(n); ok {
			found = append(found, v.state.threads[i])
		}
	}
	return found
}

// indexThreads makes the maps behind [Vault.ThreadsTo] when they are first asked
// for: a list of many letters has no use for them.
func (v *Vault) indexThreads() {
	if v.threadsTo != nil {
		return
	}
	v.threadsTo, v.threadsFrom, v.orphans = map[drop.MailboxID][]int{}, map[authorIn][]int{}, map[authorIn][]int{}
	for _, t := range v.state.threads {
		v.indexThread(t)
	}
	for i := range v.state.letters {
		if l := &v.state.letters[i]; l.Orphan {
			v.indexOrphan(l)
		}
	}
}

func (v *Vault) indexOrphan(l *Letter) {
	from := authorIn{l.Mailbox, l.Author}
	v.orphans[from] = append(v.orphans[from], l.Number)
}

func (v *Vault) indexThread(t Thread) {
	v.threadsTo[t.Mailbox] = append(v.threadsTo[t.Mailbox], t.Number)
	from := authorIn{t.Drop, t.Sender}
	v.threadsFrom[from] = append(v.threadsFrom[from], t.Number)
}

// PutThread records how a thread is from now on. ErrNoThread.
func (v *Vault) PutThread(t Thread) error {
	if _, ok := v.state.findThread(t.Number); !ok {
		return ErrNoThread
	}
	return v.write(t.encode())
}

// NewThread begins a thread with what a first letter says about replies. It gets
// its number when the letter is kept.
func NewThread(m *letter.Meta, d drop.MailboxID) Thread {
	t := Thread{
		Drop: d, Mailbox: keys.MailboxID(m.Reply.Root[:]), Secret: m.Reply.Thread, Sender: m.Author,
		keyHash: sha256.Sum256([]byte(m.Reply.Key)),
	}
	rand.Read(t.Own[:])
	return t
}

// HasKey says whether a reply key is the thread's.
func (t Thread) HasKey(replyKey string) bool { return t.keyHash == sha256.Sum256([]byte(replyKey)) }

// ReplyKey returns the key that replies are sealed to. ErrDamaged.
func (v *Vault) ReplyKey(t Thread) (string, error) {
	if t.key != "" {
		return t.key, nil
	}
	if key, err := v.keyIn(t, t.Number); err == nil {
		return key, nil
	}
	for i := range v.state.letters {
		if l := &v.state.letters[i]; l.Thread == t.Number && l.Kind == letter.KindFirst {
			if key, err := v.keyIn(t, l.Number); err == nil {
				return key, nil
			}
		}
	}
	return "", fmt.Errorf("%w: the letters of thread %d no longer say where replies go", ErrDamaged, t.Number)
}

// keyIn reads a thread's reply key from one of its first letters.
func (v *Vault) keyIn(t Thread, number int) (string, error) {
	m, err := v.readMeta(number)
	if err != nil {
		return "", err
	}
	if m.Reply == nil || !t.HasKey(m.Reply.Key) {
		return "", ErrDamaged
	}
	return m.Reply.Key, nil
}

// readMeta reads a letter's letter.json and no further: what stands there was
// checked to the end when the letter was collected.
func (v *Vault) readMeta(number int) (*letter.Meta, error) {
	r, closer, err := v.OpenLetter(number)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	if _, err := r.Next(); err != nil {
		return nil, fmt.Errorf("%w: letter %d: %w", ErrDamaged, number, err)
	}
	if r.Meta() == nil {
		return nil, fmt.Errorf("%w: letter %d has no letter.json", ErrDamaged, number)
	}
	return r.Meta(), nil
}

func (s *state) findThread(number int) (int, bool) {
	return find(len(s.threads), number, func(i int) int { return s.threads[i].Number })
}

func (s *state) applyThread(body cryptobyte.String) error {
	var t Thread
	if !t.decode(&body) || !body.Empty() || t.Number < 1 {
		return errRecord
	}
	i, ok := s.findThread(t.Number)
	if ok {
		// What was received once remains so: a record may say less than it could.
		t.Received = s.threads[i].Received.and(t.Received)
		s.threads[i] = t
		return nil
	}
	if len(t.Received.Beyond) >= maxBeyond {
		for j := range s.letters {
			if l := &s.letters[j]; l.Thread == t.Number && !l.Sent {
				t.Received = t.Received.plus(0, l.Seq)
			}
		}
	}
	s.threads = slices.Insert(s.threads, i, t)
	return nil
}

// received adds a letter to its thread's, when both are there already.
func (s *state) received(l *Letter) {
	if l.Thread == 0 || l.Sent {
		return
	}
	if i, ok := s.findThread(l.Thread); ok && !s.threads[i].Received.Has(l.Seq) {
		s.threads[i].Received = s.threads[i].Received.plus(0, l.Seq)
	}
}

const (
	threadSenderClosed = 1 << iota
	threadBlocked
	threadOwed
)

// encode returns the record that is written when a letter comes. It lists no more
// of what was received behind gaps than a thousand numbers, lest a journal grow by
// the square of how many letters came: the rest is in the records of the letters.
func (t Thread) encode() []byte { return t.encodeWith(maxBeyond) }

// encodeWhole returns the record for a journal that is written anew, in which
// letters that were deleted have none.
func (t Thread) encodeWhole() []byte { return t.encodeWith(maxKept) }

func (t Thread) encodeWith(mostReceived int) []byte {
	return encodeRecord(recordThread, build(func(b *cryptobyte.Builder) {
		b.AddUint32(uint32(t.Number))
		b.AddUint8(flag(t.SenderClosed, threadSenderClosed) | flag(t.Blocked, threadBlocked) | flag(t.Owed, threadOwed))
		b.AddBytes(t.Drop[:])
		b.AddBytes(t.Mailbox[:])
		b.AddBytes(t.Secret[:])
		b.AddBytes(t.Sender[:])
		b.AddBytes(t.Own[:])
		b.AddUint64(uint64(t.Seq))
		t.Received.encode(b, mostReceived)
		t.Discarded.encode(b, maxBeyond)
		t.SenderSaw.encode(b, maxBeyond)
		b.AddBytes(t.keyHash[:])
		addBytes(b, []byte(t.key))
	}))
}

func (t *Thread) decode(in *cryptobyte.String) bool {
	var number uint32
	var flags uint8
	var seq uint64
	var key cryptobyte.String
	if !in.ReadUint32(&number) || !in.ReadUint8(&flags) || !in.CopyBytes(t.Drop[:]) || !in.CopyBytes(t.Mailbox[:]) ||
		!in.CopyBytes(t.Secret[:]) || !in.CopyBytes(t.Sender[:]) || !in.CopyBytes(t.Own[:]) ||
		!in.ReadUint64(&seq) || !t.Received.decode(in) || !t.Discarded.decode(in) || !t.SenderSaw.decode(in) ||
		!in.CopyBytes(t.keyHash[:]) || !in.ReadUint16LengthPrefixed(&key) {
		return false
	}
	t.Number, t.Seq, t.key = int(number), int64(seq), string(key)
	t.SenderClosed, t.Blocked, t.Owed = flags&threadSenderClosed != 0, flags&threadBlocked != 0, flags&threadOwed != 0
	return true
}
