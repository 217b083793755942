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
	Kind       string // "envelope", "expiry", "card", "invitation", "row", "unowned", "mark", "scratch" or "filler"
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

// spelling says how to spell out the records of one kind: which parts a key has
// after its first byte, and what the value says.
type spelling struct {
	kind  string
	parts []part
	value func(r *Record) error
}

type part struct {
	name  string
	size  int
	spell func(b []byte) string
}

var (
	mailboxPart  = part{"mailbox", 16, hex.EncodeToString}
	envelopePart = part{"envelope", 16, hex.EncodeToString}
	bodyPart     = part{"body", 16, hex.EncodeToString}
	rowPart      = part{"row", 4, hex.EncodeToString}
	hashPart     = part{"hash", 32, hex.EncodeToString}
	lastDayPart  = part{"last day", 4, func(b []byte) string { return expiryDay(b).String() }}
)

var spellings = map[byte]spelling{
	kindEnvelope:   {"envelope", []part{mailboxPart, envelopePart}, (*Record).spellEnvelope},
	kindExpiry:     {"expiry", []part{lastDayPart, mailboxPart, envelopePart}, (*Record).spellNothing},
	kindCard:       {"card", []part{mailboxPart}, (*Record).spellCard},
	kindInvitation: {"invitation", []part{hashPart}, (*Record).spellInvitation},
	kindRow:        {"row", []part{bodyPart, rowPart}, (*Record).spellRow},
	kindUnowned:    {"unowned", []part{bodyPart}, (*Record).spellNothing},
	kindMark:       {"mark", nil, (*Record).spellMark},
	kindScratch:    {"scratch", nil, (*Record).spellNothing},
	kindFiller:     {"filler", []part{{"number", 2, hex.EncodeToString}}, (*Record).spellRow},
}

var errUnknownRecord = fmt.Errorf("a record of an unknown kind: %w", drop.ErrDamaged)

// literal spells a record out.
func literal(key, value []byte) (Record, error) {
	r := Record{Key: key, Value: value}
	if len(key) == 0 {
		return r, errUnknownRecord
	}
	s, ok := spellings[key[0]]
	if !ok {
		return r, errUnknownRecord
	}
	r.Kind = s.kind
	rest := key[1:]
	for _, p := range s.parts {
		if len(rest) < p.size {
			return r, errUnknownRecord
		}
		r.add(p.name, p.spell(rest[:p.size]))
		rest = rest[p.size:]
	}
	if len(rest) > 0 {
		return r, errUnknownRecord
	}
	return r, s.value(&r)
}

func (r *Record) add(name, value string) { r.Fields = append(r.Fields, Field{name, value}) }

func (r *Record) addHex(name string, value []byte) { r.add(name, hex.EncodeToString(value)) }

func (r *Record) addCheck() { r.addHex("check", r.Value[len(r.Value)-checkSize:]) }

func (r *Record) addBody(b *body) {
	r.add("size", strconv.FormatInt(b.size, 10))
	r.addHex("SHA-256", b.hash[:])
	r.addHex("body", b.key[:])
}

func (r *Record) spellNothing() error {
	if len(r.Value) > 0 {
		return errUnknownRecord
	}
	return nil
}

func (r *Record) spellEnvelope() error {
	e, err := decodeEnvelope(r.Key, r.Value)
	if err != nil {
		return err
	}
	r.add("day", e.day.String())
	r.add("last day", e.expires.String())
	r.addHex("withdraw hash", e.withdraw[:])
	r.addBody(&e.body)
	r.addCheck()
	return nil
}

func (r *Record) spellCard() error {
	c, err := decodeCard(r.Key, r.Value)
	if err != nil {
		return err
	}
	r.add("day", c.day.String())
	r.addBody(&c.body)
	r.addCheck()
	return nil
}

func (r *Record) spellInvitation() error {
	i, err := decodeInvitation(r.Key, r.Value)
	if err != nil {
		return err
	}
	r.add("used", strconv.FormatBool(i.used))
	r.addHex("mailbox", i.mailbox[:])
	r.addCheck()
	return nil
}

func (r *Record) spellRow() error {
	r.add("bytes", strconv.Itoa(len(r.Value)))
	return nil
}

func (r *Record) spellMark() error {
	m, err := decodeMark(r.Value)
	if err != nil {
		return err
	}
	r.add("transactions", strconv.FormatUint(m, 10))
	r.addCheck()
	return nil
}
