package letter

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/transom-drop/transom/crypto/keys"
)

// The labels of what is signed and proved. The labels, and the mailbox in what
// follows them, keep a proof made for one purpose or place from serving another.
const (
	threadLabel = "thread"
	proofLabel  = "proof"
	replyLabel  = "reply"
)

// NewReplyTo tells the recipient of a first letter where replies go: to root's
// mailbox, sealed to key (age1pq1…), with proofs by the thread key. root signs
// for the place of that letter, the drop's mailbox and the envelope's ID.
func NewReplyTo(root *keys.Root, key string, thread [32]byte, drop, envelope [16]byte) *ReplyTo {
	r := &ReplyTo{Root: root.Public(), Key: key, Thread: thread}
	r.Signature = [64]byte(root.Sign(threadLabel, r.signed(drop, envelope)...))
	return r
}

func (r *ReplyTo) signed(drop, envelope [16]byte) [][]byte {
	key, thread := sha256.Sum256([]byte(r.Key)), sha256.Sum256(r.Thread[:])
	return [][]byte{drop[:], envelope[:], key[:], thread[:]}
}

// CheckReplyTo checks that whoever wrote a first letter owns the mailbox that it
// names for replies. Without this an operator, who has seen the ID of somebody's
// mailbox, could name it in a letter of their own, and be told what is answered
// there. It is bound to the letter's place: call [Meta.CheckPlace] before.
// ErrProof, also when no replies are wanted.
func (m *Meta) CheckReplyTo() error {
	r := m.Reply
	if r == nil || !keys.Verify(r.Root[:], threadLabel, r.Signature[:], r.signed(m.Mailbox, m.Envelope)...) {
		return ErrProof
	}
	return nil
}

// Proof returns what shows in a next letter, a reply or a receipt that its
// author knows the thread key. mailbox and envelope say where it is deposited.
func Proof(thread [32]byte, mailbox, envelope [16]byte) [32]byte {
	return keys.MAC(thread, proofLabel, mailbox[:], envelope[:])
}

// CheckProof checks that a next letter, a reply or a receipt is by one of the two
// who know the thread key. It is bound to the letter's place: call
// [Meta.CheckPlace] before. ErrProof, also for a letter of another kind: a copy
// is never proved by what the recipient knows too.
func (m *Meta) CheckProof(thread [32]byte) error {
	switch m.Kind {
	case KindNext, KindReply, KindReceipt:
		return m.checkProof(Proof(thread, m.Mailbox, m.Envelope))
	}
	return ErrProof
}

// CheckCopy checks that a copy was made by who knows the codename, with what
// package codename says that its proof has to be. Call [Meta.CheckPlace] before.
// ErrProof, also for a letter of another kind.
func (m *Meta) CheckCopy(proof [32]byte) error {
	if m.Kind != KindCopy {
		return ErrProof
	}
	return m.checkProof(proof)
}

// checkProof takes the same time wherever the proofs differ.
func (m *Meta) checkProof(want [32]byte) error {
	if m.Proof == nil || !hmac.Equal(m.Proof[:], want[:]) {
		return ErrProof
	}
	return nil
}

// SignReply returns the signature of a reply or receipt: the thread key is known
// to whoever has read a first letter, thieves and former members included, and
// must not be enough to answer in a desk's name.
func SignReply(desk *keys.Root, mailbox, envelope [16]byte) [64]byte {
	return [64]byte(desk.Sign(replyLabel, mailbox[:], envelope[:]))
}

// CheckSignature checks that a reply or receipt is by one of the desks, which are
// those of the card behind the link that the sender's own copies name, and of no
// other card. Call [Meta.CheckPlace] before. ErrSignature, also for a letter of
// another kind.
func (m *Meta) CheckSignature(desks [][32]byte) error {
	if m.Signature == nil || m.Kind != KindReply && m.Kind != KindReceipt {
		return ErrSignature
	}
	for _, desk := range desks {
		if keys.Verify(desk[:], replyLabel, m.Signature[:], m.Mailbox[:], m.Envelope[:]) {
			return nil
		}
	}
	return ErrSignature
}
