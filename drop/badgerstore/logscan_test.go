package badgerstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/transom-drop/transom/drop"
)

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
		if first, last := log.marks(); (first == 0) != (last == 0) {
			t.Fatalf("marks %d and %d", first, last)
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

func TestMarks(t *testing.T) {
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
		log         []byte
		first, last uint64
	}{
		"empty":             {head, 0, 0},
		"one":               {slices.Concat(head, mark(2, 10), end(2)), 10, 10},
		"two":               {slices.Concat(head, mark(2, 10), end(2), mark(3, 20), end(3)), 10, 20},
		"no end":            {slices.Concat(head, mark(2, 10), end(2), mark(3, 20)), 10, 10},
		"another's end":     {slices.Concat(head, mark(2, 10), end(2), mark(3, 20), end(4)), 10, 10},
		"torn":              {slices.Concat(head, mark(2, 10), end(2), torn[:len(torn)-3]), 10, 10},
		"moved in between":  {slices.Concat(head, mark(2, 10), end(2), moved, mark(3, 20), end(3)), 10, 20},
		"moved inside":      {slices.Concat(head, mark(2, 10), end(2), mark(3, 20), moved, end(3)), 10, 10},
		"zeros and more":    {slices.Concat(head, mark(2, 10), end(2), make([]byte, 9), mark(3, 20), end(3)), 10, 10},
		"a damaged mark":    {slices.Concat(head, appendEntry(nil, logTxn, append(markKey(), version(2)...), []byte("x")), end(2)), 0, 0},
		"only moved":        {slices.Concat(head, moved), 0, 0},
		"shorter than head": {head[:5], 0, 0},
	} {
		log, err := newLogScanner(bytes.NewReader(test.log))
		if err != nil {
			t.Fatal(err)
		}
		if first, last := log.marks(); first != test.first || last != test.last {
			t.Errorf("%s: marks %d to %d; want %d to %d", name, first, last, test.first, test.last)
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
		_, last, err := marks(name)
		if err != nil {
			t.Fatal(err)
		}
		newest = max(newest, last)
	}
	if newest != s.now.mark || newest < 300 {
		t.Errorf("the newest mark is %d; want %d", newest, s.now.mark)
	}
}

// A log that waits to be flushed is damaged, and the one after it is not: what
// was lost lies in the middle.
func TestDamageInTheMiddle(t *testing.T) {
	head := make([]byte, logHeader)
	version := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, ^n) }
	txn := func(n uint64) []byte {
		b := appendEntry(nil, logTxn, append(markKey(), version(n)...), encodeMark(n))
		return appendEntry(b, logTxnEnd, append([]byte("!badger!txn"), version(n)...), strconv.AppendUint(nil, n, 10))
	}
	for name, test := range map[string]struct {
		logs map[string][]byte
		want error
	}{
		"nothing missing":          {map[string][]byte{"00005.mem": slices.Concat(head, txn(1), txn(2)), "00006.mem": slices.Concat(head, txn(3))}, nil},
		"more than COUNT says":     {map[string][]byte{"00005.mem": slices.Concat(head, txn(1), txn(2), txn(3), txn(4))}, nil},
		"the middle missing":       {map[string][]byte{"00005.mem": slices.Concat(head, txn(1)), "00006.mem": slices.Concat(head, txn(3))}, drop.ErrDamaged},
		"the end missing":          {map[string][]byte{"00005.mem": slices.Concat(head, txn(1)), "00006.mem": slices.Concat(head, txn(2))}, drop.ErrDamaged},
		"a log flushed in between": {map[string][]byte{"00005.mem": slices.Concat(head, txn(1)), "00007.mem": slices.Concat(head, txn(3))}, nil},
		"the newest is new":        {map[string][]byte{"00005.mem": slices.Concat(head, txn(1)), "00007.mem": head}, nil},
		"numbers grow longer":      {map[string][]byte{"99999.mem": slices.Concat(head, txn(1), txn(2)), "100000.mem": slices.Concat(head, txn(3))}, nil},
		"no logs":                  {nil, nil},
	} {
		dir := t.TempDir()
		for file, data := range test.logs {
			if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		logs, err := filesOf(dir, ".mem")
		if err != nil {
			t.Fatal(err)
		}
		if err := checkLogs(logs, count{mark: 3}); !errors.Is(err, test.want) {
			t.Errorf("%s: error %v; want %v", name, err, test.want)
		}
	}
}
