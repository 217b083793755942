// Package codename makes and reads codenames: the twelve words that a sender
// keeps, and everything that follows from them.
//
// A codename is 128 random bits, written as BIP39 writes them: eleven bits a
// word, the last four a checksum. Of BIP39 it takes the word list and the
// checksum and not the slow hash: 128 bits cannot be guessed, and where senders
// most need protection, in a browser without a compiler, slow hashes take a
// minute. [Codename.Keys] derives what opens the replies. Nothing here is ever
// sent or stored: whoever has the words has the thread.
//
// [Parse] forgives what people do when they type words from paper, and says
// which word cannot be right. The checksum lets one typing error in sixteen
// pass; the second check is that nothing of one's own lies in the mailbox.
package codename

import (
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// What can be wrong with a codename, in the order in which it is looked at.
var (
	// ErrWord: a word that is not in the list. The error is a [*WordError].
	ErrWord = errors.New("a word is not in the list")
	// ErrCount: not twelve words.
	ErrCount = errors.New("a codename has twelve words")
	// ErrChecksum: twelve words of the list that no codename has in this order.
	ErrChecksum = errors.New("these twelve words are not a codename: one of them is another, or their order is")
)

const (
	size     = 16 // bytes
	count    = 12 // words
	wordBits = 11

	// maxTyped is the longest input in bytes. Twelve words have at most 107.
	maxTyped = 4096
	// uniqueLetters is how many letters no two words of the list have in common.
	uniqueLetters = 4
)

// Codename is 128 bits that only the sender knows.
type Codename struct{ entropy [size]byte }

// New draws a codename.
func New() Codename {
	var c Codename
	rand.Read(c.entropy[:])
	return c
}

// FromEntropy returns the codename of which [Codename.Entropy] returns these bits.
func FromEntropy(entropy [16]byte) Codename { return Codename{entropy} }

// Entropy returns the bits, as secret as the words.
func (c Codename) Entropy() [16]byte { return c.entropy }

// Format keeps the codename out of everything that is formatted: it takes a call
// of [Codename.String] to show it.
func (c Codename) Format(f fmt.State, _ rune) { io.WriteString(f, "[codename]") }

// String returns the twelve words with one space between them.
func (c Codename) String() string {
	words := c.Words()
	return strings.Join(words[:], " ")
}

// Words returns the twelve words.
func (c Codename) Words() (words [12]string) {
	sum := sha256.Sum256(c.entropy[:])
	data := append(c.entropy[:], sum[0])
	for i := range words {
		index := 0
		for bit := i * wordBits; bit < (i+1)*wordBits; bit++ {
			index = index<<1 | int(data[bit/8]>>(7-bit%8)&1)
		}
		words[i] = list[index]
	}
	return words
}

// Parse reads what a person typed: words in any case, with anything but letters
// between them, each at least so much of a word that no other begins so: four
// letters always do. A [*WordError], ErrCount, ErrChecksum.
func Parse(text string) (Codename, error) {
	if len(text) > maxTyped {
		return Codename{}, ErrCount
	}
	typed := strings.FieldsFunc(lower(text), func(r rune) bool { return r < 'a' || r > 'z' })
	indexes := make([]int, len(typed))
	for i, token := range typed {
		index, ok := find(token)
		if !ok {
			return Codename{}, &WordError{Position: i + 1, Untrusted: token, Suggestions: suggest(token)}
		}
		indexes[i] = index
	}
	if len(indexes) != count {
		return Codename{}, ErrCount
	}
	var data [size + 1]byte
	for bit := range count * wordBits {
		set := byte(indexes[bit/wordBits] >> (wordBits - 1 - bit%wordBits) & 1)
		data[bit/8] |= set << (7 - bit%8)
	}
	c := Codename{[size]byte(data[:])}
	if sum := sha256.Sum256(c.entropy[:]); sum[0]&0xf0 != data[size] {
		return Codename{}, ErrChecksum
	}
	return c, nil
}

// lower changes the letters of ASCII alone: strings.ToLower makes a k of the
// Kelvin sign, and what one program does with other alphabets another does not.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// list is BIP39's English word list, in order.
var list = strings.Fields(wordsFile)

//go:embed words.txt
var wordsFile string

// find returns the index of a word, or of the only one that begins so.
func find(token string) (index int, ok bool) {
	i, exact := slices.BinarySearch(list, token)
	if exact {
		return i, true
	}
	begins := func(i int) bool { return i < len(list) && strings.HasPrefix(list[i], token) }
	return i, len(token) >= uniqueLetters && begins(i) && !begins(i+1)
}
