package badgerstore

import (
	"cmp"
	"encoding/binary"
	"errors"
	"os"
	"slices"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
)

const (
	logDeleted  = 1 << 0 // meta: the key is erased
	logPointer  = 1 << 1 // meta: the value is a pointer into a value log
	pointerSize = 12     // file, length, offset: 32 bits each, in the machine's order
)

// pointer says where in the value logs a value lies.
type pointer struct{ log, length, offset uint32 }

func pointerIn(meta byte, value []byte) (p pointer, ok bool) {
	if meta&logPointer == 0 || len(value) != pointerSize {
		return p, false
	}
	return pointer{binary.NativeEndian.Uint32(value), binary.NativeEndian.Uint32(value[4:]), binary.NativeEndian.Uint32(value[8:])}, true
}

// eachEntry goes through a write-ahead log up to where Badger would stop.
func eachEntry(name string, f func(key []byte, meta byte, value []byte)) error {
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
		f(e.key, e.meta, e.value)
	}
}

// eachInTable goes through a table that [checkTable] has found whole, all
// versions of each key and what says that it is erased included.
func eachInTable(name string, f func(key []byte, meta byte, value []byte)) error {
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
		f(it.Key(), value.Meta, value.Value)
	}
	return errors.Join(it.Close(), t.Close(-1))
}

// pointers is a set of pointers, each as often as it was found.
type pointers []pointer

// bytes says how many bytes of each value log are pointed to. A value that two
// places point to, as a flush leaves it when it is cut off, is there once.
func (p pointers) bytes() map[uint64]int64 {
	slices.SortFunc(p, func(a, b pointer) int {
		return cmp.Or(cmp.Compare(a.log, b.log), cmp.Compare(a.offset, b.offset))
	})
	sums := map[uint64]int64{}
	for i, at := range p {
		if i == 0 || at.log != p[i-1].log || at.offset != p[i-1].offset {
			sums[uint64(at.log)] += int64(at.length)
		}
	}
	return sums
}

// deadIn returns how many bytes of each value log nothing in live points to, for
// those that have any. Logs are as long as what was written to them, but for the
// newest, which is cut off where Badger would cut it.
func deadIn(inner string, live map[uint64]int64, newest bool) (map[uint64]uint64, error) {
	logs, err := filesOf(inner, ".vlog")
	if err != nil {
		return nil, err
	}
	dead := map[uint64]uint64{}
	for i, name := range logs {
		number, err := fileNumber(name)
		if err != nil {
			return nil, err
		}
		var end int64
		if i == len(logs)-1 {
			if !newest {
				break
			}
			end, _, err = cutOff(name)
		} else {
			var info os.FileInfo
			if info, err = os.Stat(name); err == nil {
				end = info.Size()
			}
		}
		if err != nil {
			return nil, err
		}
		if n := end - logHeader - live[number]; n > 0 {
			dead[number] = uint64(n)
		}
	}
	return dead, nil
}
