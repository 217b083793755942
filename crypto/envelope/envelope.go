// Package envelope seals letters and opens them. An envelope is a plain age v1
// file of a letter, so that stock age opens it too; what this package adds is
// which keys may be used together, and what each failure means.
//
// Use [Seal] to write and [Open] to read. What Open's reader hands out is
// authentic, but before it has returned io.EOF it may be cut short: age's chunks
// are handed out one by one, and only the end shows that none is missing. Act on
// nothing in it before.
package envelope

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/internal/agefile"
)

var (
	// ErrHeader: it does not begin with an intact age v1 header within the
	// limits. Also what any change of the header by somebody without its key
	// leads to.
	ErrHeader = agefile.ErrHeader
	// ErrClass: the sealing keys or stanzas are not all hybrid or all X25519.
	ErrClass = agefile.ErrClass
	// ErrIdentity: it is not sealed to any of these identities.
	ErrIdentity = errors.New("not sealed to any of these keys")
	// ErrDamaged: what follows the header was changed or cut short.
	ErrDamaged = errors.New("damaged or cut short")
	// ErrKeys: no sealing keys, or more than an envelope can have.
	ErrKeys = errors.New("an envelope takes 1 to 32 sealing keys")
)

// Seal returns a writer that seals what is written to it to every one of the
// sealing keys, all age1pq1… or all age1…: an X25519 stanza beside hybrid ones
// would undo them. dst holds an envelope only after Close, which does not close
// dst. ErrKeys, ErrClass, or an error of dst.
func Seal(dst io.Writer, sealingKeys []string) (io.WriteCloser, error) {
	w, _, err := SealKeeping(dst, sealingKeys)
	return w, err
}

// SealKeeping is [Seal] for a sender who keeps what they send: it returns also
// what [OpenWithFileKey] opens the envelope with. It is as secret as the letter.
func SealKeeping(dst io.Writer, sealingKeys []string) (w io.WriteCloser, fileKey []byte, err error) {
	if len(sealingKeys) == 0 || len(sealingKeys) > agefile.MaxStanzas {
		return nil, nil, ErrKeys
	}
	recipients := make([]age.Recipient, len(sealingKeys))
	for i, key := range sealingKeys {
		r, err := parseKey(key)
		if err != nil || hybrid(key) != hybrid(sealingKeys[0]) {
			return nil, nil, ErrClass
		}
		recipients[i] = r
	}
	recipients[0] = keeper{recipients[0], &fileKey}
	w, err = age.Encrypt(dst, recipients...)
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't begin the envelope: %w", err)
	}
	return w, fileKey, nil
}

// keeper is a recipient that notes the file key which age draws and shows to
// recipients alone.
type keeper struct {
	age.Recipient
	fileKey *[]byte
}

// WrapWithLabels hands the labels on: by them age refuses keys that must not
// stand beside each other.
func (k keeper) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	*k.fileKey = bytes.Clone(fileKey)
	if r, ok := k.Recipient.(age.RecipientWithLabels); ok {
		return r.WrapWithLabels(fileKey)
	}
	stanzas, err := k.Recipient.Wrap(fileKey)
	return stanzas, nil, err
}

func hybrid(key string) bool { return strings.HasPrefix(key, "age1pq1") }

func parseKey(key string) (age.Recipient, error) {
	if hybrid(key) {
		return age.ParseHybridRecipient(key)
	}
	return age.ParseX25519Recipient(key)
}

// SealedSize returns the size of an envelope of n bytes sealed to so many hybrid
// keys.
func SealedSize(keys int, n int64) int64 { return agefile.SealedSize(agefile.Hybrid, keys, n) }

// Opened is an envelope whose header has been opened.
type Opened struct {
	// FileKey opens this envelope again, with [OpenWithFileKey], after the
	// identity that opened it has been destroyed. It is as secret as the letter.
	FileKey []byte
	// Reader yields the letter. It ends in io.EOF only if nothing is missing; in
	// ErrDamaged otherwise, or in an error of the source as it came.
	io.Reader
}

// Format keeps the key out of everything that is formatted.
func (o *Opened) Format(f fmt.State, _ rune) { io.WriteString(f, "[opened envelope]") }

// Open reads the header of an envelope and opens it with the first identity that
// fits. ErrHeader, ErrClass, ErrIdentity, ErrDamaged, or an error of src, which
// says nothing about the envelope.
func Open(src io.Reader, ids ...age.Identity) (*Opened, error) {
	s := &source{r: src}
	h, rest, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, ErrIdentity
	}
	fileKey, err := age.DecryptHeader(h.Raw, ids...)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, ErrIdentity
	} else if err != nil {
		return nil, ErrHeader
	}
	letter, err := openPayload(s, h, rest, fileKey)
	if err != nil {
		return nil, err
	}
	return &Opened{FileKey: fileKey, Reader: letter}, nil
}

// OpenWithFileKey opens an envelope with what [Open] found in it before. The
// reader is that of [Opened]. ErrIdentity: it is another envelope's key, or the
// header was changed since.
func OpenWithFileKey(src io.Reader, fileKey []byte) (io.Reader, error) {
	s := &source{r: src}
	h, rest, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	// The key itself always "fits": only the header's MAC can tell.
	if _, err := age.DecryptHeader(h.Raw, age.NewInjectedFileKeyIdentity(fileKey)); err != nil {
		return nil, ErrIdentity
	}
	return openPayload(s, h, rest, fileKey)
}

// readHeader checks the header before age sees it: age alone would take mixed
// classes, passphrases and a header of 2 MiB.
func readHeader(s *source) (*agefile.Header, io.Reader, error) {
	rest := bufio.NewReader(s)
	h, err := agefile.ReadHeader(rest, agefile.Hybrid, agefile.Classic)
	if err != nil {
		return nil, nil, err
	}
	return h, rest, nil
}

func openPayload(s *source, h *agefile.Header, rest io.Reader, fileKey []byte) (io.Reader, error) {
	letter, err := age.Decrypt(h.Whole(rest), age.NewInjectedFileKeyIdentity(fileKey))
	if err != nil {
		return nil, s.damaged()
	}
	return &payload{source: s, letter: letter}, nil
}

// payload gives the errors of age's stream their meaning.
type payload struct {
	source *source
	letter io.Reader
}

func (p *payload) Read(b []byte) (int, error) {
	n, err := p.letter.Read(b)
	if err != nil && err != io.EOF {
		err = p.source.damaged()
	}
	return n, err
}

// source remembers an error of the reader below, which age would wrap or hide: a
// broken connection is no damaged letter, and must not be taken for one.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *source) damaged() error {
	if s.err != nil {
		return fmt.Errorf("couldn't read the envelope: %w", s.err)
	}
	return ErrDamaged
}
