package badgerstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"slices"
	"strconv"
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

// A power cut in the middle of writing COUNT leaves the bound before it.
func TestTornCount(t *testing.T) {
	name := filepath.Join(t.TempDir(), countName)
	if err := createCount(name); err != nil {
		t.Fatal(err)
	}
	f, c, err := openCount(name)
	if err != nil || c != (count{}) {
		t.Fatal(c, err)
	}
	for n := range uint64(5) {
		if err := f.write(count{mark: n, records: 10 * n}); err != nil {
			t.Fatal(err)
		}
	}
	last := int64(f.generation%countSlots) * countSlot
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	reopen := func() (count, error) {
		f, c, err := openCount(name)
		if err == nil {
			f.close()
		}
		return c, err
	}
	if c, err := reopen(); err != nil || c != (count{4, 40}) {
		t.Fatal(c, err)
	}
	overwrite(t, name, last+10, []byte("torn"))
	if c, err := reopen(); err != nil || c != (count{3, 30}) {
		t.Fatal(c, err)
	}
	overwrite(t, name, countSlot-last+10, []byte("torn"))
	_, err = reopen()
	wantError(t, err, drop.ErrDamaged)
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

// FuzzLog: no log makes the scanner panic, or claim to have read more than there
// is.
func FuzzLog(f *testing.F) {
	head := make([]byte, logHeader)
	version := binary.BigEndian.AppendUint64(nil, ^uint64(5))
	mark := appendEntry(nil, logTxn, append(markKey(), version...), encodeMark(9))
	row := appendEntry(nil, logTxn, append(rowKey(newBodyKey(), 0), version...), []byte("sealed"))
	end := appendEntry(nil, logTxnEnd, append([]byte("!badger!txn"), version...), []byte("5"))
	f.Add(slices.Concat(head, row, mark, end))
	f.Add(slices.Concat(head, mark, end, row))
	f.Add(slices.Concat(head, row, make([]byte, 30)))
	f.Add(append(head, 0x40, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := newLogScanner(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = log.next()
		}
		if log.offset > max(int64(len(data)), logHeader) {
			t.Fatalf("an entry ends at %d of %d", log.offset, len(data))
		}
		if log, err = newLogScanner(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		if mark, found := log.lastMark(); mark != 0 && !found {
			t.Fatalf("mark %d is not found", mark)
		}
	})
}

// appendEntry writes an entry as Badger does.
func appendEntry(b []byte, meta byte, key, value []byte) []byte {
	from := len(b)
	b = append(b, meta, 0)
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = binary.AppendUvarint(b, uint64(len(value)))
	b = append(b, 0)
	b = append(append(b, key...), value...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

func TestLastMark(t *testing.T) {
	version := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, ^n) }
	mark := func(v, n uint64) []byte {
		return appendEntry(nil, logTxn, append(markKey(), version(v)...), encodeMark(n))
	}
	end := func(v uint64) []byte {
		return appendEntry(nil, logTxnEnd, append([]byte("!badger!txn"), version(v)...), strconv.AppendUint(nil, v, 10))
	}
	moved := appendEntry(nil, 0, append(rowKey(newBodyKey(), 0), version(1)...), []byte("moved by a collection"))
	head := make([]byte, logHeader)
	torn := mark(4, 30)
	for name, test := range map[string]struct {
		log   []byte
		mark  uint64
		found bool
	}{
		"empty":             {head, 0, false},
		"one":               {slices.Concat(head, mark(2, 10), end(2)), 10, true},
		"two":               {slices.Concat(head, mark(2, 10), end(2), mark(3, 20), end(3)), 20, true},
		"no end":            {slices.Concat(head, mark(2, 10), end(2), mark(3, 20)), 10, true},
		"another's end":     {slices.Concat(head, mark(2, 10), end(2), mark(3, 20), end(4)), 10, true},
		"torn":              {slices.Concat(head, mark(2, 10), end(2), torn[:len(torn)-3]), 10, true},
		"moved in between":  {slices.Concat(head, mark(2, 10), end(2), moved, mark(3, 20), end(3)), 20, true},
		"moved inside":      {slices.Concat(head, mark(2, 10), end(2), mark(3, 20), moved, end(3)), 10, true},
		"zeros and more":    {slices.Concat(head, mark(2, 10), end(2), make([]byte, 9), mark(3, 20), end(3)), 10, true},
		"a damaged mark":    {slices.Concat(head, appendEntry(nil, logTxn, append(markKey(), version(2)...), []byte("x")), end(2)), 0, false},
		"only moved":        {slices.Concat(head, moved), 0, false},
		"shorter than head": {head[:5], 0, false},
	} {
		log, err := newLogScanner(bytes.NewReader(test.log))
		if err != nil {
			t.Fatal(err)
		}
		if mark, found := log.lastMark(); mark != test.mark || found != test.found {
			t.Errorf("%s: mark %d, found %v; want %d, %v", name, mark, found, test.mark, test.found)
		}
	}
}

// The scanner reads logs as Badger writes them.
func TestScannerReadsBadgersLogs(t *testing.T) {
	s := newStore(t, small)
	put(t, s, 300)
	logs := files(t, filepath.Dir(s.inner), "*.vlog")
	if len(logs) < 2 {
		t.Fatal("no value log is complete")
	}
	for _, name := range logs[:len(logs)-1] {
		if whole, err := wholeLog(name); err != nil || !whole {
			t.Errorf("a value log that Badger has finished is not whole: %v", err)
		}
	}
	var newest uint64
	for _, name := range files(t, filepath.Dir(s.inner), "*.mem") {
		mark, _, err := lastMark(name)
		if err != nil {
			t.Fatal(err)
		}
		newest = max(newest, mark)
	}
	if newest != s.now.mark || newest < 300 {
		t.Errorf("the newest mark is %d; want %d", newest, s.now.mark)
	}
}
