package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"

	"github.com/transom-drop/transom/drop"
)

const (
	logPointer  = 1 << 1 // meta: the value is a pointer into a value log
	pointerSize = 12     // file, length, offset: 32 bits each, in the machine's order
)

// checkNewest looks at the newest value log, which Badger cuts off at the first
// entry that does not check out: one bit flipped in one letter would take all
// later ones with it. What a crash tore off nothing points to, because values
// are synced before what points to them is written; a pointer behind the cut is
// damage.
func checkNewest(inner string, logs, tables []string) error {
	names, err := filesOf(inner, ".vlog")
	if err != nil || len(names) == 0 {
		return err
	}
	name := names[len(names)-1]
	end, more, err := cutOff(name)
	if err != nil || !more {
		return err
	}
	number, err := fileNumber(name)
	if err != nil {
		return err
	}
	last, err := lastPointer(uint32(number), inner, logs, tables)
	if err != nil {
		return err
	}
	if last > end {
		return fmt.Errorf("a value log is damaged before its end: %w", drop.ErrDamaged)
	}
	return nil
}

// cutOff returns where Badger would cut a value log, and whether anything but
// zeros follows there.
func cutOff(name string) (end int64, more bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	s, err := newLogScanner(f)
	if err != nil {
		return 0, false, err
	}
	for err == nil {
		_, err = s.next()
	}
	if _, err := f.Seek(s.offset, io.SeekStart); err != nil {
		return 0, false, err
	}
	block := make([]byte, 256<<10)
	for {
		n, err := f.Read(block)
		for _, c := range block[:n] {
			if c != 0 {
				return s.offset, true, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return s.offset, false, nil
		} else if err != nil {
			return 0, false, err
		}
	}
}

// lastPointer returns the highest end of a value in a value log that a
// write-ahead log or a table points to.
func lastPointer(number uint32, inner string, logs, tables []string) (last int64, err error) {
	note := func(meta byte, value []byte) {
		if meta&logPointer == 0 || len(value) != pointerSize || binary.NativeEndian.Uint32(value) != number {
			return
		}
		length, offset := binary.NativeEndian.Uint32(value[4:]), binary.NativeEndian.Uint32(value[8:])
		last = max(last, int64(offset)+int64(length))
	}
	for _, name := range logs {
		if err := eachEntry(name, note); err != nil {
			return 0, err
		}
	}
	for _, name := range tables {
		if err := eachInTable(filepath.Join(inner, filepath.Base(name)), note); err != nil {
			return 0, err
		}
	}
	return last, nil
}

func eachEntry(name string, f func(meta byte, value []byte)) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	s, err := newLogScanner(file)
	if err != nil {
		return err
	}
	for {
		e, err := s.next()
		if err != nil {
			return nil
		}
		f(e.meta, e.value)
	}
}

// eachInTable goes through a table that [checkTable] has found whole.
func eachInTable(name string, f func(meta byte, value []byte)) error {
	mapped, err := z.OpenMmapFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t, err := table.OpenTable(mapped, table.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	it := t.NewIterator(0)
	for it.Rewind(); it.Valid(); it.Next() {
		value := it.Value()
		f(value.Meta, value.Value)
	}
	return errors.Join(it.Close(), t.Close(-1))
}
