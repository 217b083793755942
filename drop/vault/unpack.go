package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transom-drop/transom/crypto/letter"
)

// Content is what a letter holds. It exists only of letters that were read to
// their very end and found right.
type Content struct {
	Bare             bool
	Meta             *letter.Meta // nil when bare
	HasMessage       bool         // a bare letter may have none
	UntrustedMessage string
	Files            []ContentFile
}

// ContentFile is a file in a letter.
type ContentFile struct {
	UntrustedName string
	Name          string // safe, and unique in the letter
	Size          int64
}

// ReadContent reads a letter to its end. Its error is that of the reader.
func ReadContent(r *letter.Reader) (*Content, error) {
	c := &Content{}
	for {
		entry, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch entry.Kind {
		case letter.MessageEntry:
			text, err := io.ReadAll(entry)
			if err != nil {
				return nil, err
			}
			c.HasMessage, c.UntrustedMessage = true, string(text)
		case letter.FileEntry:
			c.Files = append(c.Files, ContentFile{UntrustedName: entry.UntrustedName, Size: entry.Size})
		}
	}
	c.Bare, c.Meta = r.Bare(), r.Meta()
	// The message is saved beside the files and keeps its name.
	for i, name := range letter.UniqueNames(append([]string{messageName}, c.untrustedNames()...))[1:] {
		c.Files[i].Name = name
	}
	return c, nil
}

const messageName = "message.txt"

func (c *Content) untrustedNames() []string {
	names := make([]string, len(c.Files))
	for i, f := range c.Files {
		names[i] = f.UntrustedName
	}
	return names
}

// Saved is a file that was written.
type Saved struct {
	Path string
	Size int64
}

// Save writes a letter's message and files into a folder. A folder that isn't
// there is made (0700) and appears only when everything in it is written. In one
// that is there nothing is replaced and no link followed: what has a name that is
// taken gets a number. After an error, nothing that was written is left.
//
// The letter is read once more for it: open returns a fresh reader.
func (c *Content) Save(dir string, open func() (*letter.Reader, io.Closer, error)) ([]Saved, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("couldn't save into %s: it isn't a folder", dir)
	}
	if err == nil {
		return c.saveInto(dir, dir, open)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("couldn't save the letter: %w", err)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	temp, err := os.MkdirTemp(parent, ".transom-*")
	if err != nil {
		return nil, fmt.Errorf("couldn't make a folder: %w", err)
	}
	saved, err := c.saveInto(temp, dir, open)
	if err == nil {
		// Fails when somebody has put anything in this place meanwhile.
		err = os.Rename(temp, dir)
	}
	if err == nil {
		err = syncDir(parent)
	}
	if err != nil {
		os.RemoveAll(temp)
		return nil, fmt.Errorf("couldn't save the letter: %w", err)
	}
	return saved, nil
}

// saveInto writes into the folder dir, which will be called shown.
func (c *Content) saveInto(dir, shown string, open func() (*letter.Reader, io.Closer, error)) (saved []Saved, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the folder: %w", err)
	}
	defer root.Close()
	names, err := c.freeNames(root)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the folder: %w", err)
	}
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, name := range written {
			root.Remove(name)
		}
	}()
	r, closer, err := open()
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	file := 0
	for {
		entry, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		name := names[0]
		switch entry.Kind {
		case letter.MetaEntry:
			continue
		case letter.FileEntry:
			file++
			if file >= len(names) {
				return nil, errors.New("the letter has changed while it was saved")
			}
			name = names[file]
		}
		if err := create(root, name, entry, &written); err != nil {
			return nil, fmt.Errorf("couldn't write %s: %w", name, err)
		}
		saved = append(saved, Saved{Path: filepath.Join(shown, name), Size: entry.Size})
	}
	return saved, syncDir(dir)
}

// freeNames returns names for the message and the files that nothing in the
// folder has.
func (c *Content) freeNames(root *os.Root) ([]string, error) {
	d, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	taken, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	all := append(append(taken, messageName), c.untrustedNames()...)
	return letter.UniqueNames(all)[len(taken):], nil
}

// create writes a new file, durably. The name is added to written as soon as
// there is something to remove.
func create(root *os.Root, name string, r io.Reader, written *[]string) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	*written = append(*written, name)
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}
