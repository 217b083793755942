package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

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
