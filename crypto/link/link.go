// Package link writes and reads links, the secret URLs that drops are reached
// by: https://host/#drop1…. The part after # is the link code. Browsers send it
// to no server; whoever has it can read the card and write to the drop, and
// because it names the mailbox, which is the hash of the owner's key, nobody who
// serves something else under it is believed.
package link

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"github.com/transom-drop/transom/crypto/internal/bech32"
)

var (
	// ErrChecksum: mistyped or cut off; not a bech32m string.
	ErrChecksum = errors.New("the link code has a typing error")
	// ErrPrefix: a bech32m string of something else.
	ErrPrefix = errors.New("not a drop's link code")
	// ErrLength: a link code with too little or too much in it.
	ErrLength = errors.New("the link code has the wrong length")
	// ErrVersion: a link code of a version that this program does not know.
	ErrVersion = errors.New("unknown version of link code")
	// ErrOrigin: what stands before the code is not a server's origin.
	ErrOrigin = errors.New("not the address of a server")
)

const (
	prefix  = "drop"
	version = 0x01
	// maxCode is how long a Bech32m string may be for its checksum to find every
	// four wrong characters (BIP 173).
	maxCode = 90
)

// Secret is what a card is sealed with.
type Secret [16]byte

// NewSecret draws a secret.
func NewSecret() Secret {
	var s Secret
	rand.Read(s[:])
	return s
}

// Format keeps the secret out of everything that is formatted.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "[link secret]") }

// Code is what a link carries after its #.
type Code struct {
	Secret  Secret
	Mailbox [16]byte
}

// Format keeps the secret out of everything that is formatted: it takes a call of
// [Code.String] to show it.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, "[link code]") }

// String returns the 64 characters of the code: bech32m of
// 0x01, secret, mailbox with the prefix "drop".
func (c Code) String() string {
	data := append([]byte{version}, c.Secret[:]...)
	return bech32.Encode(bech32.M, prefix, append(data, c.Mailbox[:]...))
}

// ParseCode reads a code in lower or in upper case (as QR codes like it).
// ErrChecksum, ErrPrefix, ErrLength, ErrVersion, in this order.
func ParseCode(s string) (Code, error) {
	if len(s) > maxCode {
		return Code{}, ErrChecksum
	}
	hrp, data, err := bech32.Decode(bech32.M, s)
	switch {
	case err != nil:
		return Code{}, ErrChecksum
	case hrp != prefix:
		return Code{}, ErrPrefix
	case len(data) != 1+16+16:
		return Code{}, ErrLength
	case data[0] != version:
		return Code{}, ErrVersion
	}
	return Code{Secret: Secret(data[1:17]), Mailbox: [16]byte(data[17:])}, nil
}

// Link is a code and the server that it is used at.
type Link struct {
	Origin string // "" when only the code was given
	Code   Code
}

// Format keeps the secret out of everything that is formatted: it takes a call of
// [Link.String] to show it.
func (l Link) Format(f fmt.State, _ rune) { io.WriteString(f, "[link]") }

// String returns the link, or the code alone if there is no origin.
func (l Link) String() string {
	if l.Origin == "" {
		return l.Code.String()
	}
	return l.Origin + "/#" + l.Code.String()
}

// Parse reads what a person pasted: a link or a code, with white space around
// it. The errors are those of [ParseCode], then ErrOrigin.
func Parse(s string) (Link, error) {
	// Pages count a byte order mark as white space too.
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	address, code, whole := strings.Cut(s, "#")
	if !whole {
		c, err := ParseCode(s)
		return Link{Code: c}, err
	}
	c, err := ParseCode(code)
	if err != nil {
		return Link{}, err
	}
	origin, err := ParseOrigin(address)
	if err != nil {
		return Link{}, err
	}
	return Link{Origin: origin, Code: c}, nil
}

// ParseOrigin reads a server's address and returns its origin as a browser
// writes it: https://host[:port] in lower case, without the default port. Plain
// http is for loopback and onion services only: elsewhere the page itself could
// be changed on its way. ErrOrigin.
func ParseOrigin(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) {
		return "", ErrOrigin
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.ForceQuery ||
		(u.Path != "" && u.Path != "/") {
		return "", ErrOrigin
	}
	host := strings.ToLower(u.Hostname())
	if !validHost(host) || strings.HasSuffix(u.Host, ":") {
		return "", ErrOrigin
	}
	port := u.Port()
	switch {
	case u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		port = ""
	case !validPort(port):
		return "", ErrOrigin
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !mayBePlain(host)) {
		return "", ErrOrigin
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// validHost takes names in ASCII and literal addresses. A name in another script
// has to be given as browsers resolve it (xn--…): what a person reads in it and
// what it is may differ.
func validHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == "" && !addr.Is4In6() && addr.String() == host
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	// Browsers take a last label that begins with a digit for an address.
	last := labels[len(labels)-1]
	return len(host) <= 253 && (last[0] < '0' || last[0] > '9')
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	addr, err := netip.ParseAddrPort("127.0.0.1:" + port)
	return err == nil && addr.Port() != 0 && port[0] != '0'
}

func mayBePlain(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".onion")
}
