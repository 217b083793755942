package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
)

// Letter is what a person writes.
type Letter struct {
	Message string
	Files   []Attachment
	Answers map[string]string // by the IDs of the card's questions
}

// Attachment is a file that goes with a letter.
type Attachment struct {
	Name string // the writer's; made safe and unique when sealed
	Size int64
	Open func() (io.ReadCloser, error)
}

// SizeError says that a letter is too large, which needs no network to be known.
type SizeError struct {
	Sealed, Largest int64 // bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("the sealed letter has %d bytes, and %d is the most that this drop takes", e.Sealed, e.Largest)
}

// Infos returns the files under the names that the letter will have them.
func (l Letter) Infos() []letter.FileInfo {
	names := make([]string, len(l.Files))
	for i, f := range l.Files {
		names[i] = f.Name
	}
	infos := make([]letter.FileInfo, len(l.Files))
	for i, name := range letter.UniqueNames(names) {
		infos[i] = letter.FileInfo{Name: name, Size: l.Files[i].Size}
	}
	return infos
}

// Write writes the letter that has this meta, unsealed. An error of an attachment
// names the file.
func (l Letter) Write(dst io.Writer, meta letter.Meta) error {
	w := letter.NewWriter(dst)
	if err := errors.Join(w.Meta(meta), w.Message(l.Message)); err != nil {
		return err
	}
	for i, info := range l.Infos() {
		if err := attach(w, info.Name, l.Files[i]); err != nil {
			return fmt.Errorf("couldn't add %s: %w", l.Files[i].Name, err)
		}
	}
	return w.Close()
}

func attach(w *letter.Writer, name string, f Attachment) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return w.File(name, f.Size, r)
}

// seal returns the envelope of a letter, whose size is known before anything is
// read. A [SizeError], letter.ErrLimit, or an error of an attachment.
func seal(keys []string, largest int64, meta letter.Meta, l Letter) ([]byte, error) {
	n := letter.Size(meta, l.Message, l.Infos())
	if n < 0 {
		return nil, letter.ErrLimit
	}
	size := envelope.SealedSize(len(keys), n)
	if size > largest {
		return nil, &SizeError{Sealed: size, Largest: largest}
	}
	buf := bytes.NewBuffer(make([]byte, 0, size))
	w, err := envelope.Seal(buf, keys)
	if err != nil {
		return nil, err
	}
	if err := l.Write(w, meta); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
