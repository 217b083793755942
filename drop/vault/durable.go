package vault

import (
	"encoding/base32"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

var nameEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// testOnlyStep is called between any two steps that leave something on the
// disk, so that tests can stop the process there.
var testOnlyStep = func(step string) {}

// writeDurably puts a file in place whole or not at all: written beside it,
// synced, renamed over it, and the folder synced.
func writeDurably(path string, write func(io.Writer) error) (err error) {
	temp := path + ".new"
	// What an interrupted run left is never added to.
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(temp)
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	testOnlyStep("written beside " + filepath.Base(path))
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a change in the set of a folder's files survive power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
