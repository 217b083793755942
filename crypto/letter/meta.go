package letter

import (
	"github.com/transom-drop/transom/crypto/internal/b64"
	"github.com/transom-drop/transom/crypto/internal/strictjson"
)

// KindFirst is the letter that begins a thread.
const KindFirst = "first"

// Meta is what letter.json says: where the letter belongs. All of it is the
// sender's claim; [Meta.CheckPlace] compares it with where the letter was found.
type Meta struct {
	Kind     string
	Mailbox  [16]byte
	Envelope [16]byte
	Author   [8]byte // one for each sender's thread and recipient's device
	Seq      int64   // counts this author's letters, from 1
	// Seen says up to which of each author's letters this author has seen all, so
	// that a letter which the server dropped shows as a gap.
	Seen map[[8]byte]int64
}

const version = 1

// wireMeta is letter.json, field by field in the order that writers keep.
type wireMeta struct {
	Version  int              `json:"version"`
	Kind     string           `json:"kind"`
	Mailbox  b64.B16          `json:"mailbox"`
	Envelope b64.B16          `json:"envelope"`
	Author   b64.B8           `json:"author"`
	Seq      int64            `json:"seq"`
	Seen     map[b64.B8]int64 `json:"seen"`
}

// CheckPlace compares what the letter was written for with where it was found.
// Without this a server could show a letter in another mailbox, or one letter
// twice. ErrElsewhere.
func (m *Meta) CheckPlace(mailbox, envelope [16]byte) error {
	if m.Mailbox != mailbox || m.Envelope != envelope {
		return ErrElsewhere
	}
	return nil
}

// encode returns letter.json. ErrKind, ErrJSON for what no reader would take.
func (m Meta) encode() ([]byte, error) {
	wire := wireMeta{
		Version: version, Kind: m.Kind, Mailbox: m.Mailbox, Envelope: m.Envelope,
		Author: m.Author, Seq: m.Seq, Seen: make(map[b64.B8]int64, len(m.Seen)),
	}
	for author, seq := range m.Seen {
		wire.Seen[author] = seq
	}
	data, err := strictjson.Marshal(wire)
	if err != nil {
		return nil, ErrJSON
	}
	if _, err := parseMeta(data); err != nil {
		return nil, err
	}
	return data, nil
}

// parseMeta reads letter.json. ErrJSON, ErrVersion, ErrKind, ErrJSON: version
// and kind are looked at before the fields, which depend on them. ErrLimit.
func parseMeta(data []byte) (*Meta, error) {
	if len(data) > MaxMeta {
		return nil, ErrLimit
	}
	o, err := strictjson.Parse(data)
	if err != nil {
		return nil, ErrJSON
	}
	if v, ok := o.Int("version"); !ok || v != version {
		return nil, ErrVersion
	}
	if kind, ok := o.Text("kind"); !ok || kind != KindFirst {
		return nil, ErrKind
	}
	var wire wireMeta
	if err := o.Decode(&wire); err != nil || wire.Seq < 1 {
		return nil, ErrJSON
	}
	m := &Meta{
		Kind: wire.Kind, Mailbox: wire.Mailbox, Envelope: wire.Envelope,
		Author: wire.Author, Seq: wire.Seq, Seen: make(map[[8]byte]int64, len(wire.Seen)),
	}
	for author, seq := range wire.Seen {
		m.Seen[author] = seq
	}
	return m, nil
}
