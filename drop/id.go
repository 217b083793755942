package drop

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
)

// MailboxID names a mailbox. It is a hash of its owner's public key, so that it
// certifies itself: nothing has to be registered, and a link that carries the
// ID pins the key.
type MailboxID [16]byte

// EnvelopeID names an envelope within one mailbox. The sender draws it at
// random, so that it says nothing about when or in which order letters came.
type EnvelopeID [16]byte

// ErrID is returned for text that is not the one canonical form of an ID.
var ErrID = errors.New("not a valid ID")

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewEnvelopeID draws an ID.
func NewEnvelopeID() EnvelopeID {
	var id EnvelopeID
	rand.Read(id[:])
	return id
}

// String returns the ID as it stands in a URL: 26 characters of lower-case
// unpadded base32 (RFC 4648, section 6).
func (id MailboxID) String() string { return idEncoding.EncodeToString(id[:]) }

// String returns the ID as it stands in a URL, like [MailboxID.String].
func (id EnvelopeID) String() string { return idEncoding.EncodeToString(id[:]) }

// ParseMailboxID reads the canonical form only: two spellings of one ID would
// be two URLs for one mailbox, and a way around whatever compares URLs.
func ParseMailboxID(s string) (MailboxID, error) {
	id, err := parseID(s)
	return MailboxID(id), err
}

// ParseEnvelopeID reads the canonical form only.
func ParseEnvelopeID(s string) (EnvelopeID, error) {
	id, err := parseID(s)
	return EnvelopeID(id), err
}

func parseID(s string) (id [16]byte, err error) {
	if len(s) != idEncoding.EncodedLen(len(id)) {
		return id, ErrID
	}
	b, err := idEncoding.DecodeString(s)
	// The decoder skips new lines and ignores spare bits: encoding again is the
	// one test that leaves a single spelling.
	if err != nil || idEncoding.EncodeToString(b) != s {
		return [16]byte{}, ErrID
	}
	return [16]byte(b), nil
}
