package badgerstore

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"

	"github.com/transom-drop/transom/drop"
)

// preflight looks for damage before Badger opens its folder. Badger cuts off
// what follows a damaged entry, deletes tables that a damaged list does not
// name, skips some damaged tables and crashes on others: what is found here is
// refused while a copy, or a repair, can still save it. An operator who accepts a
// loss is refused damaged tables only.
func preflight(inner string, least count, acceptLoss bool) error {
	tables, err := filesOf(inner, ".sst")
	if err != nil {
		return err
	}
	if err := checkTables(inner, tables, least); err != nil || acceptLoss {
		return err
	}
	logs, err := filesOf(inner, ".mem")
	if err != nil {
		return err
	}
	if err := checkLogs(logs, least); err != nil {
		return err
	}
	return checkNewest(inner, logs, tables)
}

// removeUnborn removes logs of no bytes. Badger makes a log and only then gives
// it a size, and takes the size away before it removes one; killed in between,
// it would not open again ("Create a new file").
func removeUnborn(inner string) error {
	for _, ext := range []string{".mem", ".vlog"} {
		names, err := filesOf(inner, ext)
		if err != nil {
			return err
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err == nil && info.Size() == 0 {
				err = os.Remove(name)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkLogs looks at the marks in the write-ahead logs. Every transaction has
// one, the next number: so one log goes on where the log before it ends, and the
// newest goes at least as far as COUNT. A torn last entry is what a crash
// leaves; what was acknowledged and is not there any more is damage.
//
// A log without a mark says nothing: it may be new. A log that is missing
// between two others was flushed.
func checkLogs(logs []string, least count) error {
	var before, end uint64 // the log before: its number and its last mark
	for i, name := range logs {
		number, err := fileNumber(name)
		if err != nil {
			return err
		}
		first, last, err := marks(name)
		if err != nil {
			return err
		}
		gap := end != 0 && first != 0 && number == before+1 && first != end+1
		short := i == len(logs)-1 && last != 0 && last < least.mark
		if gap || short {
			return fmt.Errorf("a write-ahead log breaks off before its end: %w", drop.ErrDamaged)
		}
		before, end = number, last
	}
	return nil
}

// filesOf lists the files of the database with an extension, in the order in
// which Badger made them: their names are numbers.
func filesOf(inner, ext string) ([]string, error) {
	files, err := os.ReadDir(inner)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if filepath.Ext(f.Name()) == ext {
			names = append(names, filepath.Join(inner, f.Name()))
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return names, nil
}

func fileNumber(name string) (uint64, error) {
	base := filepath.Base(name)
	return strconv.ParseUint(strings.TrimSuffix(base, filepath.Ext(base)), 10, 64)
}

// checkTables verifies every table that the manifest lists.
func checkTables(inner string, onDisk []string, least count) error {
	manifest, whole, err := readManifest(inner)
	if errors.Is(err, fs.ErrNotExist) {
		if least.mark == 0 && len(onDisk) == 0 {
			return nil
		}
		return fmt.Errorf("the list of tables is missing: %w", drop.ErrDamaged)
	}
	if err != nil {
		return err
	}
	for _, name := range onDisk {
		id, ok := table.ParseFileID(name)
		if _, listed := manifest.Tables[id]; ok && !listed && !whole {
			return fmt.Errorf("the list of tables is cut short: %w", drop.ErrDamaged)
		}
	}
	for id := range manifest.Tables {
		if err := checkTable(table.NewFilename(id, inner)); err != nil {
			return err
		}
	}
	return nil
}

// readManifest reads Badger's list of tables up to where Badger would stop, and
// says whether that is its end. fs.ErrNotExist.
func readManifest(inner string) (manifest badger.Manifest, whole bool, err error) {
	f, err := os.Open(filepath.Join(inner, badger.ManifestFilename))
	if err != nil {
		return manifest, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return manifest, false, err
	}
	manifest, end, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(inner).WithLogger(nil))
	if err != nil {
		return manifest, false, fmt.Errorf("the list of tables is damaged: %w", drop.ErrDamaged)
	}
	return manifest, end == info.Size(), nil
}

// listedTables returns the tables that are Badger's: others are left over, and it
// removes them when it opens.
func listedTables(inner string) (names []string, err error) {
	manifest, _, err := readManifest(inner)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for id := range manifest.Tables {
		names = append(names, table.NewFilename(id, inner))
	}
	return names, err
}

// checkTable verifies each block of a table against its checksum.
func checkTable(name string) (err error) {
	damaged := fmt.Errorf("a table is damaged: %w", drop.ErrDamaged)
	// Badger indexes with what it reads; a damaged table can make it panic.
	defer func() {
		if recover() != nil {
			err = damaged
		}
	}()
	if !tableFooter(name) {
		return damaged
	}
	mapped, err := z.OpenMmapFile(name, os.O_RDONLY, 0)
	if err != nil {
		return damaged
	}
	t, err := table.OpenTable(mapped, table.Options{ReadOnly: true, ChkMode: options.OnBlockRead})
	if err != nil {
		return damaged
	}
	err = t.VerifyChecksum()
	if err := errors.Join(err, t.Close(-1)); err != nil {
		return damaged
	}
	return nil
}

// tableFooter checks the lengths at the end of a table: Badger ends the process
// when they point outside the file.
//
//	blocks | index | index length (4) | checksum of the index | checksum length (4)
func tableFooter(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	field := func(at int64) int64 {
		var b [4]byte
		if _, err := f.ReadAt(b[:], at); err != nil {
			return -1
		}
		return int64(binary.BigEndian.Uint32(b[:]))
	}
	at := info.Size() - 4
	sum := field(at)
	if sum <= 0 || sum > 64 {
		return false
	}
	at -= sum + 4
	index := field(at)
	return index > 0 && index <= at
}
