package vault

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/transom-drop/transom/crypto/letter"
)

// The file texts holds what can be searched of letters, so that a search doesn't
// have to open every envelope. It has the form of the journal: frames under a key
// derived from the vault key. Nothing depends on it. It is made as letters are
// missing in it, from its first frame that isn't right on, and isn't synced.
//
// A record is number[4] length[3] text: message, names of files and answers, with
// single spaces between words and a new line between parts.

// texts is the file, open.
type texts struct {
	file *os.File // nil when there is none and none can be made
	log  *journal // where the next frame goes; nil before the first
	add  []byte   // records for it
}

func (v *Vault) textsPath() string { return filepath.Join(v.dir, "texts") }

// openTexts opens the file and hands the texts in it to each, whose argument is
// good until it returns.
func (v *Vault) openTexts(each func(number int, text []byte)) (*texts, error) {
	mode := os.O_RDONLY
	if v.Writable() {
		mode = os.O_RDWR | os.O_CREATE
	}
	f, err := os.OpenFile(v.textsPath(), mode, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return &texts{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open what is searched: %w", err)
	}
	t := &texts{file: f}
	if t.log, err = readTexts(f, v.key, each); err != nil {
		f.Close()
		return nil, fmt.Errorf("couldn't read what is searched: %w", err)
	}
	return t, nil
}

// readTexts reads frames up to the first that isn't right, and returns where that
// is: nil when already the header isn't.
func readTexts(r io.Reader, key vaultKey, each func(number int, text []byte)) (*journal, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	header := make([]byte, textsForm.start())
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, unlessShort(err)
	}
	log, ok := textsForm.open(key, header)
	if !ok {
		return nil, nil
	}
	var buf []byte
	for {
		head := make([]byte, frameHeader)
		if _, err := io.ReadFull(in, head); err != nil {
			return log, unlessShort(err)
		}
		size := int(binary.BigEndian.Uint32(head))
		if !checked(head, log.index) || size < minFrame || size > maxFrame {
			return log, nil
		}
		buf = slices.Grow(buf[:0], size)[:size]
		if _, err := io.ReadFull(in, buf); err != nil {
			return log, unlessShort(err)
		}
		records, tag, err := log.open(buf)
		if err != nil || !eachText(records, each) {
			return log, nil
		}
		log.advance(size, tag)
	}
}

// unlessShort: a file that ends early is no failure of the disk.
func unlessShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

func eachText(records cryptobyte.String, each func(number int, text []byte)) bool {
	for !records.Empty() {
		var number uint32
		var text cryptobyte.String
		if !records.ReadUint32(&number) || !records.ReadUint24LengthPrefixed(&text) {
			return false
		}
		each(int(number), text)
	}
	return true
}

func encodeText(number int, text string) []byte {
	return build(func(b *cryptobyte.Builder) {
		b.AddUint32(uint32(number))
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(text)) })
	})
}

// put adds a text.
func (t *texts) put(v *Vault, number int, text string) error {
	if !v.Writable() {
		return nil
	}
	t.add = append(t.add, encodeText(number, text)...)
	if len(t.add) < fullFrame {
		return nil
	}
	return t.flush(v)
}

// flush writes what was put. Behind what is right in the file nothing is left of
// what wasn't.
func (t *texts) flush(v *Vault) error {
	if len(t.add) == 0 {
		return nil
	}
	if t.log == nil {
		header := textsForm.header()
		if err := t.file.Truncate(0); err != nil {
			return err
		}
		if _, err := t.file.WriteAt(header, 0); err != nil {
			return err
		}
		t.log, _ = textsForm.open(v.key, header)
	}
	at := t.log.end
	if err := t.file.Truncate(at); err != nil {
		return err
	}
	_, err := t.file.WriteAt(t.log.frame(t.add), at)
	t.add = nil
	return err
}

func (t *texts) close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

// forgetTexts writes the file anew without the texts of some letters.
func (v *Vault) forgetTexts(gone map[int]bool) error {
	path := v.textsPath()
	// An interrupted run may have left one with what is to be forgotten.
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("couldn't remove what is searched: %w", err)
	}
	old, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("couldn't open what is searched: %w", err)
	}
	defer old.Close()
	err = writeDurably(path, func(w io.Writer) error {
		var failed error
		err := textsForm.write(w, v.key, func(yield func([]byte) bool) { failed = keptTexts(old, v.key, gone, yield) })
		return errors.Join(err, failed)
	})
	if err != nil {
		return fmt.Errorf("couldn't write anew what is searched: %w", err)
	}
	return nil
}

func keptTexts(old io.Reader, key vaultKey, gone map[int]bool, yield func(records []byte) bool) error {
	var frame []byte
	going := true
	_, err := readTexts(old, key, func(number int, text []byte) {
		if gone[number] || !going {
			return
		}
		frame = append(frame, encodeText(number, string(text))...)
		if len(frame) >= fullFrame {
			going = yield(frame)
			frame = nil
		}
	})
	if going && len(frame) > 0 {
		yield(frame)
	}
	return err
}

// text returns what can be searched of a letter.
func (v *Vault) text(l *Letter) (string, error) {
	message, answers, err := v.words(l)
	if err != nil {
		return "", err
	}
	parts := []string{message}
	for _, f := range l.Files {
		parts = append(parts, f.Name)
	}
	parts = append(parts, answers...)
	for i, part := range parts {
		parts[i] = strings.Join(strings.Fields(part), " ")
	}
	return strings.Join(parts, "\n"), nil
}

// words reads the message and the answers of a letter. They come first in it, so
// that its files needn't be decrypted: that the letter is whole was checked when
// it was collected.
func (v *Vault) words(l *Letter) (message string, answers []string, err error) {
	r, closer, err := v.OpenLetter(l.Number)
	if err != nil {
		return "", nil, err
	}
	defer closer.Close()
	if l.Bare {
		c, err := ReadContent(r)
		if err != nil {
			return "", nil, fmt.Errorf("%w: letter %d: %w", ErrDamaged, l.Number, err)
		}
		return c.UntrustedMessage, nil, nil
	}
	for {
		entry, err := r.Next()
		if err != nil {
			return "", nil, fmt.Errorf("%w: letter %d: %w", ErrDamaged, l.Number, err)
		}
		if entry.Kind != letter.MessageEntry {
			continue
		}
		text, err := io.ReadAll(entry)
		if err != nil {
			return "", nil, fmt.Errorf("%w: letter %d: %w", ErrDamaged, l.Number, err)
		}
		for _, answer := range r.Meta().Answers {
			answers = append(answers, answer)
		}
		slices.Sort(answers)
		return string(text), answers, nil
	}
}
