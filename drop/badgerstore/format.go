package badgerstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transom-drop/transom/drop"
)

// formatText is the whole of FORMAT. The number goes up when a version writes
// anything that the version before would misread; a version that can bring an
// older folder up to date does so before it writes the new number.
const formatText = "transom badgerstore 1\n"

const (
	formatName = "FORMAT"
	countName  = "COUNT"
	erasedName = "ERASED"
	badgerName = "badger"
)

// erasedText is the whole of ERASED.
const erasedText = "Everything that was erased is out of the files.\n"

// prepare makes a folder for a new store, or checks that what is there is one of
// this format. FORMAT is written last: without it there was never a store, or it
// is not one of ours.
func prepare(dir string) error {
	inner := filepath.Join(dir, badgerName)
	text, err := os.ReadFile(filepath.Join(dir, formatName))
	switch {
	case err == nil && string(text) != formatText:
		return fmt.Errorf("couldn't read the %s file: %w", formatName, drop.ErrFormat)
	case err == nil:
		if err := os.Chmod(inner, 0o700); err != nil {
			return fmt.Errorf("couldn't find the database: %w", errors.Join(drop.ErrDamaged, err))
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("couldn't read the %s file: %w", formatName, err)
	}
	if there, err := os.ReadDir(inner); err == nil && len(there) > 0 {
		return fmt.Errorf("couldn't find the %s file beside a database: %w", formatName, drop.ErrFormat)
	}
	if err := create(dir, inner); err != nil {
		return fmt.Errorf("couldn't make a new store: %w", err)
	}
	return nil
}

func create(dir, inner string) error {
	if err := os.MkdirAll(inner, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(inner, 0o700); err != nil {
		return err
	}
	if err := createCount(filepath.Join(dir, countName)); err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(dir, erasedName), []byte(erasedText)); err != nil {
		return err
	}
	name := filepath.Join(dir, formatName)
	if err := writeSynced(name+".new", []byte(formatText)); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return errors.Join(syncDir(inner), syncDir(dir), syncDir(filepath.Dir(dir)))
}

func writeSynced(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
