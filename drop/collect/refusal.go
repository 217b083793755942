package collect

import (
	"errors"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
)

// errReplayed: the very bytes of an envelope that was collected before, under
// another ID. Letters with a letter.json are told by it (letter.ErrElsewhere);
// this is how bare ones are.
var errReplayed = errors.New("an exact copy of a letter that was collected before")

// refusals are all reasons to refuse a letter. What isn't on the list is a
// failure of this machine or of the network: the letter stays on the server.
// The categories stand in vaults, so they never change.
var refusals = []struct {
	category string
	err      error
	words    string
}{
	{"header", envelope.ErrHeader, "it isn't a sealed letter"},
	{"class", envelope.ErrClass, "it is sealed with a kind of key that this drop doesn't take, or with a mixture"},
	{"identity", envelope.ErrIdentity, "none of this drop's keys opens it"},
	{"damaged", envelope.ErrDamaged, "it is damaged or cut short"},
	{"replayed", errReplayed, "it is an exact copy of a letter that was collected before: somebody stored it twice"},
	{"elsewhere", letter.ErrElsewhere, "it was written for another drop or place: somebody copied it here"},
	{"tar", letter.ErrTar, "what is inside isn't an intact tar archive"},
	{"type", letter.ErrType, "it has a link, a device or another entry that isn't a plain file"},
	{"name", letter.ErrName, "a name in it would leave the folder it is saved in"},
	{"duplicate", letter.ErrDuplicate, "two of its entries have the same name"},
	{"order", letter.ErrOrder, "its entries are in an order that no honest program writes"},
	{"canonical", letter.ErrCanonical, "it is written in a way that other programs could unpack differently"},
	{"trailing", letter.ErrTrailing, "something is hidden behind the end of it"},
	{"padding", letter.ErrPadding, "it isn't padded as letters are"},
	{"json", letter.ErrJSON, "its letter.json is malformed"},
	{"version", letter.ErrVersion, "it was written by a later version of Transom: update this one and open the export"},
	{"kind", letter.ErrKind, "it is of a kind that no sender writes to a drop, or that this version of Transom doesn't know"},
	{"proof", letter.ErrProof, "it doesn't prove that it belongs to the thread it names: somebody else wrote it, or named another's mailbox"},
	{"limit", letter.ErrLimit, "it holds more than a letter can"},
}

// Refusal returns the category of an error that means that a letter is to be
// refused, "" for any other.
func Refusal(err error) string {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.category
		}
	}
	return ""
}

// Words says in a sentence, without its end, why a letter was refused.
func Words(category string) string {
	for _, r := range refusals {
		if r.category == category {
			return r.words
		}
	}
	return "it was refused (" + letter.Visible(category, false) + ")"
}
