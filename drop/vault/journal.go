package vault

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"golang.org/x/crypto/chacha20poly1305"
)

// The journal is a file of frames, each an encrypted list of records:
//
//	"transom journal 1\n" generation[16]
//	frame: length[4] check[4] nonce[24] ciphertext tag[16]
//
// length is that of nonce, ciphertext and tag; check is a CRC-32C over the
// frame's index and length, which tells a torn end from a damaged length. The
// key is derived from the vault key and the generation. The additional data is
// the frame's index and the tag of the frame before it, so that frames of one
// generation cannot be swapped, repeated, left out, or spliced from two copies.
// Nonces are random: after a crash a frame may be written twice at one place.
//
// A frame is synced before the next is begun. So a crash can tear one frame,
// and only the last.
const (
	generationSize = 16
	frameHeader    = 8
	maxFrame       = 64 << 20
	tagSize        = chacha20poly1305.Overhead
	minFrame       = chacha20poly1305.NonceSizeX + tagSize
)

// form is a kind of file that consists of frames.
type form struct {
	magic string
	label string // of the key
}

var (
	journalForm = form{"transom journal 1\n", "vault journal"}
	textsForm   = form{"transom texts 1\n", "vault texts"}
)

// journalStart is where the first frame of a journal begins.
var journalStart = journalForm.start()

func (f form) start() int { return len(f.magic) + generationSize }

// header draws a generation and returns what stands before the first frame.
func (f form) header() []byte {
	b := make([]byte, f.start())
	rand.Read(b[copy(b, f.magic):])
	return b
}

// open returns where the first frame behind a header goes.
func (f form) open(key vaultKey, header []byte) (*journal, bool) {
	if len(header) < f.start() || string(header[:len(f.magic)]) != f.magic {
		return nil, false
	}
	// Each generation has its own key, so that no frame can be carried from one into
	// another.
	fileKey := key.derive(f.label, header[len(f.magic):f.start()])
	aead, err := chacha20poly1305.NewX(fileKey[:])
	if err != nil {
		panic("a 32-byte key was refused: " + err.Error())
	}
	return &journal{aead: aead, end: int64(f.start())}, true
}

// write writes a file of a new generation.
func (f form) write(w io.Writer, key vaultKey, frames func(yield func(records []byte) bool)) error {
	header := f.header()
	j, _ := f.open(key, header)
	if _, err := w.Write(header); err != nil {
		return err
	}
	for records := range frames {
		if _, err := w.Write(j.frame(records)); err != nil {
			return err
		}
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is where the next frame goes.
type journal struct {
	aead   cipher.AEAD
	end    int64         // offset
	index  uint64        // of the next frame
	prev   [tagSize]byte // tag of the frame before
	file   *os.File      // nil unless open for writing
	broken error         // why nothing more may be appended
}

// scanned tells what reading a journal came upon.
type scanned struct {
	torn    bool // the end was torn off by a crash, and nothing was lost that had been promised
	damaged int  // frames that were skipped; 0 unless salvaging
}

// scanJournal reads all frames and hands their records to apply. It decrypts in
// place. When salvaging, frames that don't authenticate are skipped.
func scanJournal(key vaultKey, data []byte, salvage bool, apply func(records []byte) error) (*journal, scanned, error) {
	var found scanned
	j, ok := journalForm.open(key, data)
	if !ok {
		return nil, found, fmt.Errorf("%w: the journal doesn't begin as one", ErrDamaged)
	}
	for {
		rest := data[j.end:]
		frame, state := splitFrame(rest, j.index)
		switch state {
		case frameEnd:
			return j, found, nil
		case frameTorn:
			found.torn = true
			return j, found, nil
		case frameBroken:
			if !salvage {
				return nil, found, fmt.Errorf("%w: the journal, at byte %d of %d", ErrDamaged, j.end, len(data))
			}
			found.damaged++
			return j, found, nil
		}
		last := len(rest) == frameHeader+len(frame)
		records, tag, err := j.open(frame)
		// A file system may have made room for a frame and not have written it.
		unwritten := last && tag == [tagSize]byte{}
		switch {
		case err == nil:
			if err := apply(records); err != nil {
				return nil, found, err
			}
		case unwritten:
			found.torn = true
			return j, found, nil
		case salvage:
			found.damaged++
		default:
			return nil, found, fmt.Errorf("%w: the journal, at byte %d of %d", ErrDamaged, j.end, len(data))
		}
		j.advance(len(frame), tag)
	}
}

type frameState int

const (
	frameWhole frameState = iota
	frameEnd
	frameTorn
	frameBroken
)

// splitFrame finds the frame at the beginning of rest.
func splitFrame(rest []byte, index uint64) ([]byte, frameState) {
	if len(rest) == 0 {
		return nil, frameEnd
	}
	if len(rest) < frameHeader {
		return nil, frameTorn
	}
	if !checked(rest, index) {
		if len(bytes.TrimRight(rest, "\x00")) < frameHeader {
			return nil, frameTorn
		}
		return nil, frameBroken
	}
	size := int(binary.BigEndian.Uint32(rest))
	if size < minFrame || size > maxFrame {
		return nil, frameBroken
	}
	if len(rest)-frameHeader < size {
		return nil, frameTorn
	}
	return rest[frameHeader : frameHeader+size], frameWhole
}

func checked(header []byte, index uint64) bool {
	return binary.BigEndian.Uint32(header[4:]) == frameCheck(binary.BigEndian.Uint32(header), index)
}

func frameCheck(size uint32, index uint64) uint32 {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:], index)
	binary.BigEndian.PutUint32(b[8:], size)
	return crc32.Checksum(b[:], castagnoli)
}

// context is the additional data of the next frame.
func (j *journal) context() []byte {
	return append(binary.BigEndian.AppendUint64(nil, j.index), j.prev[:]...)
}

func (j *journal) advance(size int, tag [tagSize]byte) {
	j.end += int64(frameHeader + size)
	j.index++
	j.prev = tag
}

// open decrypts the next frame, in place.
func (j *journal) open(frame []byte) (records []byte, tag [tagSize]byte, err error) {
	nonce, sealed := frame[:chacha20poly1305.NonceSizeX], frame[chacha20poly1305.NonceSizeX:]
	tag = [tagSize]byte(sealed[len(sealed)-tagSize:])
	records, err = j.aead.Open(sealed[:0], nonce, sealed, j.context())
	return records, tag, err
}

// frame encrypts records as the next frame and goes past it.
func (j *journal) frame(records []byte) []byte {
	size := chacha20poly1305.NonceSizeX + len(records) + tagSize
	if size > maxFrame {
		panic("a frame of the journal is too large to be read again")
	}
	b := make([]byte, 0, frameHeader+size)
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = binary.BigEndian.AppendUint32(b, frameCheck(uint32(size), j.index))
	b = b[:frameHeader+chacha20poly1305.NonceSizeX]
	rand.Read(b[frameHeader:])
	b = j.aead.Seal(b, b[frameHeader:], records, j.context())
	j.advance(size, [tagSize]byte(b[len(b)-tagSize:]))
	return b
}

// append writes one frame and syncs it. When that fails half way, what is on
// the disk is unknown, and the journal takes nothing more in this process.
func (j *journal) append(records []byte) error {
	if j.broken != nil {
		return fmt.Errorf("couldn't write to the vault after an earlier failure: %w", j.broken)
	}
	at := j.end
	if _, err := j.file.WriteAt(j.frame(records), at); err != nil {
		return j.fail(err)
	}
	testOnlyStep("frame written")
	if err := j.file.Sync(); err != nil {
		return j.fail(err)
	}
	return nil
}

func (j *journal) fail(err error) error {
	j.broken = err
	return fmt.Errorf("couldn't write to the vault's journal: %w", err)
}

// writeJournal writes a journal of a new generation.
func writeJournal(w io.Writer, key vaultKey, frames func(yield func(records []byte) bool)) error {
	return journalForm.write(w, key, frames)
}
