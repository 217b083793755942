package badgerstore

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"strconv"
)

// Badger's logs (write-ahead logs *.mem, value logs *.vlog) are a header of 20
// bytes and then entries:
//
//	meta (1) | user meta (1) | key length | value length | expiry | key | value | CRC-32C (4)
//
// with varints for the three numbers and the checksum over all that precedes
// it. See encodeEntry in badger's memtable.go.
const (
	logHeader  = 20
	logMaxKey  = 1 << 16
	logTxn     = 1 << 6 // meta: the entry is part of a transaction
	logTxnEnd  = 1 << 7 // meta: the entry ends one; its value is the version
	versionLen = 8      // what Badger appends to every key
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type logEntry struct {
	meta       byte
	key, value []byte // the key with its version
}

// logScanner reads the entries of one log. It stops where Badger would, at the
// first entry that does not check out, and knows where that is.
type logScanner struct {
	r      *bufio.Reader
	crc    uint32
	offset int64 // where the next entry begins
	read   int64 // bytes of the entry at hand
}

func newLogScanner(f io.ReadSeeker) (*logScanner, error) {
	if _, err := f.Seek(logHeader, io.SeekStart); err != nil {
		return nil, err
	}
	return &logScanner{r: bufio.NewReaderSize(f, 256<<10), offset: logHeader}, nil
}

// errLogEnd: there is no further entry that checks out.
var errLogEnd = errors.New("no further entry")

func (s *logScanner) next() (*logEntry, error) {
	s.crc, s.read = 0, 0
	meta, err := s.ReadByte()
	if err != nil {
		return nil, errLogEnd
	}
	s.ReadByte()
	var lengths [3]uint64
	for i := range lengths {
		if lengths[i], err = binary.ReadUvarint(s); err != nil {
			return nil, errLogEnd
		}
	}
	// A length beyond a row is damage: no value of ours is longer.
	if lengths[0] == 0 || lengths[0] > logMaxKey || lengths[1] > 2*rowSize {
		return nil, errLogEnd
	}
	b := make([]byte, lengths[0]+lengths[1]+crc32.Size)
	if _, err := io.ReadFull(s.r, b); err != nil {
		return nil, errLogEnd
	}
	kv, sum := b[:len(b)-crc32.Size], b[len(b)-crc32.Size:]
	if crc32.Update(s.crc, castagnoli, kv) != binary.BigEndian.Uint32(sum) {
		return nil, errLogEnd
	}
	s.offset += s.read + int64(len(b))
	return &logEntry{meta: meta, key: kv[:lengths[0]], value: kv[lengths[0]:]}, nil
}

// ReadByte is for reading varints, with the checksum kept.
func (s *logScanner) ReadByte() (byte, error) {
	c, err := s.r.ReadByte()
	if err == nil {
		s.crc = crc32.Update(s.crc, castagnoli, []byte{c})
		s.read++
	}
	return c, err
}

// wholeLog tells whether a value log checks out from its beginning to its very
// end.
func wholeLog(name string) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	s, err := newLogScanner(f)
	if err != nil {
		return false, err
	}
	for err == nil {
		_, err = s.next()
	}
	return s.offset == info.Size(), nil
}

// marks returns the marks of the first and the last transaction that a
// write-ahead log holds whole, as Badger would replay it; 0 and 0 if there is
// none.
func marks(name string) (first, last uint64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	s, err := newLogScanner(f)
	if err != nil {
		return 0, 0, err
	}
	first, last = s.marks()
	return first, last, nil
}

func (s *logScanner) marks() (first, last uint64) {
	var open uint64 // the version of the transaction at hand, 0 for none
	var mark uint64 // its mark
	for {
		e, err := s.next()
		if err != nil {
			return first, last
		}
		switch {
		case e.meta&logTxn != 0:
			version := versionOf(e.key)
			if open == 0 {
				open = version
			}
			if version != open {
				return first, last
			}
			if m, ok := markIn(e); ok {
				mark = m
			}
		case e.meta&logTxnEnd != 0:
			version, err := strconv.ParseUint(string(e.value), 10, 64)
			if err != nil || version != open {
				return first, last
			}
			if mark != 0 {
				last = mark
			}
			if first == 0 {
				first = mark
			}
			open, mark = 0, 0
		case open != 0:
			return first, last
		}
	}
}

// versionOf returns the version at the end of a key. Badger stores its
// complement, so that newer ones sort first.
func versionOf(key []byte) uint64 {
	if len(key) < versionLen {
		return 0
	}
	return ^binary.BigEndian.Uint64(key[len(key)-versionLen:])
}

func markIn(e *logEntry) (uint64, bool) {
	if len(e.key) < versionLen || string(e.key[:len(e.key)-versionLen]) != string(markKey()) {
		return 0, false
	}
	m, err := decodeMark(e.value)
	return m, err == nil
}
