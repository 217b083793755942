package collect

import (
	"errors"

	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/vault"
)

// What a letter's place in a thread can lead to, other than that it is kept.
var (
	// errEarly: a letter that goes on may come before the one that it goes on from.
	errEarly = errors.New("the letter that began the thread has not come yet")
	// errBlocked: the letter is one of a thread that the recipient has blocked.
	errBlocked = errors.New("the thread is blocked")
)

// threadOf finds the thread that a letter says it belongs to, and checks that it
// may say so: nil for a letter that wants no replies. A thread without a number
// begins with it. letter.ErrProof, letter.ErrKind, errEarly, errBlocked.
func threadOf(v *vault.Vault, d drop.MailboxID, m *letter.Meta) (t *vault.Thread, err error) {
	switch m.Kind {
	case letter.KindFirst:
		if m.Reply == nil {
			return nil, nil
		}
		t, err = threadBegun(v, d, m)
	case letter.KindNext:
		t, err = threadContinued(v, d, m)
	default:
		// Only this vault seals those, and to senders.
		return nil, letter.ErrKind
	}
	if err == nil && t.Blocked {
		err = errBlocked
	}
	return t, err
}

// threadBegun: who writes a first letter has to own the mailbox for replies, and
// a mailbox for replies has one set of keys for ever. Otherwise somebody could
// name the mailbox of another sender, and be told what is answered there.
func threadBegun(v *vault.Vault, d drop.MailboxID, m *letter.Meta) (*vault.Thread, error) {
	if err := m.CheckReplyTo(); err != nil {
		return nil, err
	}
	var same *vault.Thread
	for _, t := range v.ThreadsTo(keys.MailboxID(m.Reply.Root[:])) {
		if t.Secret != m.Reply.Thread || !t.HasKey(m.Reply.Key) || t.Sender != m.Author {
			return nil, letter.ErrProof
		}
		if t.Drop == d {
			same = &t
		}
	}
	if same == nil {
		begun := vault.NewThread(m, d)
		same = &begun
	}
	return same, nil
}

// threadContinued: several threads may have one author, because anybody can write
// any author into a letter. The proof tells them apart.
func threadContinued(v *vault.Vault, d drop.MailboxID, m *letter.Meta) (*vault.Thread, error) {
	threads := v.ThreadsFrom(d, m.Author)
	if len(threads) == 0 {
		return nil, errEarly
	}
	for _, t := range threads {
		if m.CheckProof(t.Secret) == nil {
			return &t, nil
		}
	}
	return nil, letter.ErrProof
}
