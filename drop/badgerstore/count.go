package badgerstore

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/transom-drop/transom/drop"
)

// count is what COUNT says: a lower bound for what the database holds.
type count struct {
	mark    uint64 // transactions
	records uint64 // envelopes, cards and invitations
}

// countFile is COUNT: two slots, written in turn. A power cut in the middle of a
// write leaves the other slot, which is a lower bound as well: it is older, and
// what lowers the bound is written before the commit that removes anything.
//
// It is overwritten in place, at one size, so that a sync is of one block of
// data and of nothing else.
type countFile struct {
	mu         sync.Mutex
	f          *os.File
	generation uint64
}

const (
	countSlot      = 4096 // one slot to a block: a torn write takes one slot at most
	countSlots     = 2
	countFieldSize = 8 + 8 + 8
)

func createCount(name string) error {
	b := make([]byte, countSlot*countSlots)
	copy(b, encodeCount(1, count{}))
	return writeSynced(name, b)
}

func encodeCount(generation uint64, c count) []byte {
	b := binary.BigEndian.AppendUint64(nil, generation)
	b = binary.BigEndian.AppendUint64(b, c.mark)
	b = binary.BigEndian.AppendUint64(b, c.records)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func decodeCount(b []byte) (generation uint64, c count, ok bool) {
	fields := b[:countFieldSize]
	if sha256.Sum256(fields) != [sha256.Size]byte(b[countFieldSize:]) {
		return 0, c, false
	}
	return binary.BigEndian.Uint64(fields), count{
		mark:    binary.BigEndian.Uint64(fields[8:]),
		records: binary.BigEndian.Uint64(fields[16:]),
	}, true
}

func openCount(name string) (*countFile, count, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, count{}, errors.Join(drop.ErrDamaged, err)
	}
	// Badger has a lock of its own, but what is looked at before it is opened must
	// not be changing either.
	if err := lock(f); err != nil {
		f.Close()
		return nil, count{}, fmt.Errorf("it is open in another process: %w", err)
	}
	generation, latest := readCount(f)
	if generation == 0 {
		f.Close()
		return nil, count{}, fmt.Errorf("no slot of the %s file can be read: %w", countName, drop.ErrDamaged)
	}
	return &countFile{f: f, generation: generation}, latest, nil
}

// readCount returns the newest slot that can be read; generation 0 is none.
func readCount(f io.ReaderAt) (generation uint64, latest count) {
	for i := range int64(countSlots) {
		b := make([]byte, countFieldSize+sha256.Size)
		if _, err := f.ReadAt(b, i*countSlot); err != nil {
			continue
		}
		if g, v, ok := decodeCount(b); ok && g > generation {
			generation, latest = g, v
		}
	}
	return generation, latest
}

// write puts a new bound on the disk.
func (c *countFile) write(v count) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	slot := int64(c.generation%countSlots) * countSlot
	if _, err := c.f.WriteAt(encodeCount(c.generation, v), slot); err != nil {
		return err
	}
	return syncData(c.f)
}

func (c *countFile) close() error { return c.f.Close() }
