package badgerstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// Card implements [drop.Store].
func (s *Store) Card(_ context.Context, m drop.MailboxID) (sealed []byte, day drop.Day, err error) {
	err = s.view(func(txn *badger.Txn) error {
		c, err := cardIn(txn, m)
		if err != nil {
			return err
		}
		day = c.day
		sealed = make([]byte, 0, c.body.size)
		for n := range c.body.rows() {
			data, err := rowIn(txn, &c.body, n)
			if err != nil {
				return err
			}
			sealed = append(sealed, data...)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("couldn't read a card: %w", err)
	}
	return sealed, day, nil
}

func cardIn(txn *badger.Txn, m drop.MailboxID) (*card, error) {
	key := cardKey(m)
	value, err := get(txn, key)
	if err != nil {
		return nil, err
	}
	if value == nil {
		return nil, drop.ErrNotFound
	}
	return decodeCard(key, value)
}

// PutCard implements [drop.Store].
func (s *Store) PutCard(_ context.Context, u drop.CardUpdate) (first bool, err error) {
	if len(u.Sealed) > drop.MaxCard {
		return false, errors.New("couldn't store a card: it is larger than any card")
	}
	b := body{size: int64(len(u.Sealed)), hash: sha256.Sum256(u.Sealed), key: newBodyKey()}
	o := &op{bytes: len(u.Sealed), entries: 5, run: func(t *tx) (err error) {
		first, err = t.putCard(u, &card{day: u.Day, body: b})
		return err
	}}
	if err := s.do(o); err != nil {
		return false, fmt.Errorf("couldn't store a card: %w", err)
	}
	return first, nil
}

// A card is in one row, so that one transaction replaces another card with it.
const _ uint = rowSize - drop.MaxCard

func (t *tx) putCard(u drop.CardUpdate, c *card) (first bool, err error) {
	there, err := cardIn(t.txn, u.Mailbox)
	if err != nil && !errors.Is(err, drop.ErrNotFound) {
		return false, err
	}
	key := cardKey(u.Mailbox)
	switch {
	case there != nil && there.body.size == c.body.size && there.body.hash == c.body.hash:
		c.body = there.body
		t.set(key, c.encode(key))
		return false, nil
	case there == nil && u.Replaces != nil,
		there != nil && (u.Replaces == nil || *u.Replaces != there.body.hash):
		return false, drop.ErrChanged
	}
	if there == nil && u.Invitation != nil {
		if err := t.useInvitation(*u.Invitation, u.Mailbox); err != nil {
			return false, err
		}
	}
	if there == nil {
		bytes, err := mailboxBytes(t.txn, u.Mailbox)
		if err != nil {
			return false, err
		}
		t.pooled -= bytes
		t.added++
	} else {
		t.eraseRow(&there.body)
	}
	if c.body.rows() == 1 {
		t.set(rowKey(c.body.key, 0), u.Sealed)
	}
	t.set(key, c.encode(key))
	return there == nil, nil
}

// useInvitation binds an invitation to a mailbox, or finds that it is.
func (t *tx) useInvitation(hash [sha256.Size]byte, m drop.MailboxID) error {
	key := invitationKey(hash)
	value, err := t.get(key)
	if err != nil {
		return err
	}
	if value == nil {
		return drop.ErrInvitation
	}
	i, err := decodeInvitation(key, value)
	if err != nil {
		return err
	}
	if i.used && i.mailbox != m {
		return drop.ErrInvitation
	}
	i.used, i.mailbox = true, m
	t.set(key, i.encode(key))
	return nil
}

// Invite implements [drop.Store]. An invitation that is recorded already stays
// as it is, used or not.
func (s *Store) Invite(_ context.Context, hash [sha256.Size]byte) error {
	err := s.do(&op{bytes: invitationSize, entries: 2, run: func(t *tx) error {
		key := invitationKey(hash)
		value, err := t.get(key)
		if err != nil || value != nil {
			return err
		}
		t.set(key, (&invitation{}).encode(key))
		t.added++
		return nil
	}})
	if err != nil {
		return fmt.Errorf("couldn't record an invitation: %w", err)
	}
	return nil
}
