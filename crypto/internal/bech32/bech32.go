// Package bech32 implements Bech32 (BIP 173) and Bech32m (BIP 350) over whole
// bytes. Link codes are Bech32m; age writes its keys in Bech32.
//
// The 90 characters that the BIPs allow are the caller's to enforce: age's
// hybrid keys are far longer.
package bech32

import (
	"errors"
	"strings"
)

// Variant is the constant that a valid checksum leaves over.
type Variant uint32

const (
	Classic Variant = 1          // BIP 173
	M       Variant = 0x2bc830a3 // BIP 350
)

// Err is returned for everything that is not a valid string of the variant.
var Err = errors.New("not a valid bech32 string")

const (
	charset     = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	checksumLen = 6
)

// Encode writes data behind the prefix hrp, in lower case. The prefix has to be
// lower-case printable ASCII: it is a constant of the caller.
func Encode(v Variant, hrp string, data []byte) string {
	if !isVisible(hrp) || hrp != strings.ToLower(hrp) {
		panic("bech32: the prefix is not lower-case printable ASCII")
	}
	groups := toGroups(data)
	var s strings.Builder
	s.WriteString(hrp)
	s.WriteByte('1')
	for _, g := range append(groups, checksum(v, hrp, groups)...) {
		s.WriteByte(charset[g])
	}
	return s.String()
}

// Decode reads a string that is all lower or all upper case and returns its
// prefix in lower case. The bits that do not fill a byte have to be zero and
// fewer than five, so that data has one spelling in either case.
func Decode(v Variant, s string) (hrp string, data []byte, err error) {
	hrp, groups, err := decodeGroups(v, s)
	if err != nil {
		return "", nil, err
	}
	data, ok := toBytes(groups)
	if !ok {
		return "", nil, Err
	}
	return hrp, data, nil
}

// decodeGroups is what the BIPs specify: everything but the bytes.
func decodeGroups(v Variant, s string) (hrp string, groups []byte, err error) {
	// ASCII first: the Kelvin sign lowers to a k.
	lower := strings.ToLower(s)
	if !isVisible(s) || s != lower && s != strings.ToUpper(s) {
		return "", nil, Err
	}
	split := strings.LastIndexByte(lower, '1')
	if split < 1 || len(lower)-split-1 < checksumLen {
		return "", nil, Err
	}
	hrp = lower[:split]
	groups = make([]byte, 0, len(lower)-split-1)
	for _, c := range []byte(lower[split+1:]) {
		g := strings.IndexByte(charset, c)
		if g < 0 {
			return "", nil, Err
		}
		groups = append(groups, byte(g))
	}
	if polymod(append(expand(hrp), groups...)) != v {
		return "", nil, Err
	}
	return hrp, groups[:len(groups)-checksumLen], nil
}

// isVisible reports whether s is visible ASCII, and not empty.
func isVisible(s string) bool {
	for _, c := range []byte(s) {
		if c < 33 || c > 126 {
			return false
		}
	}
	return s != ""
}

func checksum(v Variant, hrp string, groups []byte) []byte {
	values := append(expand(hrp), groups...)
	left := polymod(append(values, make([]byte, checksumLen)...)) ^ v
	sum := make([]byte, checksumLen)
	for i := range sum {
		sum[i] = byte(left>>(5*(checksumLen-1-i))) & 31
	}
	return sum
}

func expand(hrp string) []byte {
	values := make([]byte, 0, 2*len(hrp)+1)
	for _, c := range []byte(hrp) {
		values = append(values, c>>5)
	}
	values = append(values, 0)
	for _, c := range []byte(hrp) {
		values = append(values, c&31)
	}
	return values
}

func polymod(values []byte) Variant {
	generator := [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	sum := uint32(1)
	for _, value := range values {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(value)
		for i, g := range generator {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return Variant(sum)
}

func toGroups(data []byte) []byte {
	groups := make([]byte, 0, (len(data)*8+4)/5)
	var acc, bits uint
	for _, b := range data {
		acc = acc<<8 | uint(b)
		for bits += 8; bits >= 5; {
			bits -= 5
			groups = append(groups, byte(acc>>bits)&31)
		}
		acc &= 1<<bits - 1
	}
	if bits > 0 {
		groups = append(groups, byte(acc<<(5-bits))&31)
	}
	return groups
}

func toBytes(groups []byte) (data []byte, ok bool) {
	data = make([]byte, 0, len(groups)*5/8)
	var acc, bits uint
	for _, g := range groups {
		acc = acc<<5 | uint(g)
		if bits += 5; bits >= 8 {
			bits -= 8
			data = append(data, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	return data, bits < 5 && acc == 0
}
