package badgerstore

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/transom-drop/transom/drop"
)

// The first byte of every key says what kind it is. The package comment lists
// them; Dump refuses any other.
const (
	kindEnvelope   = 'e'
	kindExpiry     = 'x'
	kindCard       = 'c'
	kindInvitation = 'i'
	kindRow        = 'r'
	kindUnowned    = 'u'
	kindMark       = 'm'
	kindScratch    = 's' // written and dropped to flush
	kindFiller     = 'f' // written and erased to end a value log
)

// rowSize is the largest value. Badger holds values in memory whole.
const rowSize = 1 << 20

// rowData is how much of a body fits a row when the body has several: each then
// ends in its own check. The only row of a small body is checked against the
// body's SHA-256, so that small bodies are hashed once.
const rowData = rowSize - rowCheckSize

const (
	rowCheckSize = 16
	checkSize    = 8
)

type bodyKey [16]byte

func newBodyKey() (k bodyKey) {
	rand.Read(k[:])
	return k
}

// body is what a record says about the bytes that belong to it.
type body struct {
	size int64
	hash [sha256.Size]byte
	key  bodyKey
}

// rows is how many rows the body is in.
func (b *body) rows() int { return rowsOf(b.size) }

func rowsOf(size int64) int {
	switch {
	case size == 0:
		return 0
	case size <= rowSize:
		return 1
	}
	return int((size + rowData - 1) / rowData)
}

// row says which bytes of the body row n holds.
func (b *body) row(n int) (from, to int64) {
	if b.rows() == 1 {
		return 0, b.size
	}
	from = int64(n) * rowData
	return from, min(from+rowData, b.size)
}

// rowOf says in which row the byte at offset is.
func (b *body) rowOf(offset int64) int {
	if b.rows() == 1 {
		return 0
	}
	return int(offset / rowData)
}

// sealRow returns the value of row n: its bytes, and the check if there are
// other rows. The check covers the key: a row that Badger returns for another
// is as wrong as a damaged one.
func (b *body) sealRow(n int, data []byte) []byte {
	if b.rows() == 1 {
		return data
	}
	sum := rowCheck(rowKey(b.key, n), data)
	return append(data, sum[:]...)
}

// openRow returns the bytes in a row's value, or false if they are not the ones
// that were stored.
func (b *body) openRow(n int, value []byte) ([]byte, bool) {
	if n < 0 || n >= b.rows() {
		return nil, false
	}
	if b.rows() == 1 {
		return value, int64(len(value)) == b.size && sha256.Sum256(value) == b.hash
	}
	from, to := b.row(n)
	if int64(len(value)) != to-from+rowCheckSize {
		return nil, false
	}
	data, sum := value[:to-from], value[to-from:]
	return data, rowCheck(rowKey(b.key, n), data) == [rowCheckSize]byte(sum)
}

func rowCheck(key, data []byte) [rowCheckSize]byte {
	h := sha256.New()
	h.Write(key)
	h.Write(data)
	return [rowCheckSize]byte(h.Sum(nil))
}

// envelope is the record of an envelope: drop.Stat, and what only a store needs.
type envelope struct {
	day, expires drop.Day
	withdraw     [sha256.Size]byte
	body         body
}

func (e *envelope) stat(id drop.EnvelopeID) drop.Stat {
	return drop.Stat{ID: id, Size: e.body.size, Day: e.day, Expires: e.expires}
}

// same tells whether a deposit is the one that is stored.
func (e *envelope) same(o *envelope) bool {
	return e.body.size == o.body.size && e.body.hash == o.body.hash && e.withdraw == o.withdraw
}

const envelopeSize = 4 + 4 + sha256.Size + bodySize

func (e *envelope) encode(key []byte) []byte {
	b := make([]byte, 0, envelopeSize+checkSize)
	b = appendDay(b, e.day)
	b = appendDay(b, e.expires)
	b = append(b, e.withdraw[:]...)
	b = e.body.append(b)
	return appendCheck(b, key)
}

func decodeEnvelope(key, value []byte) (*envelope, error) {
	b, ok := cutCheck(key, value, envelopeSize)
	if !ok {
		return nil, drop.ErrDamaged
	}
	e := &envelope{day: dayAt(b), expires: dayAt(b[4:]), body: bodyAt(b[8+sha256.Size:])}
	copy(e.withdraw[:], b[8:])
	if e.body.size < 0 {
		return nil, drop.ErrDamaged
	}
	return e, nil
}

// card is the record of a card.
type card struct {
	day  drop.Day
	body body
}

const cardSize = 4 + bodySize

func (c *card) encode(key []byte) []byte {
	b := make([]byte, 0, cardSize+checkSize)
	b = appendDay(b, c.day)
	b = c.body.append(b)
	return appendCheck(b, key)
}

func decodeCard(key, value []byte) (*card, error) {
	b, ok := cutCheck(key, value, cardSize)
	if !ok {
		return nil, drop.ErrDamaged
	}
	c := &card{day: dayAt(b), body: bodyAt(b[4:])}
	if c.body.size < 0 {
		return nil, drop.ErrDamaged
	}
	return c, nil
}

// invitation is the record of an invitation. It binds to the first mailbox that
// uses it, so that a card that expired can come back without a new one.
type invitation struct {
	used    bool
	mailbox drop.MailboxID
}

const invitationSize = 1 + 16

func (i *invitation) encode(key []byte) []byte {
	b := make([]byte, 1, invitationSize+checkSize)
	if i.used {
		b[0] = 1
	}
	b = append(b, i.mailbox[:]...)
	return appendCheck(b, key)
}

func decodeInvitation(key, value []byte) (*invitation, error) {
	b, ok := cutCheck(key, value, invitationSize)
	if !ok || b[0] > 1 {
		return nil, drop.ErrDamaged
	}
	return &invitation{used: b[0] == 1, mailbox: drop.MailboxID(b[1:])}, nil
}

func encodeMark(mark uint64) []byte {
	return appendCheck(binary.BigEndian.AppendUint64(nil, mark), markKey())
}

func decodeMark(value []byte) (uint64, error) {
	b, ok := cutCheck(markKey(), value, 8)
	if !ok {
		return 0, drop.ErrDamaged
	}
	return binary.BigEndian.Uint64(b), nil
}

const bodySize = 8 + sha256.Size + 16

func (b *body) append(to []byte) []byte {
	to = binary.BigEndian.AppendUint64(to, uint64(b.size))
	to = append(to, b.hash[:]...)
	return append(to, b.key[:]...)
}

func bodyAt(b []byte) body {
	size := binary.BigEndian.Uint64(b)
	if size > math.MaxInt64 {
		return body{size: -1}
	}
	return body{size: int64(size), hash: [sha256.Size]byte(b[8:]), key: bodyKey(b[8+sha256.Size:])}
}

func appendDay(b []byte, d drop.Day) []byte { return binary.BigEndian.AppendUint32(b, uint32(d)) }

func dayAt(b []byte) drop.Day { return drop.Day(binary.BigEndian.Uint32(b)) }

// appendCheck ends a record in a checksum of its key and its fields.
func appendCheck(b, key []byte) []byte {
	sum := recordCheck(key, b)
	return append(b, sum[:]...)
}

// cutCheck returns the fields of a record of that many bytes, or false if it is
// not the one that was stored.
func cutCheck(key, value []byte, size int) ([]byte, bool) {
	if len(value) != size+checkSize {
		return nil, false
	}
	return value[:size], recordCheck(key, value[:size]) == [checkSize]byte(value[size:])
}

func recordCheck(key, fields []byte) [checkSize]byte {
	var buf [256]byte
	sum := sha256.Sum256(append(append(buf[:0], key...), fields...))
	return [checkSize]byte(sum[:])
}

func envelopeKey(m drop.MailboxID, e drop.EnvelopeID) []byte {
	return append(envelopePrefix(m), e[:]...)
}

func envelopePrefix(m drop.MailboxID) []byte {
	return append(append(make([]byte, 0, 33), kindEnvelope), m[:]...)
}

func expiryKey(d drop.Day, m drop.MailboxID, e drop.EnvelopeID) []byte {
	b := append(make([]byte, 0, expiryKeySize), kindExpiry)
	b = binary.BigEndian.AppendUint32(b, uint32(d)^signBit)
	b = append(b, m[:]...)
	return append(b, e[:]...)
}

const (
	expiryKeySize = 1 + 4 + 16 + 16
	signBit       = 1 << 31 // flipped, so that days before 1970 sort first
)

func expiryDay(b []byte) drop.Day { return drop.Day(binary.BigEndian.Uint32(b) ^ signBit) }

func parseExpiryKey(k []byte) (d drop.Day, m drop.MailboxID, e drop.EnvelopeID, ok bool) {
	if len(k) != expiryKeySize || k[0] != kindExpiry {
		return 0, m, e, false
	}
	return expiryDay(k[1:]), drop.MailboxID(k[5:]), drop.EnvelopeID(k[21:]), true
}

func cardKey(m drop.MailboxID) []byte { return append([]byte{kindCard}, m[:]...) }

func invitationKey(hash [sha256.Size]byte) []byte { return append([]byte{kindInvitation}, hash[:]...) }

func rowKey(k bodyKey, n int) []byte {
	b := append(make([]byte, 0, 21), kindRow)
	b = append(b, k[:]...)
	return binary.BigEndian.AppendUint32(b, uint32(n))
}

func unownedKey(k bodyKey) []byte { return append([]byte{kindUnowned}, k[:]...) }

func markKey() []byte { return []byte{kindMark} }
