// Package b64 is the one binary-to-text encoding of everything signed or
// sealed: unpadded base64url (RFC 4648, section 5), read strictly. One value has
// one spelling, so that nothing that is compared, signed or counted as text can
// be written in two ways.
package b64

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Err is returned for text that is not the one spelling of a value of the
// wanted size.
var Err = errors.New("not canonical base64url")

var encoding = base64.RawURLEncoding.Strict()

// Encode returns the one spelling of b.
func Encode(b []byte) string { return encoding.EncodeToString(b) }

// Decode fills dst from s, which has to be exactly as long as dst needs.
func Decode(dst []byte, s string) error {
	// The length comes first: it bounds the work and leaves no room for the
	// newlines that the decoder would skip.
	if len(s) != encoding.EncodedLen(len(dst)) || strings.ContainsAny(s, "\r\n") {
		return Err
	}
	if n, err := encoding.Decode(dst, []byte(s)); err != nil || n != len(dst) {
		return Err
	}
	return nil
}

// B8, B16, B32 and B64 are values of a fixed size that stand in JSON as text.
type (
	B8  [8]byte
	B16 [16]byte
	B32 [32]byte
	B64 [64]byte
)

func (b B8) MarshalText() ([]byte, error)  { return []byte(Encode(b[:])), nil }
func (b B16) MarshalText() ([]byte, error) { return []byte(Encode(b[:])), nil }
func (b B32) MarshalText() ([]byte, error) { return []byte(Encode(b[:])), nil }
func (b B64) MarshalText() ([]byte, error) { return []byte(Encode(b[:])), nil }

func (b *B8) UnmarshalText(s []byte) error  { return Decode(b[:], string(s)) }
func (b *B16) UnmarshalText(s []byte) error { return Decode(b[:], string(s)) }
func (b *B32) UnmarshalText(s []byte) error { return Decode(b[:], string(s)) }
func (b *B64) UnmarshalText(s []byte) error { return Decode(b[:], string(s)) }
