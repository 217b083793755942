package letter

import (
	"github.com/transom-drop/transom/crypto/internal/b64"
	"github.com/transom-drop/transom/crypto/internal/strictjson"
)

// The kinds of letter. Of a thread the sender writes the first and the next
// letters to the drop, and copies to themself; the recipient writes replies and
// receipts to the sender's mailbox.
const (
	KindFirst   = "first"   // begins a thread, or a conversation of one letter
	KindNext    = "next"    // continues a thread that the recipient is known to know
	KindReply   = "reply"   // the recipient's
	KindReceipt = "receipt" // says what the recipient has seen, and nothing else
	KindCopy    = "copy"    // what a sender tells themself: twelve words carry no state
)

// Meta is what letter.json says: where the letter belongs. All of it is the
// writer's claim. [Meta.CheckPlace] compares it with where the letter was found;
// then [Meta.CheckReplyTo], [Meta.CheckProof], [Meta.CheckSignature] or
// [Meta.CheckCopy], whichever its kind has, says who can have written it.
type Meta struct {
	Kind     string
	Mailbox  [16]byte
	Envelope [16]byte
	Author   [8]byte // one for each sender's thread and recipient's device
	// Seq counts this author's letters, from 1. Receipts and notes are not counted:
	// theirs is that of the author's last letter, 0 before the first, so that a
	// last letter which the server dropped shows.
	Seq int64
	// Seen says up to which of each author's letters this author has seen all, so
	// that a letter which the server dropped shows as a gap.
	Seen map[[8]byte]int64
	// Beyond lists, ascending, what was seen of an author behind a gap. A letter
	// that was withdrawn is a gap for ever.
	Beyond map[[8]byte][]int64
	// Answers to the card's questions, by their IDs: of first, next, copy.
	Answers map[string]string
	// Reply says where replies go: of a first letter that wants some.
	Reply *ReplyTo
	// Proof shows that the author knows the thread key: of all kinds but first. Of
	// a copy it shows that they know the codename.
	Proof *[32]byte
	// Signature is a desk key's: of reply and receipt.
	Signature *[64]byte
	// Copy is what a copy is there for: of that kind, always.
	Copy *Copy
	// Closed says that its author has closed the thread: of next and receipt.
	Closed bool
}

// ReplyTo is what a sender tells a recipient about where replies go.
type ReplyTo struct {
	Root      [32]byte // owner of the mailbox for replies
	Key       string   // age1pq1…
	Thread    [32]byte // the thread key
	Signature [64]byte // by Root
}

// Copy is what senders have to know again when they have nothing but a codename.
// A note is a copy of no letter: it records what was deleted.
type Copy struct {
	Link    string    // the code
	Origin  string    // of the drop's server
	Sent    *[16]byte // the letter's envelope ID, nil in a note
	Kind    string    // the letter's, "" in a note
	Files   []FileInfo
	Deleted []Ref // replies that the sender deleted for good, all so far
}

// Ref names a letter of a thread.
type Ref struct {
	Author [8]byte
	Seq    int64
}

const version = 1

// wireMeta is letter.json, field by field in the order that writers keep. What
// is optional is a pointer or a map, to tell absent from empty.
type wireMeta struct {
	Version   int                `json:"version"`
	Kind      string             `json:"kind"`
	Mailbox   b64.B16            `json:"mailbox"`
	Envelope  b64.B16            `json:"envelope"`
	Author    b64.B8             `json:"author"`
	Seq       int64              `json:"seq"`
	Seen      map[b64.B8]int64   `json:"seen"`
	Beyond    map[b64.B8][]int64 `json:"beyond,omitempty"`
	Answers   map[string]string  `json:"answers,omitempty"`
	Reply     *wireReplyTo       `json:"reply,omitempty"`
	Proof     *b64.B32           `json:"proof,omitempty"`
	Signature *b64.B64           `json:"signature,omitempty"`
	Copy      *wireCopy          `json:"copy,omitempty"`
	Closed    *bool              `json:"closed,omitempty"`
}

type wireReplyTo struct {
	Root      b64.B32 `json:"root"`
	Key       string  `json:"key"`
	Thread    b64.B32 `json:"thread"`
	Signature b64.B64 `json:"signature"`
}

type wireCopy struct {
	Link    string     `json:"link"`
	Origin  string     `json:"origin"`
	Sent    *b64.B16   `json:"sent,omitempty"`
	Kind    *string    `json:"kind,omitempty"`
	Files   []wireFile `json:"files"`
	Deleted []wireRef  `json:"deleted"`
}

type wireFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

type wireRef struct {
	Author b64.B8 `json:"author"`
	Seq    int64  `json:"seq"`
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

// encode returns letter.json. ErrKind, ErrJSON, ErrLimit for what no reader
// would take.
func (m *Meta) encode() ([]byte, error) {
	if !isKind(m.Kind) {
		return nil, ErrKind
	}
	if !m.isValid() {
		return nil, ErrJSON
	}
	data, err := strictjson.Marshal(m.wire())
	if err != nil {
		return nil, ErrJSON
	}
	if len(data) > m.largest() {
		return nil, ErrLimit
	}
	return data, nil
}

func (m *Meta) wire() wireMeta {
	w := wireMeta{
		Version: version, Kind: m.Kind, Mailbox: m.Mailbox, Envelope: m.Envelope,
		Author: m.Author, Seq: m.Seq, Seen: make(map[b64.B8]int64, len(m.Seen)),
		Beyond: make(map[b64.B8][]int64, len(m.Beyond)), Answers: m.Answers,
		Proof: (*b64.B32)(m.Proof), Signature: (*b64.B64)(m.Signature),
	}
	for author, seq := range m.Seen {
		w.Seen[author] = seq
	}
	for author, seqs := range m.Beyond {
		w.Beyond[author] = seqs
	}
	if r := m.Reply; r != nil {
		w.Reply = &wireReplyTo{r.Root, r.Key, r.Thread, r.Signature}
	}
	if m.Closed {
		w.Closed = &m.Closed
	}
	if c := m.Copy; c != nil {
		w.Copy = &wireCopy{Link: c.Link, Origin: c.Origin, Sent: (*b64.B16)(c.Sent), Files: []wireFile{}, Deleted: []wireRef{}}
		if c.Kind != "" {
			w.Copy.Kind = &c.Kind
		}
		for _, f := range c.Files {
			w.Copy.Files = append(w.Copy.Files, wireFile(f))
		}
		for _, d := range c.Deleted {
			w.Copy.Deleted = append(w.Copy.Deleted, wireRef{d.Author, d.Seq})
		}
	}
	return w
}

// parseMeta reads letter.json. ErrJSON, ErrVersion, ErrKind, ErrLimit, ErrJSON:
// version and kind are looked at before the fields, which depend on them.
func parseMeta(data []byte) (*Meta, error) {
	if len(data) > MaxCopyMeta {
		return nil, ErrLimit
	}
	o, err := strictjson.Parse(data)
	if err != nil {
		return nil, ErrJSON
	}
	if v, ok := o.Int("version"); !ok || v != version {
		return nil, ErrVersion
	}
	kind, ok := o.Text("kind")
	if !ok || !isKind(kind) {
		return nil, ErrKind
	}
	if m := (&Meta{Kind: kind}); len(data) > m.largest() {
		return nil, ErrLimit
	}
	var w wireMeta
	if err := o.Decode(&w); err != nil || !w.isSpare() {
		return nil, ErrJSON
	}
	m := w.meta()
	if !m.isValid() {
		return nil, ErrJSON
	}
	return m, nil
}

// isSpare reports whether nothing is there only to say that there is nothing.
func (w *wireMeta) isSpare() bool {
	return (w.Beyond == nil || len(w.Beyond) > 0) &&
		(w.Answers == nil || len(w.Answers) > 0) &&
		(w.Closed == nil || *w.Closed) &&
		(w.Copy == nil || w.Copy.Kind == nil || *w.Copy.Kind != "")
}

func (w *wireMeta) meta() *Meta {
	m := &Meta{
		Kind: w.Kind, Mailbox: w.Mailbox, Envelope: w.Envelope,
		Author: w.Author, Seq: w.Seq, Seen: make(map[[8]byte]int64, len(w.Seen)),
		Answers: w.Answers, Proof: (*[32]byte)(w.Proof), Signature: (*[64]byte)(w.Signature),
		Closed: w.Closed != nil,
	}
	for author, seq := range w.Seen {
		m.Seen[author] = seq
	}
	if w.Beyond != nil {
		m.Beyond = make(map[[8]byte][]int64, len(w.Beyond))
	}
	for author, seqs := range w.Beyond {
		m.Beyond[author] = seqs
	}
	if r := w.Reply; r != nil {
		m.Reply = &ReplyTo{r.Root, r.Key, r.Thread, r.Signature}
	}
	if c := w.Copy; c != nil {
		m.Copy = &Copy{Link: c.Link, Origin: c.Origin, Sent: (*[16]byte)(c.Sent)}
		if c.Kind != nil {
			m.Copy.Kind = *c.Kind
		}
		for _, f := range c.Files {
			m.Copy.Files = append(m.Copy.Files, FileInfo(f))
		}
		for _, d := range c.Deleted {
			m.Copy.Deleted = append(m.Copy.Deleted, Ref{d.Author, d.Seq})
		}
	}
	return m
}
