package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/transom-drop/transom/drop"
)

// Badger's DISCARD file says how many bytes in each value log are dead: pairs of
// big-endian 64-bit numbers, a log's and the bytes, up to a pair for log 0. It is
// no more than a hint, and carries no checksum. See badger's discard.go.
const (
	discardName = "DISCARD"
	discardPair = 16
)

// readDiscards returns the dead bytes by the number of their log.
func readDiscards(inner string) (map[uint64]uint64, error) {
	b, err := os.ReadFile(filepath.Join(inner, discardName))
	if err != nil {
		return nil, err
	}
	dead := make(map[uint64]uint64)
	for ; len(b) >= discardPair; b = b[discardPair:] {
		log, n := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
		if log == 0 {
			return dead, nil
		}
		// Badger numbers logs with 32 bits. It looks for a log that is out of that
		// range, or listed twice, for ever.
		if _, twice := dead[log]; twice || log > math.MaxUint32 {
			break
		}
		dead[log] = n
	}
	return nil, fmt.Errorf("the list of dead bytes is damaged: %w", drop.ErrDamaged)
}

// writeDiscards replaces the list. Badger is not open.
func writeDiscards(inner string, dead map[uint64]uint64) error {
	b := make([]byte, max(1<<20, (len(dead)+1)*discardPair)) // as large as Badger makes it
	rest := b
	for _, log := range slices.Sorted(maps.Keys(dead)) {
		binary.BigEndian.PutUint64(rest, log)
		binary.BigEndian.PutUint64(rest[8:], dead[log])
		rest = rest[discardPair:]
	}
	name := filepath.Join(inner, discardName)
	if err := writeSynced(name+".new", b); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(inner)
}

// recountDiscards finds out from the tables and logs themselves which bytes are
// dead. The list is mapped, and written back whenever the kernel likes: after a
// power cut it may say less than the tables do, and what it does not name would
// never be collected. What a compaction has yet to drop counts as alive, because
// Badger will add it to the list when it does.
func recountDiscards(inner string) error {
	logs, err := filesOf(inner, ".mem")
	if err != nil {
		return err
	}
	tables, err := listedTables(inner)
	if err != nil {
		return err
	}
	var live pointers
	note := func(_ []byte, meta byte, value []byte) {
		if p, ok := pointerIn(meta, value); ok {
			live = append(live, p)
		}
	}
	for _, name := range logs {
		if err := eachEntry(name, note); err != nil {
			return err
		}
	}
	for _, name := range tables {
		if err := eachInTable(name, note); err != nil {
			return err
		}
	}
	dead, err := deadIn(inner, live.bytes(), true)
	if err != nil {
		return err
	}
	return writeDiscards(inner, dead)
}

// resetDiscards removes a list of dead bytes that is damaged: Badger begins a new
// one, and some room is given back later than it could be.
func resetDiscards(inner string) error {
	_, err := readDiscards(inner)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, drop.ErrDamaged):
		return os.Remove(filepath.Join(inner, discardName))
	}
	return err
}
