package letter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/internal/b64"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/link"
)

var (
	testCode = link.Code{Secret: link.Secret{1}, Mailbox: [16]byte{2}}.String()
	testKey  = envelope.SealingSeed{7}.Recipient()
	other    = [8]byte{8, 9}
)

// samples returns a letter of every sort with all that it may have.
func samples() map[string]*Meta {
	root, thread := keys.RootFromSeed([32]byte{3}), [32]byte{4}
	seen, beyond := map[[8]byte]int64{other: 2}, map[[8]byte][]int64{other: {4, 6}, {0xff}: {2}}
	proof, signature := Proof(thread, meta.Mailbox, meta.Envelope), SignReply(root, meta.Mailbox, meta.Envelope)
	answers := map[string]string{"q1": "yes\n<b>", "2": "5"}
	with := func(change func(*Meta)) *Meta {
		m := meta
		m.Seen, m.Beyond = seen, beyond
		change(&m)
		return &m
	}
	return map[string]*Meta{
		"first": with(func(m *Meta) {
			m.Answers, m.Reply = answers, NewReplyTo(root, testKey, thread, m.Mailbox, m.Envelope)
		}),
		"next":    with(func(m *Meta) { m.Kind, m.Seq, m.Answers, m.Proof = KindNext, 2, answers, &proof }),
		"closing": with(func(m *Meta) { m.Kind, m.Seq, m.Proof, m.Closed = KindNext, 3, &proof, true }),
		"reply":   with(func(m *Meta) { m.Kind, m.Proof, m.Signature = KindReply, &proof, &signature }),
		"receipt": with(func(m *Meta) { m.Kind, m.Seq, m.Proof, m.Signature = KindReceipt, 0, &proof, &signature }),
		"closed": with(func(m *Meta) {
			m.Kind, m.Seq, m.Proof, m.Signature, m.Closed = KindReceipt, 4, &proof, &signature, true
		}),
		"copy": with(func(m *Meta) {
			m.Kind, m.Seq, m.Answers, m.Proof = KindCopy, 2, answers, &proof
			m.Copy = &Copy{Link: testCode, Origin: "https://drop.example", Sent: &[16]byte{5}, Kind: KindNext,
				Files: []FileInfo{{"a.pdf", 12}, {"b", 0}}, Deleted: []Ref{{other, 1}}}
		}),
		"note": with(func(m *Meta) {
			m.Kind, m.Seq, m.Proof = KindCopy, 0, &proof
			m.Copy = &Copy{Link: testCode, Origin: "http://abc.onion", Deleted: []Ref{{other, 1}, {other, 3}}}
		}),
	}
}

func encoded(t testing.TB, m *Meta) string {
	t.Helper()
	data, err := m.encode()
	if err != nil {
		t.Fatalf("couldn't encode a %s: %v", m.Kind, err)
	}
	return string(data)
}

// The order of keys and what stands in them, for each sort of letter. What is
// cryptographic is tested where it is made.
func TestMetaForm(t *testing.T) {
	const (
		place  = `"mailbox":"_wECAAAAAAAAAAAAAAAAAA","envelope":"_gMEAAAAAAAAAAAAAAAAAA","author":"BQYAAAAAAAA"`
		seen   = `"seen":{"CAkAAAAAAAA":2},"beyond":{"CAkAAAAAAAA":[4,6],"_wAAAAAAAAA":[2]}`
		answer = `"answers":{"2":"5","q1":"yes\n<b>"}`
		key    = `"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`
	)
	all := samples()
	quote := func(v any) string {
		data, err := json.Marshal(v)
		must(t, err)
		return string(data)
	}
	proof := `"proof":` + quote(b64.B32(*all["next"].Proof))
	signature := `"signature":` + quote(b64.B64(*all["reply"].Signature))
	reply := `"reply":{"root":` + quote(b64.B32(all["first"].Reply.Root)) + `,"key":"` + testKey + `","thread":` + key +
		`,"signature":` + quote(b64.B64(all["first"].Reply.Signature)) + `}`
	for name, want := range map[string]string{
		"first":   `{"version":1,"kind":"first",` + place + `,"seq":1,` + seen + `,` + answer + `,` + reply + `}`,
		"next":    `{"version":1,"kind":"next",` + place + `,"seq":2,` + seen + `,` + answer + `,` + proof + `}`,
		"closing": `{"version":1,"kind":"next",` + place + `,"seq":3,` + seen + `,` + proof + `,"closed":true}`,
		"reply":   `{"version":1,"kind":"reply",` + place + `,"seq":1,` + seen + `,` + proof + `,` + signature + `}`,
		"receipt": `{"version":1,"kind":"receipt",` + place + `,"seq":0,` + seen + `,` + proof + `,` + signature + `}`,
		"closed":  `{"version":1,"kind":"receipt",` + place + `,"seq":4,` + seen + `,` + proof + `,` + signature + `,"closed":true}`,
		"copy": `{"version":1,"kind":"copy",` + place + `,"seq":2,` + seen + `,` + answer + `,` + proof + `,"copy":{"link":"` + testCode +
			`","origin":"https://drop.example","sent":"BQAAAAAAAAAAAAAAAAAAAA","kind":"next","files":[{"name":"a.pdf","size":12},{"name":"b","size":0}],` +
			`"deleted":[{"author":"CAkAAAAAAAA","seq":1}]}}`,
		"note": `{"version":1,"kind":"copy",` + place + `,"seq":0,` + seen + `,` + proof + `,"copy":{"link":"` + testCode +
			`","origin":"http://abc.onion","files":[],"deleted":[{"author":"CAkAAAAAAAA","seq":1},{"author":"CAkAAAAAAAA","seq":3}]}}`,
	} {
		if got := encoded(t, all[name]); got != want {
			t.Errorf("%s is\n%s, want\n%s", name, got, want)
		}
		m, err := parseMeta([]byte(want))
		if err != nil || !reflect.DeepEqual(m, all[name]) {
			t.Errorf("%s reads as %+v: %v", name, m, err)
		}
	}
}

// A letter of every sort with each of the optional keys in turn: which may have
// it, which must, and which must not.
func TestMetaKeys(t *testing.T) {
	const may, needs, no = "may", "must", "no"
	rules := map[string]map[string]string{
		"beyond":    {"first": may, "next": may, "closing": may, "reply": may, "receipt": may, "closed": may, "copy": may, "note": may},
		"answers":   {"first": may, "next": may, "closing": may, "reply": no, "receipt": no, "closed": no, "copy": may, "note": may},
		"reply":     {"first": may, "next": no, "closing": no, "reply": no, "receipt": no, "closed": no, "copy": no, "note": no},
		"proof":     {"first": no, "next": needs, "closing": needs, "reply": needs, "receipt": needs, "closed": needs, "copy": needs, "note": needs},
		"signature": {"first": no, "next": no, "closing": no, "reply": needs, "receipt": needs, "closed": needs, "copy": no, "note": no},
		"copy":      {"first": no, "next": no, "closing": no, "reply": no, "receipt": no, "closed": no, "copy": needs, "note": needs},
		"closed":    {"first": no, "next": may, "closing": may, "reply": no, "receipt": may, "closed": may, "copy": no, "note": no},
	}
	for _, key := range []string{"version", "kind", "mailbox", "envelope", "author", "seq", "seen"} {
		rules[key] = map[string]string{}
		for name := range samples() {
			rules[key][name] = needs
		}
	}
	// What each key has in a letter that has it.
	values := map[string]json.RawMessage{"closed": json.RawMessage("true")}
	for _, m := range samples() {
		for key, value := range members(t, encoded(t, m)) {
			values[key] = value
		}
	}
	for name, m := range samples() {
		for key, kinds := range rules {
			rule := kinds[name]
			with := members(t, encoded(t, m))
			if _, ok := with[key]; !ok {
				with[key] = values[key]
			}
			without := members(t, encoded(t, m))
			delete(without, key)
			for present, o := range map[bool]map[string]json.RawMessage{true: with, false: without} {
				data, err := json.Marshal(o)
				if err != nil {
					t.Fatal(err)
				}
				var want error
				switch {
				case key == "version" && !present:
					want = ErrVersion
				case key == "kind" && !present:
					want = ErrKind
				case present && rule == no, !present && rule == needs:
					want = ErrJSON
				}
				if _, err := parseMeta(data); !errors.Is(err, want) {
					t.Errorf("%s, %s present: %v: %v, want %v", name, key, present, err, want)
				}
			}
		}
	}
}

func members(t testing.TB, text string) map[string]json.RawMessage {
	t.Helper()
	var o map[string]json.RawMessage
	must(t, json.Unmarshal([]byte(text), &o))
	return o
}

// edit changes a letter.json in one place.
func edit(t testing.TB, text, old, new string) []byte {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q stands %d times in %s", old, strings.Count(text, old), text)
	}
	return []byte(strings.Replace(text, old, new, 1))
}

// A writer refuses what a reader would.
func TestEncodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		letter string
		change func(*Meta)
		want   error
	}{
		"a kind":                 {"first", func(m *Meta) { m.Kind = "" }, ErrKind},
		"no proof":               {"next", func(m *Meta) { m.Proof = nil }, ErrJSON},
		"a proof":                {"first", func(m *Meta) { m.Proof = &[32]byte{} }, ErrJSON},
		"no signature":           {"reply", func(m *Meta) { m.Signature = nil }, ErrJSON},
		"no copy":                {"copy", func(m *Meta) { m.Copy = nil }, ErrJSON},
		"a reply in a next":      {"next", func(m *Meta) { m.Reply = samples()["first"].Reply }, ErrJSON},
		"closed":                 {"reply", func(m *Meta) { m.Closed = true }, ErrJSON},
		"an answer not in UTF-8": {"first", func(m *Meta) { m.Answers = map[string]string{"a": "caf\xe9"} }, ErrJSON},
		"an ID not in UTF-8":     {"first", func(m *Meta) { m.Answers = map[string]string{"\xe9": "a"} }, ErrJSON},
		"an empty list":          {"first", func(m *Meta) { m.Beyond = map[[8]byte][]int64{other: {}} }, ErrJSON},
		"a name":                 {"copy", func(m *Meta) { m.Copy.Files[0].Name = "a/b" }, ErrJSON},
		"long answers": {"first", func(m *Meta) {
			m.Answers = map[string]string{}
			for i := range 7 {
				m.Answers[fmt.Sprint(i)] = strings.Repeat("x", maxAnswer)
			}
		}, ErrLimit},
	} {
		m := samples()[c.letter]
		c.change(m)
		if _, err := m.encode(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if size := Size(*m, "", nil); size != -1 {
			t.Errorf("%s: has a size of %d", name, size)
		}
	}
	empty := samples()["reply"]
	empty.Beyond, empty.Answers = map[[8]byte][]int64{}, map[string]string{}
	if got := encoded(t, empty); strings.Contains(got, "beyond") || strings.Contains(got, "answers") {
		t.Errorf("what is empty is there: %s", got)
	}
}

// Every letter that can be sent has a copy that can be written, with all the
// names and deletions that there can be: without its copy, nobody can ever find
// the thread again.
func TestCopyHasRoom(t *testing.T) {
	m := samples()["copy"]
	m.Seq = 1<<53 - 1
	m.Answers = map[string]string{}
	for i := range 6 {
		m.Answers[fmt.Sprint(i)] = strings.Repeat("x", maxAnswer)
	}
	sentAs := *m
	sentAs.Kind, sentAs.Copy = KindNext, nil
	if _, err := sentAs.encode(); err != nil {
		t.Fatalf("the letter itself: %v", err)
	}
	m.Copy.Files, m.Copy.Deleted = nil, nil
	for i := range MaxFiles {
		m.Copy.Files = append(m.Copy.Files, FileInfo{fmt.Sprintf("%0200d", i), 1<<53 - 1})
		m.Copy.Deleted = append(m.Copy.Deleted, Ref{[8]byte{0xff}, 1<<53 - 1})
	}
	data := write(t, *m, strings.Repeat("x", MaxMessage)) // compares with Size
	got, err := readAll(bytes.NewReader(data))
	if err != nil || !reflect.DeepEqual(got.meta, m) {
		t.Errorf("the largest copy: %v", err)
	}
}

// Of letter.json as large as a copy's may be, other kinds are refused.
func TestMetaSize(t *testing.T) {
	for name, m := range samples() {
		limit := MaxMeta
		if m.Kind == KindCopy {
			limit = MaxCopyMeta
		}
		text := encoded(t, m)
		for size, want := range map[int]error{limit: nil, limit + 1: ErrLimit, MaxCopyMeta + 1: ErrLimit} {
			data := join(regular("letter.json", text+strings.Repeat(" ", size-len(text))), regular("message.txt", ""))
			if _, err := readAll(bytes.NewReader(data)); !errors.Is(err, want) {
				t.Errorf("%s with %d bytes: %v, want %v", name, size, err, want)
			}
		}
	}
}

// Which letters have text and files, as readers, writers and [Size] see it.
func TestContent(t *testing.T) {
	texts := map[string]bool{"first": true, "next": true, "reply": true, "copy": true}
	files := map[string]bool{"first": true, "next": true, "reply": true}
	for name, m := range samples() {
		part := regular("letter.json", encoded(t, m))
		for what, c := range map[string]struct {
			message string
			files   []file
			ok      bool
		}{
			"nothing":  {"", nil, true},
			"a text":   {"hello", nil, texts[name]},
			"a file":   {"", []file{{"a", "x"}}, files[name]},
			"an empty": {"", []file{{"a", ""}}, files[name]},
		} {
			parts := [][]byte{part, regular("message.txt", c.message)}
			w := NewWriter(&bytes.Buffer{})
			must(t, w.Meta(*m))
			err := w.Message(c.message)
			infos := []FileInfo{}
			for _, f := range c.files {
				parts = append(parts, regular("files/"+f.name, f.data))
				infos = append(infos, FileInfo{f.name, int64(len(f.data))})
				err = errors.Join(err, w.File(f.name, int64(len(f.data)), strings.NewReader(f.data)))
			}
			var want error
			if !c.ok {
				want = ErrLimit
			}
			if !errors.Is(err, want) {
				t.Errorf("%s is written with %s: %v", name, what, err)
			}
			if size := Size(*m, c.message, infos); (size == -1) == c.ok {
				t.Errorf("%s with %s has %d bytes", name, what, size)
			}
			got, err := readAll(bytes.NewReader(join(parts...)))
			if !errors.Is(err, want) {
				t.Errorf("%s is read with %s: %v", name, what, err)
			}
			if err == nil && !bytes.Equal(write(t, *got.meta, got.message, got.files...), join(parts...)) {
				t.Errorf("%s with %s is written otherwise", name, what)
			}
		}
	}
}

func FuzzMeta(f *testing.F) {
	f.Add([]byte(goodJSON))
	f.Add([]byte(strings.Replace(goodJSON, "{}", `{"AAAAAAAAAAA":0,"BQYAAAAAAAA":7}`, 1)))
	f.Add([]byte(strings.Replace(goodJSON, "first", "reply", 1)))
	for _, m := range samples() {
		f.Add([]byte(encoded(f, m)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMeta(data)
		if err != nil {
			return
		}
		written, err := m.encode()
		if errors.Is(err, ErrLimit) && len(data) > MaxMeta/6 {
			return // one spelling of a control character takes more room than another
		}
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseMeta(written); err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("%s is written as %s", data, written)
		}
	})
}
