// Package letter writes and reads letters, the plaintext of envelopes: a POSIX
// tar that stock tools unpack, padded so that its size says little.
//
// A letter has letter.json (its [Meta]), message.txt, and the files as
// files/NAME, in this order, each under the one header that [Writer] writes:
// nothing of the sender's system - owner, modes, times - has a place to stand.
// Then come two zero blocks and zeros up to [PaddedSize]. A [Reader] refuses
// everything else in a tar that begins with letter.json.
//
// A bare letter is one that somebody made with stock tools, without letter.json.
// It belongs to no thread and proves nothing about where it was meant to go.
// Any tar format will do, but only regular files with paths that stay inside.
//
// Everything here streams. A reader has checked a letter only once Next has
// returned io.EOF: act on nothing in it before.
package letter

import (
	"errors"

	"github.com/transom-drop/transom/crypto/internal/padding"
)

// What can be wrong with a letter. A letter that is wrong in several ways is
// refused for what comes first in it; at one entry, for the first of these.
var (
	// ErrTar: not a tar, or cut short.
	ErrTar = errors.New("not an intact tar archive")
	// ErrType: a link, device, sparse file or other entry than a regular file.
	ErrType = errors.New("an entry is not a regular file")
	// ErrName: an absolute, climbing or otherwise impossible path.
	ErrName = errors.New("an entry has a path that is not allowed")
	// ErrDuplicate: two entries of one name. What unpacks them keeps the second,
	// what shows them may show the first.
	ErrDuplicate = errors.New("two entries have the same name")
	// ErrOrder: letter.json, message.txt and files are not in this order.
	ErrOrder = errors.New("the entries are not in order")
	// ErrCanonical: a letter with letter.json whose bytes are not those that a
	// writer makes, and so could carry or reveal something unseen.
	ErrCanonical = errors.New("not in the canonical form")
	// ErrTrailing: something stands behind the end, where other programs may look.
	ErrTrailing = errors.New("something follows the end of the letter")
	// ErrPadding: the letter is not as long as its padding has to make it.
	ErrPadding = errors.New("not padded as a letter has to be")
	// ErrJSON: letter.json is not what a letter.json has to be.
	ErrJSON = errors.New("letter.json is malformed")
	// ErrVersion: letter.json is of a version that this program does not know.
	ErrVersion = errors.New("unknown version of letter")
	// ErrKind: letter.json is of a kind that this program does not know.
	ErrKind = errors.New("unknown kind of letter")
	// ErrElsewhere: it was written for another mailbox or under another envelope
	// ID. Somebody who cannot read it has stored it again.
	ErrElsewhere = errors.New("written for another place")
	// ErrProof: it was not written by who it would have to be by: one who knows
	// the thread key, or the codename, or owns the mailbox that it names.
	ErrProof = errors.New("not proved to belong to this thread")
	// ErrSignature: none of the desks has signed it.
	ErrSignature = errors.New("not signed by the recipient's desk")
	// ErrLimit: more, longer or larger than a letter may have it.
	ErrLimit = errors.New("larger than a letter can be")
)

const (
	// MaxMeta is the largest letter.json in bytes, of all kinds but a copy's.
	MaxMeta = 64 << 10
	// MaxCopyMeta is a copy's: what the letter had in it, a thousand names of files
	// and a thousand deleted replies.
	MaxCopyMeta = 512 << 10
	// MaxMessage is the largest message in bytes.
	MaxMessage = 1 << 20
	// MaxFiles is how many files a letter may have.
	MaxFiles = 1000

	// maxPath is the longest path in bytes, as on the systems that tars come
	// from. A thousand longer ones would have to be remembered.
	maxPath = 4096

	metaName    = "letter.json"
	messageName = "message.txt"
	filesDir    = "files/"

	blockSize = 512
)

// PaddedSize returns the size of a letter whose tar has n bytes, with its two
// zero blocks: Padmé, and at least 32 KiB.
func PaddedSize(n int64) int64 { return padding.Padded(n) }
