package letter

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Writer writes a letter: Meta, then Message, then File as often as wanted, then
// Close. After an error the letter is spoilt and every later call returns it.
type Writer struct {
	w     io.Writer
	n     int64 // bytes written
	stage stage
	meta  Meta
	names map[string]bool
	err   error
}

type stage int

const (
	wantMeta stage = iota
	wantMessage
	wantFile
	closed
)

// NewWriter returns a writer of one letter to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, names: map[string]bool{}}
}

// Meta writes letter.json. ErrJSON, ErrKind, ErrLimit.
func (w *Writer) Meta(m Meta) error {
	return w.step(wantMeta, func() error {
		data, err := m.encode()
		if err != nil {
			return err
		}
		w.meta = m
		return w.entry(metaName, int64(len(data)), strings.NewReader(string(data)))
	})
}

// Message writes the text, which is there even when it is empty. ErrLimit.
func (w *Writer) Message(text string) error {
	return w.step(wantMessage, func() error {
		if len(text) > MaxMessage || text != "" && !w.meta.hasMessage() {
			return ErrLimit
		}
		if !utf8.ValidString(text) {
			return errors.New("the message is not valid UTF-8")
		}
		return w.entry(messageName, int64(len(text)), strings.NewReader(text))
	})
}

// File writes a file under a name that [SafeName] leaves as it is and that is
// new in this letter. r has to yield exactly size bytes: a file that changes
// while it is being sent makes no letter. ErrName, ErrDuplicate, ErrLimit.
func (w *Writer) File(name string, size int64, r io.Reader) error {
	return w.step(wantFile, func() error {
		switch {
		case name != SafeName(name):
			return ErrName
		case w.names[name]:
			return ErrDuplicate
		case len(w.names) == MaxFiles || !w.meta.hasFiles() || size < 0 || size > maxSize:
			return ErrLimit
		}
		w.names[name] = true
		if err := w.entry(filesDir+name, size, r); err != nil {
			return err
		}
		if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 {
			return errors.New("a file is longer than it said it was")
		} else if err != io.EOF {
			return fmt.Errorf("couldn't read a file to its end: %w", err)
		}
		return nil
	})
}

// Close writes the end and the padding. It does not close the writer below.
func (w *Writer) Close() error {
	return w.step(wantFile, func() error {
		w.stage = closed
		if err := w.zeros(2 * blockSize); err != nil {
			return err
		}
		return w.zeros(PaddedSize(w.n) - w.n)
	})
}

// step runs one call in its turn and remembers how it ended.
func (w *Writer) step(turn stage, write func() error) error {
	if w.err == nil && w.stage != turn {
		w.err = ErrOrder
	}
	if w.err == nil {
		w.err = write()
		if w.stage < wantFile {
			w.stage++
		}
	}
	return w.err
}

func (w *Writer) entry(name string, size int64, r io.Reader) error {
	header, err := canonicalHeader(name, size)
	if err != nil {
		return ErrName
	}
	if err := w.write(header); err != nil {
		return err
	}
	n, err := io.CopyN(writerFunc(w.writeSome), r, size)
	if err == io.EOF {
		return fmt.Errorf("a file is shorter than it said it was: %w", io.ErrUnexpectedEOF)
	} else if err != nil {
		return fmt.Errorf("couldn't put a file into the letter: %w", err)
	}
	return w.zeros(blockPadding(n))
}

func (w *Writer) zeros(n int64) error {
	var block [32 << 10]byte
	for n > 0 {
		part := min(n, int64(len(block)))
		if err := w.write(block[:part]); err != nil {
			return err
		}
		n -= part
	}
	return nil
}

func (w *Writer) write(b []byte) error {
	if _, err := w.writeSome(b); err != nil {
		return fmt.Errorf("couldn't write the letter: %w", err)
	}
	return nil
}

func (w *Writer) writeSome(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.n += int64(n)
	return n, err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
