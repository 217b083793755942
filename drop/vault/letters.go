package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
)

// Letter is what the vault knows of a letter without opening its envelope.
type Letter struct {
	Number   int            // counts from 1 and is never given twice
	Mailbox  drop.MailboxID // of the drop that it came to, or whose reply it is
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

	// What its letter.json says. A bare letter has none, and of letters that came
	// before there were threads only the kind is known.
	Kind    string // letter.KindFirst, letter.KindNext, letter.KindReply
	Author  [8]byte
	Seq     int64
	Answers int  // how many questions it answers
	Closed  bool // with it the sender closed the thread

	Thread int       // number of its thread; 0 when it belongs to none
	Orphan bool      // continues a thread whose beginning isn't here
	Sent   bool      // a reply of the recipient's
	saw    Seen      // what its author had seen of the other side
	proof  *[32]byte // of an orphan, for when its beginning comes

	// What the recipient made of it. See [Vault.Mark].
	Starred bool
	Labels  []string
	Note    string
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
		if l.Sent {
			continue
		}
		v.known[place{l.Mailbox, l.Envelope}] = true
		v.knownHashes[copyOf{l.Mailbox, l.Hash}] = true
	}
	for _, e := range v.state.erased {
		v.known[place{e.mailbox, e.envelope}] = true
		v.knownHashes[copyOf{e.mailbox, e.hash}] = true
	}
}

// Keep puts a downloaded envelope and what is known of it into the vault, and
// returns the letter with its number. meta is nil for a bare or refused letter. t
// is how the letter's thread is from now on, nil when it belongs to none; without
// a number it begins with this letter.
//
// When it returns nil, the letter survives power loss, and its copy on the server
// may be erased. The download is used up.
func (v *Vault) Keep(in *Incoming, l Letter, meta *letter.Meta, t *Thread) (Letter, error) {
	if err := v.writable(); err != nil {
		return l, err
	}
	if err := l.limit(); err != nil {
		return l, err
	}
	l.Mailbox, l.Envelope = in.mailbox, in.envelope
	l.Number = v.state.next
	l.Refused = clip(l.Refused, maxReason)
	v.index()
	if err := in.keep(); err != nil {
		return l, fmt.Errorf("couldn't keep an envelope: %w", err)
	}
	testOnlyStep("envelope kept")
	records := v.place(&l, meta, t)
	if err := v.write(append([][]byte{l.encode()}, records...)...); err != nil {
		return l, err
	}
	v.known[place{l.Mailbox, l.Envelope}] = true
	v.knownHashes[copyOf{l.Mailbox, l.Hash}] = true
	return l, nil
}

// Discard records a downloaded letter of a blocked thread as one that was
// collected and deleted at once, and that its sender is owed a receipt which says
// that the thread is closed. Of the letter, only the hash and the epoch are used.
func (v *Vault) Discard(in *Incoming, l Letter, meta *letter.Meta, t Thread) error {
	t.Discarded = t.Discarded.overlooking(meta.Seq)
	t.SenderClosed, t.Owed = meta.Closed, !meta.Closed
	e := erased{in.mailbox, in.envelope, l.Hash, l.Epoch}
	v.index()
	if err := v.write(e.encode(), t.encode()); err != nil {
		return err
	}
	v.known[place{e.mailbox, e.envelope}] = true
	v.knownHashes[copyOf{e.mailbox, e.hash}] = true
	return in.remove()
}

// limit cuts what is shown in lists, and holds a letter to what a record takes.
func (l *Letter) limit() error {
	if len(l.Files) > maxFiles {
		return fmt.Errorf("couldn't keep a letter of %d files", len(l.Files))
	}
	l.UntrustedPreview = clip(l.UntrustedPreview, MaxPreview)
	return nil
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

// OpenEnvelope returns a letter's envelope as it came. ErrNoLetter, ErrDamaged.
func (v *Vault) OpenEnvelope(number int) (*os.File, error) {
	l, err := v.Letter(number)
	if err != nil {
		return nil, err
	}
	path := v.envelopePath(l.Mailbox, l.Envelope)
	if l.Sent {
		path = v.sentPath(l.Mailbox, l.Envelope)
	}
	f, err := os.Open(path)
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
