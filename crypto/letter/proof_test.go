package letter

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/transom-drop/transom/crypto/codename"
	"github.com/transom-drop/transom/crypto/keys"
)

// A sender, a recipient who has read the first letter, and what a stranger can
// put together.
type cast struct {
	sender  *codename.Keys
	desk    *keys.Root
	mailbox [16]byte // for replies
	drop    [16]byte
	here    [16]byte // an envelope's ID
}

func newCast() cast {
	k := codename.FromEntropy([16]byte{1}).Keys()
	return cast{
		sender: k, desk: keys.RootFromSeed([32]byte{2}), mailbox: k.Mailbox(),
		drop: keys.RootFromSeed([32]byte{3}).Mailbox(), here: [16]byte{4},
	}
}

func (c cast) reply() *Meta {
	proof, signature := Proof(c.sender.Thread, c.mailbox, c.here), SignReply(c.desk, c.mailbox, c.here)
	return &Meta{Kind: KindReply, Mailbox: c.mailbox, Envelope: c.here, Seq: 1, Proof: &proof, Signature: &signature}
}

func (c cast) first() *Meta {
	return &Meta{
		Kind: KindFirst, Mailbox: c.drop, Envelope: c.here, Author: c.sender.Author, Seq: 1,
		Reply: NewReplyTo(c.sender.Root, c.sender.Reply.Recipient(), c.sender.Thread, c.drop, c.here),
	}
}

// The bytes of the specification, put together by hand.
func TestProofBytes(t *testing.T) {
	c := newCast()
	mac := hmac.New(sha256.New, c.sender.Thread[:])
	mac.Write(append(append([]byte("transom/v1 proof\x00"), c.mailbox[:]...), c.here[:]...))
	if got := Proof(c.sender.Thread, c.mailbox, c.here); got != [32]byte(mac.Sum(nil)) {
		t.Errorf("proof: %x", got)
	}
}

// A first letter that names a mailbox for replies, by who owns it and by others.
func TestCheckReplyTo(t *testing.T) {
	c := newCast()
	if err := c.first().CheckReplyTo(); err != nil {
		t.Fatal(err)
	}
	thief := codename.FromEntropy([16]byte{9}).Keys()
	for name, change := range map[string]func(*Meta){
		"no replies wanted": func(m *Meta) { m.Reply = nil },
		// An operator has seen the mailbox's ID, and even its public key, in an
		// owner's request.
		"somebody else's mailbox, signed by nobody": func(m *Meta) { m.Reply.Signature = [64]byte{} },
		"somebody else's mailbox, signed by another": func(m *Meta) {
			forged := NewReplyTo(thief.Root, m.Reply.Key, thief.Thread, c.drop, c.here)
			forged.Root = m.Reply.Root
			m.Reply = forged
		},
		"another sealing key":                func(m *Meta) { m.Reply.Key = thief.Reply.Recipient() },
		"another thread key":                 func(m *Meta) { m.Reply.Thread = thief.Thread },
		"another root":                       func(m *Meta) { m.Reply.Root = thief.Root.Public() },
		"copied into another drop's mailbox": func(m *Meta) { m.Mailbox[0]++ },
		"copied into another envelope":       func(m *Meta) { m.Envelope[0]++ },
		"a flipped bit":                      func(m *Meta) { m.Reply.Signature[63] ^= 1 },
		"a key for which anybody can sign":   func(m *Meta) { m.Reply.Root, m.Reply.Signature = [32]byte{1}, [64]byte{1} },
		"a signature of another purpose": func(m *Meta) {
			m.Reply.Signature = [64]byte(c.sender.Root.Sign("reply", m.Reply.signed(c.drop, c.here)...))
		},
	} {
		m := c.first()
		change(m)
		if err := m.CheckReplyTo(); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckProof(t *testing.T) {
	c := newCast()
	for _, kind := range []string{KindNext, KindReply, KindReceipt} {
		m := c.reply()
		m.Kind = kind
		if err := m.CheckProof(c.sender.Thread); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for name, change := range map[string]func(*Meta){
		"a first letter":           func(m *Meta) { m.Kind = KindFirst },
		"a copy":                   func(m *Meta) { m.Kind = KindCopy },
		"none":                     func(m *Meta) { m.Proof = nil },
		"nothing":                  func(m *Meta) { m.Proof = &[32]byte{} },
		"moved to another mailbox": func(m *Meta) { m.Mailbox[15]++ },
		"replayed":                 func(m *Meta) { m.Envelope[15]++ },
		"a flipped bit":            func(m *Meta) { m.Proof[31] ^= 1 },
		"mailbox and envelope swapped": func(m *Meta) {
			proof := Proof(c.sender.Thread, m.Envelope, m.Mailbox)
			m.Proof = &proof
		},
		"another thread": func(m *Meta) {
			proof := Proof([32]byte{1}, m.Mailbox, m.Envelope)
			m.Proof = &proof
		},
		"a proof of a copy": func(m *Meta) {
			proof := c.sender.CopyProof(m.Mailbox, m.Envelope)
			m.Proof = &proof
		},
	} {
		m := c.reply()
		change(m)
		if err := m.CheckProof(c.sender.Thread); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who has taken a sealing key from the recipient knows the thread key, and still
// cannot answer in the desk's name.
func TestCheckSignature(t *testing.T) {
	c := newCast()
	card := [][32]byte{keys.NewRoot().Public(), c.desk.Public()}
	for _, kind := range []string{KindReply, KindReceipt} {
		m := c.reply()
		m.Kind = kind
		if err := m.CheckSignature(card); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		for name, desks := range map[string][][32]byte{
			"no desks": nil, "another card's desks": card[:1], "a desk that was never filled in": {{}},
		} {
			if err := m.CheckSignature(desks); !errors.Is(err, ErrSignature) {
				t.Errorf("%s by %s: %v", kind, name, err)
			}
		}
	}
	for name, change := range map[string]func(*Meta){
		"none":                     func(m *Meta) { m.Signature = nil },
		"nothing":                  func(m *Meta) { m.Signature = &[64]byte{} },
		"moved to another mailbox": func(m *Meta) { m.Mailbox[0]++ },
		"replayed":                 func(m *Meta) { m.Envelope[0]++ },
		"a flipped bit":            func(m *Meta) { m.Signature[0] ^= 1 },
		"a next letter":            func(m *Meta) { m.Kind = KindNext },
		"a copy":                   func(m *Meta) { m.Kind = KindCopy },
		"by the sender": func(m *Meta) {
			signature := SignReply(c.sender.Root, m.Mailbox, m.Envelope)
			m.Signature = &signature
		},
		"a signature of another purpose": func(m *Meta) {
			signature := [64]byte(c.desk.Sign("card", m.Mailbox[:], m.Envelope[:]))
			m.Signature = &signature
		},
	} {
		m := c.reply()
		change(m)
		if err := m.CheckSignature(card); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The recipient knows the thread key and can seal to the reply key. A copy from
// them, naming another link, is not the sender's.
func TestCheckCopy(t *testing.T) {
	c := newCast()
	good := func() *Meta {
		proof := c.sender.CopyProof(c.mailbox, c.here)
		return &Meta{Kind: KindCopy, Mailbox: c.mailbox, Envelope: c.here, Proof: &proof}
	}
	check := func(m *Meta) error { return m.CheckCopy(c.sender.CopyProof(m.Mailbox, m.Envelope)) }
	if err := check(good()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Meta){
		"none":                     func(m *Meta) { m.Proof = nil },
		"moved to another mailbox": func(m *Meta) { m.Mailbox[0]++ },
		"replayed":                 func(m *Meta) { m.Envelope[0]++ },
		"another kind":             func(m *Meta) { m.Kind = KindReply },
		"by the recipient": func(m *Meta) {
			proof := Proof(c.sender.Thread, m.Mailbox, m.Envelope)
			m.Proof = &proof
		},
		"by the recipient, labelled as a copy": func(m *Meta) {
			proof := keys.MAC(c.sender.Thread, "copy", m.Mailbox[:], m.Envelope[:])
			m.Proof = &proof
		},
		"by another sender": func(m *Meta) {
			proof := codename.New().Keys().CopyProof(m.Mailbox, m.Envelope)
			m.Proof = &proof
		},
	} {
		m := good()
		change(m)
		if err := check(m); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
