package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// Queued is an envelope that waits to be sent. It is always the same one, however
// often it has to be sent until the server has acknowledged it.
type Queued struct {
	ID        int
	Letter    int            // number of the reply; 0 for a receipt
	Thread    int            // number
	Drop      drop.MailboxID // on whose server
	Kind      string         // letter.KindReply or letter.KindReceipt
	NotBefore time.Time      // seconds
	Size      int64
}

// queued is an entry with what is needed for sending it.
type queued struct {
	Queued
	to       drop.MailboxID
	envelope drop.EnvelopeID
	hash     [32]byte // of the envelope
	withdraw [32]byte // secret
}

// Parcel is what is sent of a [Queued].
type Parcel struct {
	Queued
	To           drop.MailboxID
	Envelope     drop.EnvelopeID
	WithdrawHash [32]byte
	Sealed       []byte
}

// Outbox returns what waits to be sent, in the order in which it was queued.
func (v *Vault) Outbox() []Queued {
	all := make([]Queued, len(v.state.queue))
	for i, q := range v.state.queue {
		all[i] = q.Queued
	}
	return all
}

// Parcel returns what is to be sent of an entry. ErrNoQueued, ErrDamaged.
func (v *Vault) Parcel(id int) (Parcel, error) {
	i, ok := v.state.findQueued(id)
	if !ok {
		return Parcel{}, ErrNoQueued
	}
	q := v.state.queue[i]
	sealed, err := os.ReadFile(v.sentPath(q.Drop, q.envelope))
	if errors.Is(err, fs.ErrNotExist) || err == nil && sha256.Sum256(sealed) != q.hash {
		return Parcel{}, fmt.Errorf("%w: an envelope in the outbox isn't what was put there", ErrDamaged)
	}
	if err != nil {
		return Parcel{}, fmt.Errorf("couldn't read an envelope: %w", err)
	}
	return Parcel{Queued: q.Queued, To: q.to, Envelope: q.envelope, WithdrawHash: sha256.Sum256(q.withdraw[:]), Sealed: sealed}, nil
}

// Outgoing is a sealed letter on its way into the outbox.
type Outgoing struct {
	*os.File
	Envelope drop.EnvelopeID
}

// Outgoing begins an envelope to a thread's sender. [Vault.QueueReply] and
// [Vault.QueueReceipt] use it up.
func (v *Vault) Outgoing(t Thread) (*Outgoing, error) {
	if err := v.writable(); err != nil {
		return nil, err
	}
	// A vault of the first version has no such folder.
	err := os.Mkdir(filepath.Join(v.dir, "sent"), 0o700)
	if err == nil {
		err = syncDir(v.dir)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("couldn't make a folder for what is sent: %w", err)
	}
	o := &Outgoing{Envelope: drop.NewEnvelopeID()}
	o.File, err = os.OpenFile(v.sentPath(t.Drop, o.Envelope), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("couldn't begin an envelope: %w", err)
	}
	return o, nil
}

// Discard removes what isn't queued after all.
func (o *Outgoing) Discard() {
	o.Close()
	os.Remove(o.Name())
}

// finish makes an envelope durable and returns its size and hash.
func (o *Outgoing) finish() (size int64, hash [32]byte, err error) {
	if _, err := o.Seek(0, io.SeekStart); err != nil {
		return 0, hash, err
	}
	sum := sha256.New()
	if size, err = io.Copy(sum, o); err != nil {
		return 0, hash, err
	}
	if err := errors.Join(o.Sync(), o.Close(), syncDir(filepath.Dir(o.Name()))); err != nil {
		return 0, hash, err
	}
	testOnlyStep("envelope to send synced")
	return size, [32]byte(sum.Sum(nil)), nil
}

// QueueReply puts a sealed reply into the outbox and keeps it as a letter, which
// is returned with its number. t is how the thread is from now on: with the seq
// that the reply has. All of it is written at once. So after a crash no seq is
// taken that no letter has, and none is given twice.
func (v *Vault) QueueReply(o *Outgoing, t Thread, l Letter, notBefore time.Time) (Letter, error) {
	if _, ok := v.state.findThread(t.Number); !ok {
		return l, ErrNoThread
	}
	if err := l.limit(); err != nil {
		return l, err
	}
	l.Number, l.Thread, l.Mailbox, l.Envelope = v.state.next, t.Number, t.Drop, o.Envelope
	l.Kind, l.Author, l.Seq, l.Sent, l.Read, l.saw = letter.KindReply, t.Own, t.Seq, true, true, t.Received
	q, err := v.enqueue(o, t, letter.KindReply, notBefore)
	if err != nil {
		return l, err
	}
	q.Letter, l.Size, l.Hash = l.Number, q.Size, q.hash
	return l, v.write(l.encode(), l.encodePlace(), t.encode(), q.encode())
}

// QueueReceipt puts a sealed receipt into the outbox. It takes the place of one of
// this thread that still waits, and goes out no later than that would have. t is
// how the thread is from now on; no receipt is owed then.
func (v *Vault) QueueReceipt(o *Outgoing, t Thread, notBefore time.Time) error {
	if _, ok := v.state.findThread(t.Number); !ok {
		return ErrNoThread
	}
	t.Owed = false
	records := [][]byte{t.encode()}
	var replaced []queued
	for _, q := range v.state.queue {
		if q.Thread == t.Number && q.Kind == letter.KindReceipt {
			replaced = append(replaced, q)
			records = append(records, encodeSent(q.ID))
			if q.NotBefore.Before(notBefore) {
				notBefore = q.NotBefore
			}
		}
	}
	q, err := v.enqueue(o, t, letter.KindReceipt, notBefore)
	if err != nil {
		return err
	}
	if err := v.write(append(records, q.encode())...); err != nil {
		return err
	}
	for _, q := range replaced {
		if err := v.removeReceipt(q); err != nil {
			return err
		}
	}
	return nil
}

// enqueue makes an entry of an envelope that is durable then.
func (v *Vault) enqueue(o *Outgoing, t Thread, kind string, notBefore time.Time) (q queued, err error) {
	q = queued{Queued: Queued{ID: 1, Thread: t.Number, Drop: t.Drop, Kind: kind, NotBefore: notBefore.Truncate(time.Second)}, to: t.Mailbox, envelope: o.Envelope}
	if n := len(v.state.queue); n > 0 {
		q.ID = v.state.queue[n-1].ID + 1
	}
	rand.Read(q.withdraw[:])
	if q.Size, q.hash, err = o.finish(); err != nil {
		return q, fmt.Errorf("couldn't write an envelope: %w", err)
	}
	return q, nil
}

// Acknowledged takes an entry out of the outbox: the server has it. ErrNoQueued.
func (v *Vault) Acknowledged(id int) error {
	i, ok := v.state.findQueued(id)
	if !ok {
		return ErrNoQueued
	}
	q := v.state.queue[i]
	if err := v.write(encodeSent(id)); err != nil {
		return err
	}
	testOnlyStep("entry taken out")
	if q.Kind != letter.KindReceipt {
		return nil
	}
	return v.removeReceipt(q)
}

// removeReceipt removes the envelope of a receipt that is no longer queued. It
// needs no sync: what a crash brings back is swept away.
func (v *Vault) removeReceipt(q queued) error {
	if err := os.Remove(v.sentPath(q.Drop, q.envelope)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("couldn't remove an envelope: %w", err)
	}
	return nil
}

// sweepSent removes what a deletion or an interrupted run leaves among what is
// sent: nothing in the vault could open or send it.
func (v *Vault) sweepSent() error {
	dir := filepath.Join(v.dir, "sent")
	there, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("couldn't look for what was sent: %w", err)
	}
	wanted := map[string]bool{}
	for _, l := range v.state.letters {
		if l.Sent {
			wanted[v.envelopeName(l.Mailbox, l.Envelope)] = true
		}
	}
	for _, q := range v.state.queue {
		wanted[v.envelopeName(q.Drop, q.envelope)] = true
	}
	swept := false
	for _, entry := range there {
		if wanted[entry.Name()] {
			continue
		}
		swept = true
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't remove what was sent: %w", err)
		}
	}
	if !swept {
		return nil
	}
	return syncDir(dir)
}

func (v *Vault) sentPath(m drop.MailboxID, e drop.EnvelopeID) string {
	return filepath.Join(v.dir, "sent", v.envelopeName(m, e))
}

func (s *state) findQueued(id int) (int, bool) {
	return find(len(s.queue), id, func(i int) int { return s.queue[i].ID })
}

func (q queued) encode() []byte {
	return encodeRecord(recordQueued, build(func(b *cryptobyte.Builder) {
		b.AddUint32(uint32(q.ID))
		b.AddUint32(uint32(q.Letter))
		b.AddUint32(uint32(q.Thread))
		b.AddUint8(flag(q.Kind == letter.KindReceipt, queuedReceipt))
		b.AddBytes(q.Drop[:])
		b.AddBytes(q.to[:])
		b.AddBytes(q.envelope[:])
		b.AddUint64(uint64(q.NotBefore.Unix()))
		b.AddUint64(uint64(q.Size))
		b.AddBytes(q.hash[:])
		b.AddBytes(q.withdraw[:])
	}))
}

const queuedReceipt = 1

func (s *state) applyQueued(body cryptobyte.String) error {
	var q queued
	var id, number, thread uint32
	var flags uint8
	var notBefore, size uint64
	if !body.ReadUint32(&id) || !body.ReadUint32(&number) || !body.ReadUint32(&thread) || !body.ReadUint8(&flags) ||
		!body.CopyBytes(q.Drop[:]) || !body.CopyBytes(q.to[:]) || !body.CopyBytes(q.envelope[:]) ||
		!body.ReadUint64(&notBefore) || !body.ReadUint64(&size) ||
		!body.CopyBytes(q.hash[:]) || !body.CopyBytes(q.withdraw[:]) || !body.Empty() {
		return errRecord
	}
	q.ID, q.Letter, q.Thread = int(id), int(number), int(thread)
	q.NotBefore, q.Size, q.Kind = time.Unix(int64(notBefore), 0), int64(size), letter.KindReply
	if flags&queuedReceipt != 0 {
		q.Kind = letter.KindReceipt
	}
	if n := len(s.queue); n > 0 && s.queue[n-1].ID >= q.ID {
		return errRecord
	}
	s.queue = append(s.queue, q)
	return nil
}

func encodeSent(id int) []byte {
	return encodeRecord(recordSent, binary.BigEndian.AppendUint32(nil, uint32(id)))
}

func (s *state) applySent(body cryptobyte.String) error {
	var id uint32
	if !body.ReadUint32(&id) || !body.Empty() {
		return errRecord
	}
	if i, ok := s.findQueued(int(id)); ok { // salvaging may have lost it
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	return nil
}
