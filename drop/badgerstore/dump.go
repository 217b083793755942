package badgerstore

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/dgraph-io/badger/v4"

	"github.com/transom-drop/transom/drop"
)

// Record is one entry of the database as it lies there.
type Record struct {
	Kind       string // "envelope", "expiry", "card", "invitation", "row", "unowned", "mark" or "scratch"
	Key, Value []byte
	Fields     []Field // everything that Key and Value say, in their order
}

// Field is one thing that a record says.
type Field struct{ Name, Value string }

// Dump yields every record of a store, in the order of the keys. It is what
// docs/privacy.md is checked against: a key of an unknown kind, or a value with
// a byte that no field accounts for, is an error and not left out.
func Dump(s *Store, yield func(Record) error) error {
	err := s.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{InternalAccess: true})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			value, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			r, err := literal(it.Item().KeyCopy(nil), value)
			if err != nil {
				return err
			}
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("couldn't dump the store: %w", err)
	}
	return nil
}

// literal spells a record out.
func literal(key, value []byte) (Record, error) {
	r := Record{Key: key, Value: value}
	unknown := fmt.Errorf("a record of an unknown kind: %w", drop.ErrDamaged)
	if len(key) == 0 {
		return r, unknown
	}
	rest := key[1:]
	id := func(name string, size int) {
		if len(rest) < size {
			rest = nil
			r.Kind = ""
			return
		}
		r.add(name, hex.EncodeToString(rest[:size]))
		rest = rest[size:]
	}
	check := func(size int) { r.add("check", hex.EncodeToString(value[size:])) }
	switch key[0] {
	case kindEnvelope:
		e, err := decodeEnvelope(key, value)
		if err != nil {
			return r, err
		}
		r.Kind = "envelope"
		id("mailbox", 16)
		id("envelope", 16)
		r.add("day", e.day.String())
		r.add("last day", e.expires.String())
		r.add("withdraw hash", hex.EncodeToString(e.withdraw[:]))
		r.addBody(&e.body)
		check(envelopeSize)
	case kindExpiry:
		day, _, _, ok := parseExpiryKey(key)
		if !ok || len(value) > 0 {
			return r, unknown
		}
		r.Kind = "expiry"
		r.add("last day", day.String())
		rest = rest[4:]
		id("mailbox", 16)
		id("envelope", 16)
	case kindCard:
		c, err := decodeCard(key, value)
		if err != nil {
			return r, err
		}
		r.Kind = "card"
		id("mailbox", 16)
		r.add("day", c.day.String())
		r.addBody(&c.body)
		check(cardSize)
	case kindInvitation:
		i, err := decodeInvitation(key, value)
		if err != nil {
			return r, err
		}
		r.Kind = "invitation"
		id("hash", 32)
		r.add("used", strconv.FormatBool(i.used))
		r.add("mailbox", hex.EncodeToString(i.mailbox[:]))
		check(invitationSize)
	case kindRow:
		r.Kind = "row"
		id("body", 16)
		id("row", 4)
		r.add("bytes", strconv.Itoa(len(value)))
	case kindUnowned:
		r.Kind = "unowned"
		id("body", 16)
		if len(value) > 0 {
			return r, unknown
		}
	case kindScratch:
		r.Kind = "scratch"
	case kindMark:
		m, err := decodeMark(value)
		if err != nil {
			return r, err
		}
		r.Kind = "mark"
		r.add("transactions", strconv.FormatUint(m, 10))
		check(8)
	}
	if r.Kind == "" || len(rest) > 0 {
		return r, unknown
	}
	return r, nil
}

func (r *Record) add(name, value string) { r.Fields = append(r.Fields, Field{name, value}) }

func (r *Record) addBody(b *body) {
	r.add("size", strconv.FormatInt(b.size, 10))
	r.add("SHA-256", hex.EncodeToString(b.hash[:]))
	r.add("body", hex.EncodeToString(b.key[:]))
}
