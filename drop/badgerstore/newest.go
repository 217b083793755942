package badgerstore

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/transom-drop/transom/drop"
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
	last, err := lastPointer(uint32(number), logs, tables)
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
func lastPointer(number uint32, logs, tables []string) (last int64, err error) {
	note := func(_ []byte, meta byte, value []byte) {
		if p, ok := pointerIn(meta, value); ok && p.log == number {
			last = max(last, int64(p.offset)+int64(p.length))
		}
	}
	for _, name := range logs {
		if err := eachEntry(name, note); err != nil {
			return 0, err
		}
	}
	for _, name := range tables {
		if err := eachInTable(name, note); err != nil {
			return 0, err
		}
	}
	return last, nil
}
