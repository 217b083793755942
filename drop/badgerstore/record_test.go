package badgerstore

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/transom-drop/transom/drop"
)

func someBody() body {
	return body{size: 1234, hash: sha256.Sum256([]byte("sealed")), key: newBodyKey()}
}

// Every bit of a record is covered: one flipped, in the value or in the key that
// it was found under, and it is damaged.
func TestRecordsAreChecked(t *testing.T) {
	m, id := drop.MailboxID{1}, drop.EnvelopeID{2}
	e := envelope{day: 20000, expires: 20030, withdraw: sha256.Sum256(nil), body: someBody()}
	c := card{day: -3, body: someBody()}
	i := invitation{used: true, mailbox: m}
	for name, test := range map[string]struct {
		key, value []byte
		decode     func(key, value []byte) error
	}{
		"envelope": {envelopeKey(m, id), e.encode(envelopeKey(m, id)), func(key, value []byte) error {
			got, err := decodeEnvelope(key, value)
			if err == nil && *got != e {
				t.Errorf("%+v; want %+v", got, e)
			}
			return err
		}},
		"card": {cardKey(m), c.encode(cardKey(m)), func(key, value []byte) error {
			got, err := decodeCard(key, value)
			if err == nil && *got != c {
				t.Errorf("%+v; want %+v", got, c)
			}
			return err
		}},
		"invitation": {invitationKey(e.withdraw), i.encode(invitationKey(e.withdraw)), func(key, value []byte) error {
			got, err := decodeInvitation(key, value)
			if err == nil && *got != i {
				t.Errorf("%+v; want %+v", got, i)
			}
			return err
		}},
		"mark": {nil, encodeMark(77), func(_, value []byte) error {
			got, err := decodeMark(value)
			if err == nil && got != 77 {
				t.Errorf("mark %d", got)
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.decode(test.key, test.value); err != nil {
				t.Fatal(err)
			}
			for bit := range 8 * len(test.value) {
				b := bytes.Clone(test.value)
				b[bit/8] ^= 1 << (bit % 8)
				wantError(t, test.decode(test.key, b), drop.ErrDamaged)
			}
			for bit := range 8 * len(test.key) {
				k := bytes.Clone(test.key)
				k[bit/8] ^= 1 << (bit % 8)
				wantError(t, test.decode(k, test.value), drop.ErrDamaged)
			}
			for _, b := range [][]byte{nil, {}, test.value[1:], test.value[:len(test.value)-1], append(test.value, 0)} {
				wantError(t, test.decode(test.key, b), drop.ErrDamaged)
			}
		})
	}
}

func TestExpiryKeysSort(t *testing.T) {
	days := []drop.Day{-1 << 31, -1000, -1, 0, 1, 255, 256, 20000, 1<<31 - 1}
	var keys [][]byte
	for _, d := range days {
		key := expiryKey(d, drop.MailboxID{9}, drop.EnvelopeID{8})
		gotDay, m, id, ok := parseExpiryKey(key)
		if !ok || gotDay != d || m != (drop.MailboxID{9}) || id != (drop.EnvelopeID{8}) {
			t.Errorf("day %d reads as %d", int(d), int(gotDay))
		}
		keys = append(keys, key)
	}
	if !slices.IsSortedFunc(keys, bytes.Compare) {
		t.Error("entries are not in the order of days")
	}
}

// The rows of a body are its bytes, in order, none twice.
func TestRows(t *testing.T) {
	for _, size := range []int64{0, 1, rowData - 1, rowData, rowData + 1, rowSize - 1, rowSize, rowSize + 1,
		2*rowData - 1, 2 * rowData, 2*rowData + 1, 2 * rowSize, 16 << 20, 5 << 30} {
		b := body{size: size, key: newBodyKey()}
		var at int64
		for n := range b.rows() {
			from, to := b.row(n)
			if from != at || to <= from || to-from > rowSize || b.rowOf(from) != n || b.rowOf(to-1) != n {
				t.Fatalf("size %d: row %d is from %d to %d", size, n, from, to)
			}
			at = to
		}
		if at != size {
			t.Errorf("size %d: rows end at %d", size, at)
		}
	}
}

func TestRowsAreChecked(t *testing.T) {
	for _, size := range []int{1, 1000, rowSize, rowSize + 1, 2*rowData + 5} {
		data := randomBytes(size)
		b := body{size: int64(size), hash: sha256.Sum256(data), key: newBodyKey()}
		for n := range b.rows() {
			from, to := b.row(n)
			value := b.sealRow(n, bytes.Clone(data[from:to]))
			if len(value) > rowSize {
				t.Errorf("size %d: row %d is %d bytes long", size, n, len(value))
			}
			if got, ok := b.openRow(n, value); !ok || !bytes.Equal(got, data[from:to]) {
				t.Fatalf("size %d: row %d can't be read", size, n)
			}
			for _, at := range []int{0, len(value) / 2, len(value) - 1} {
				value[at] ^= 0x10
				if _, ok := b.openRow(n, value); ok {
					t.Errorf("size %d: row %d: a change at %d is not seen", size, n, at)
				}
				value[at] ^= 0x10
			}
			for _, v := range [][]byte{nil, {}, value[:len(value)-1], append(bytes.Clone(value), 0)} {
				if _, ok := b.openRow(n, v); ok {
					t.Errorf("size %d: row %d: %d bytes pass for %d", size, n, len(v), len(value))
				}
			}
			// A whole row in the place of another, or of another body.
			if _, ok := b.openRow(n+1, value); ok {
				t.Errorf("size %d: row %d passes for the next", size, n)
			}
			if other := (body{size: b.size, key: newBodyKey()}); b.rows() > 1 {
				if _, ok := other.openRow(n, value); ok {
					t.Errorf("size %d: row %d passes for another body's", size, n)
				}
			}
		}
	}
}

// FuzzLiteral: no record makes Dump panic, and what it takes for one of ours says
// everything that is in it.
func FuzzLiteral(f *testing.F) {
	m, id := drop.MailboxID{1}, drop.EnvelopeID{2}
	e := envelope{day: 1, expires: 2, body: someBody()}
	f.Add(envelopeKey(m, id), e.encode(envelopeKey(m, id)))
	f.Add(expiryKey(3, m, id), []byte{})
	f.Add(cardKey(m), (&card{day: 1, body: someBody()}).encode(cardKey(m)))
	f.Add(invitationKey([32]byte{1}), (&invitation{}).encode(invitationKey([32]byte{1})))
	f.Add(rowKey(newBodyKey(), 7), []byte("row"))
	f.Add(unownedKey(newBodyKey()), []byte{})
	f.Add(markKey(), encodeMark(5))
	f.Add([]byte{kindScratch}, []byte{})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		r, err := literal(key, value)
		if err != nil {
			return
		}
		if r.Kind == "" || !bytes.Equal(r.Key, key) || !bytes.Equal(r.Value, value) {
			t.Fatalf("%+v", r)
		}
		if r.Kind == "envelope" {
			e, err := decodeEnvelope(key, value)
			if err != nil || !bytes.Equal(e.encode(key), value) {
				t.Fatalf("an envelope that does not encode again: %v", err)
			}
		}
	})
}
