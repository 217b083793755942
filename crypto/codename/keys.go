package codename

import (
	"fmt"
	"io"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
)

// Keys is what follows from a codename. Words carry no state: whatever a sender
// has to have again next month, on another machine, is derived, and the rest
// lies in the mailbox for replies, in copies that only these keys make.
type Keys struct {
	Root   *keys.Root           // owns the mailbox for replies
	Reply  envelope.SealingSeed // what replies and copies are sealed to
	Thread [32]byte             // shared with the recipient: proves who belongs to the thread
	Author [8]byte              // the sender's in all their letters

	seed [32]byte
}

// Keys derives the keys.
func (c Codename) Keys() *Keys {
	seed := keys.Derive(c.entropy[:], "codename", nil)
	author := keys.Derive(seed[:], "author", nil)
	return &Keys{
		Root:   keys.RootFromSeed(keys.Derive(seed[:], "reply root", nil)),
		Reply:  keys.Derive(seed[:], "reply key", nil),
		Thread: keys.Derive(seed[:], "thread key", nil),
		Author: [8]byte(author[:]),
		seed:   seed,
	}
}

// Format keeps the keys out of everything that is formatted.
func (k Keys) Format(f fmt.State, _ rune) { io.WriteString(f, "[codename's keys]") }

// Mailbox returns the ID of the mailbox for replies.
func (k *Keys) Mailbox() [16]byte { return k.Root.Mailbox() }

// Withdraw returns the secret that erases an envelope of the sender's wherever it
// lies. Each has its own: a server that is shown one can withdraw no other.
func (k *Keys) Withdraw(envelope [16]byte) [32]byte {
	return keys.Derive(k.seed[:], "withdraw", envelope[:])
}

// CopyProof returns the proof of a copy in the mailbox. It is made with a key
// that is never shared: the recipient, and whoever robs them, knows the thread
// key and can seal to the reply key, and with that could plant a copy that names
// another link, to be sent the sender's next letter.
func (k *Keys) CopyProof(mailbox, envelope [16]byte) [32]byte {
	return keys.MAC(keys.Derive(k.seed[:], "copy key", nil), "copy", mailbox[:], envelope[:])
}
