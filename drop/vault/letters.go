package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// Letter is what the vault knows of a letter without opening its envelope.
type Letter struct {
	Number   int // counts from 1 and is never given twice
	Mailbox  drop.MailboxID
	Envelope drop.EnvelopeID
	Hash     [32]byte // SHA-256 of the envelope
	Size     int64    // of the envelope
	Day      drop.Day // when it came, as the server claims
	Epoch    int      // whose key opened it

	// Refused says why the letter was refused. Nothing below is set then, except
	// what could be told before it was.
	Refused string
	Bare    bool // made with stock tools
	Read    bool

	// FileKey opens the envelope, also when the sealing key is gone.
	FileKey []byte

	UntrustedPreview string // how the message begins, at most [MaxPreview] bytes
	MessageSize      int64
	Files            []File
}

// File is a file in a letter.
type File struct {
	Name string // as [letter.SafeName] leaves it
	Size int64
}

const (
	// MaxPreview is how many bytes of a message are kept for lists.
	MaxPreview = 240
	maxReason  = 1000
	maxFiles   = 1000
)

// Letters returns all letters by number.
func (v *Vault) Letters() []Letter { return slices.Clone(v.state.letters) }

// Letter returns one letter. ErrNoLetter.
func (v *Vault) Letter(number int) (Letter, error) {
	i, ok := v.state.find(number)
	if !ok {
		return Letter{}, ErrNoLetter
	}
	return v.state.letters[i], nil
}

// Known says whether a letter was collected before, also when it was deleted
// since: a server must not be able to deliver it again.
func (v *Vault) Known(m drop.MailboxID, e drop.EnvelopeID) bool {
	v.index()
	return v.known[place{m, e}]
}

// KnownHash says whether an envelope of these very bytes was collected before
// from this mailbox. It is how a bare letter, which doesn't name its place, is
// told from its copy.
func (v *Vault) KnownHash(m drop.MailboxID, hash [32]byte) bool {
	v.index()
	return v.knownHashes[copyOf{m, hash}]
}

type place struct {
	mailbox  drop.MailboxID
	envelope drop.EnvelopeID
}

type copyOf struct {
	mailbox drop.MailboxID
	hash    [32]byte
}

// index makes the maps behind [Vault.Known] when they are first asked for: a
// list of many letters has no use for them.
func (v *Vault) index() {
	if v.known != nil {
		return
	}
	size := len(v.state.letters) + len(v.state.erased)
	v.known = make(map[place]bool, size)
	v.knownHashes = make(map[copyOf]bool, size)
	for _, l := range v.state.letters {
		v.known[place{l.Mailbox, l.Envelope}] = true
		v.knownHashes[copyOf{l.Mailbox, l.Hash}] = true
	}
	for _, e := range v.state.erased {
		v.known[place{e.mailbox, e.envelope}] = true
		v.knownHashes[copyOf{e.mailbox, e.hash}] = true
	}
}

// Keep puts a downloaded envelope and what is known of it into the vault, and
// returns the letter with its number. When it returns nil, the letter survives
// power loss, and its copy on the server may be erased. The download is used up.
func (v *Vault) Keep(in *Incoming, l Letter) (Letter, error) {
	if err := v.writable(); err != nil {
		return l, err
	}
	if len(l.Files) > maxFiles {
		return l, fmt.Errorf("couldn't keep a letter of %d files", len(l.Files))
	}
	l.Mailbox, l.Envelope = in.mailbox, in.envelope
	l.Number = v.state.next
	l.UntrustedPreview = clip(l.UntrustedPreview, MaxPreview)
	l.Refused = clip(l.Refused, maxReason)
	v.index()
	if err := in.keep(); err != nil {
		return l, fmt.Errorf("couldn't keep an envelope: %w", err)
	}
	testOnlyStep("envelope kept")
	if err := v.write(l.encode()); err != nil {
		return l, err
	}
	v.known[place{l.Mailbox, l.Envelope}] = true
	v.knownHashes[copyOf{l.Mailbox, l.Hash}] = true
	return l, nil
}

// clip cuts a string to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// MarkRead records that a letter was read. ErrNoLetter.
func (v *Vault) MarkRead(number int) error {
	i, ok := v.state.find(number)
	if !ok {
		return ErrNoLetter
	}
	if v.state.letters[i].Read {
		return nil
	}
	return v.write(encodeRead(number))
}

// Delete erases letters: their file keys by writing the journal anew, then their
// envelopes. It deletes all of them or none. ErrNoLetter.
func (v *Vault) Delete(numbers ...int) error {
	if err := v.writable(); err != nil {
		return err
	}
	gone := map[int]bool{}
	for _, n := range numbers {
		if _, ok := v.state.find(n); !ok {
			return ErrNoLetter
		}
		gone[n] = true
	}
	kept := state{drops: v.state.drops, erased: slices.Clone(v.state.erased), next: v.state.next}
	for _, l := range v.state.letters {
		if gone[l.Number] {
			kept.erased = append(kept.erased, erased{l.Mailbox, l.Envelope, l.Hash, l.Epoch})
		} else {
			kept.letters = append(kept.letters, l)
		}
	}
	if err := v.replaceJournal(&kept); err != nil {
		return err
	}
	testOnlyStep("journal without the letter")
	return v.sweepEnvelopes()
}

// sweepEnvelopes removes the envelopes of letters that were deleted: those of the
// last deletion, and what an interrupted run left.
func (v *Vault) sweepEnvelopes() error {
	dir := filepath.Join(v.dir, "envelopes")
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("couldn't look for envelopes: %w", err)
	}
	if len(there) <= len(v.state.letters) {
		return nil
	}
	deleted := map[string]bool{}
	for _, e := range v.state.erased {
		deleted[v.envelopeName(e.mailbox, e.envelope)] = true
	}
	for _, entry := range there {
		if !deleted[entry.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't remove an envelope: %w", err)
		}
	}
	return syncDir(dir)
}

// OpenEnvelope returns a letter's envelope as it came. ErrNoLetter, ErrDamaged.
func (v *Vault) OpenEnvelope(number int) (*os.File, error) {
	l, err := v.Letter(number)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(v.envelopePath(l.Mailbox, l.Envelope))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the envelope of letter %d is missing", ErrDamaged, number)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open an envelope: %w", err)
	}
	return f, nil
}

// OpenLetter returns a letter for reading. Nothing of it is to be acted on
// before its reader has come to the end. ErrNoLetter, ErrRefused, ErrDamaged.
func (v *Vault) OpenLetter(number int) (*letter.Reader, io.Closer, error) {
	l, err := v.Letter(number)
	if err != nil {
		return nil, nil, err
	}
	if l.Refused != "" {
		return nil, nil, ErrRefused
	}
	f, err := v.OpenEnvelope(number)
	if err != nil {
		return nil, nil, err
	}
	plain, err := envelope.OpenWithFileKey(f, l.FileKey)
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("%w: the envelope of letter %d: %w", ErrDamaged, number, err)
	}
	return letter.NewReader(plain), f, nil
}
