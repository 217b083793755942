// Package gate looks at what a server is asked to keep, and lets through only
// what has the outside of a sealed letter or a sealed card: an age v1 header of
// an allowed class, and a size that a padded letter can have.
//
// It catches mistakes - a letter sent before it was sealed, a plain file, a
// passphrase file - before they reach a disk. It does not stop malice: a header
// can stand before anything. And it cannot decrypt: it imports nothing that
// could, so that no server ever links what opens envelopes.
package gate

import (
	"bufio"
	"errors"
	"io"

	"github.com/transom-drop/transom/crypto/internal/agefile"
	"github.com/transom-drop/transom/crypto/internal/padding"
)

// Class is a kind of sealing key.
type Class = agefile.Class

const (
	Hybrid  = agefile.Hybrid  // mlkem768x25519: age1pq1… keys
	Classic = agefile.Classic // X25519: where the operator allows stock age before 1.3
)

// MaxHeader is the most bytes that the header of an envelope may have, and all
// that is ever held in memory here.
const MaxHeader = agefile.MaxHeader

var (
	// ErrHeader: it does not begin with an age v1 header within the limits.
	ErrHeader = agefile.ErrHeader
	// ErrClass: the header is not of one allowed class.
	ErrClass = agefile.ErrClass
	// ErrSize: no padded letter, or no card, has this size when sealed.
	ErrSize = errors.New("not the size of anything sealed")
)

// smallestCard is a signature and one byte.
const smallestCard = 64 + 1

// Read checks the header of an envelope and its declared size, and returns a
// reader of the whole envelope, from its first byte. It reads little more than
// the header; that as many bytes follow as were declared is for whoever stores
// them to see. ErrHeader, ErrClass, ErrSize, or an error of r.
func Read(r *bufio.Reader, size int64, allowed ...Class) (io.Reader, error) {
	h, err := agefile.ReadHeader(r, allowed...)
	if err != nil {
		return nil, err
	}
	n, ok := agefile.PlainSize(size - int64(len(h.Raw)))
	if !ok || n != padding.Padded(n) {
		return nil, ErrSize
	}
	return h.Whole(r), nil
}

// ReadCard does the same for a sealed card: one hybrid stanza, and a payload of
// more than a signature. How large a card may be is the caller's limit.
func ReadCard(r *bufio.Reader, size int64) (io.Reader, error) {
	h, err := agefile.ReadHeader(r, Hybrid)
	if err != nil {
		return nil, err
	}
	if h.Stanzas != 1 {
		return nil, ErrHeader
	}
	n, ok := agefile.PlainSize(size - int64(len(h.Raw)))
	if !ok || n < smallestCard {
		return nil, ErrSize
	}
	return h.Whole(r), nil
}
