package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/badgerstore"
)

// box is all that a store's records say about one mailbox.
type box struct {
	mailbox drop.MailboxID
	carded  bool
	// facts are what a letter's record has in common with others: size, day, last day.
	facts []string
	// marks are the bytes that tell records apart: IDs, hashes, keys and checks, by
	// the field's name, in the order of the dump.
	marks map[string][][]byte
	// sealed is what waits, and the sealed card.
	sealed [][]byte
}

// boxes reads a store's records as somebody would who has taken it.
func boxes(t *testing.T, data string) []*box {
	t.Helper()
	store, err := badgerstore.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	all, byBody := map[string]*box{}, map[string]*box{}
	var rows []badgerstore.Record
	err = badgerstore.Dump(store, func(r badgerstore.Record) error {
		field := map[string]string{}
		for _, f := range r.Fields {
			field[f.Name] = f.Value
		}
		switch r.Kind {
		case "row":
			rows = append(rows, r)
			return nil
		case "envelope", "expiry", "card":
		case "mark", "invitation":
			return nil
		default:
			return fmt.Errorf("a record %q after a conversation", r.Kind)
		}
		b := all[field["mailbox"]]
		if b == nil {
			b = &box{marks: map[string][][]byte{}}
			hex.Decode(b.mailbox[:], []byte(field["mailbox"]))
			all[field["mailbox"]] = b
		}
		if r.Kind == "expiry" {
			return nil // says nothing that the envelope's own record does not
		}
		b.carded = b.carded || r.Kind == "card"
		byBody[field["body"]] = b
		for name, value := range field {
			raw, err := hex.DecodeString(value)
			switch {
			case name == "mailbox":
			case err == nil && len(raw) >= 8:
				b.marks[r.Kind+" "+name] = append(b.marks[r.Kind+" "+name], raw)
			default:
				b.facts = append(b.facts, r.Kind+" "+name+" "+value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		b := byBody[r.Fields[0].Value]
		b.sealed = append(b.sealed, r.Value)
	}
	var list []*box
	for _, name := range slices.Sorted(maps.Keys(all)) {
		slices.Sort(all[name].facts)
		list = append(list, all[name])
	}
	return list
}

// pair is a drop's mailbox and one for replies.
type pair struct{ drop, reply drop.MailboxID }

// shared pairs mailboxes that have eight bytes in common which no third one has:
// of IDs, hashes, keys and checks, of what is made of them by hashing, of each as
// text, and of the sealed letters' headers. By chance that happens once in
// thousands of runs.
func shared(list []*box) (pairs []pair) {
	const span = 8
	seen := map[string][]int{}
	note := func(i int, b []byte, span int) {
		for ; len(b) >= span; b = b[1:] {
			at := string(b[:span])
			if s := seen[at]; len(s) == 0 || s[len(s)-1] != i && len(s) < 3 {
				seen[at] = append(s, i)
			}
		}
	}
	for i, b := range list {
		for _, raw := range b.identifying() {
			sum := sha256.Sum256(raw)
			for _, raw := range [][]byte{raw, sum[:]} {
				note(i, raw, span)
				note(i, []byte(hex.EncodeToString(raw)), 2*span)
				note(i, []byte(base64.RawURLEncoding.EncodeToString(raw)), 3*span/2)
				note(i, []byte(lower32.EncodeToString(raw)), 7*span/4)
			}
		}
		for _, sealed := range b.sealed {
			// An age header's own words are the same everywhere: beside them, there
			// are eight bytes of what is not in each of these.
			head, rest, _ := bytes.Cut(sealed, []byte("\n--- "))
			note(i, head, 50)
			note(i, rest[:min(len(rest), 200)], span)
		}
	}
	found := map[pair]bool{}
	both := func(a, b *box) {
		if a.carded && !b.carded {
			found[pair{a.mailbox, b.mailbox}] = true
		} else if b.carded && !a.carded {
			found[pair{b.mailbox, a.mailbox}] = true
		}
	}
	for _, s := range seen {
		if len(s) == 2 {
			both(list[s[0]], list[s[1]])
		}
	}
	for _, a := range list {
		for _, b := range list {
			if a != b && a.names(b.mailbox) {
				both(a, b)
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}

// names tells whether what is sealed in a mailbox names another one outside of
// the encryption.
func (b *box) names(m drop.MailboxID) bool {
	for _, sealed := range b.sealed {
		for _, form := range []string{string(m[:]), m.String(), hex.EncodeToString(m[:]), base64.RawURLEncoding.EncodeToString(m[:])} {
			if bytes.Contains(sealed, []byte(form)) {
				return true
			}
		}
	}
	return false
}

var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (b *box) identifying() [][]byte {
	all := [][]byte{b.mailbox[:]}
	for _, raw := range b.marks {
		all = append(all, raw...)
	}
	return all
}

// ranked pairs the n-th drop with the n-th mailbox for replies, once for each way
// to put them in order: by any mark, the lowest, the highest or the first in the
// dump, upwards and downwards.
func ranked(list []*box) map[string][]pair {
	ways := map[string]func(b *box) []byte{"mailbox": func(b *box) []byte { return b.mailbox[:] }}
	for _, field := range []string{"envelope", "withdraw hash", "SHA-256", "body", "check"} {
		name := "envelope " + field
		ways["lowest "+field] = func(b *box) []byte { return slices.MinFunc(b.marks[name], bytes.Compare) }
		ways["highest "+field] = func(b *box) []byte { return slices.MaxFunc(b.marks[name], bytes.Compare) }
		ways["first "+field] = func(b *box) []byte { return b.marks[name][0] }
	}
	out := map[string][]pair{}
	for name, mark := range ways {
		var drops, replies []*box
		for _, b := range list {
			if b.carded {
				drops = append(drops, b)
			} else {
				replies = append(replies, b)
			}
		}
		order := func(a, b *box) int { return bytes.Compare(mark(a), mark(b)) }
		slices.SortFunc(drops, order)
		slices.SortFunc(replies, order)
		for i := range min(len(drops), len(replies)) {
			out[name] = append(out[name], pair{drops[i].mailbox, replies[i].mailbox})
			out[name+", backwards"] = append(out[name+", backwards"], pair{drops[len(drops)-1-i].mailbox, replies[i].mailbox})
		}
	}
	return out
}

// tooMany: of ten pairs guessed at random, eight or more are right once in a
// hundred thousand times.
const tooMany = 8

// paired holds everything that can be tried against what is true.
func paired(list []*box, truth map[pair]bool) (found []string) {
	for _, p := range shared(list) {
		found = append(found, fmt.Sprintf("%s and %s have bytes in common", p.drop, p.reply))
	}
	for way, guesses := range ranked(list) {
		right := 0
		for _, p := range guesses {
			if truth[p] {
				right++
			}
		}
		if right >= tooMany {
			found = append(found, fmt.Sprintf("%d of %d are paired by their %s", right, len(guesses), way))
		}
	}
	// What is left are facts: if all drops, and all mailboxes for replies, say the
	// same, then nothing can be told from them.
	facts := map[bool][]string{}
	for _, b := range list {
		if first, ok := facts[b.carded]; !ok {
			facts[b.carded] = b.facts
		} else if !slices.Equal(first, b.facts) {
			found = append(found, fmt.Sprintf("%s differs from others in sizes or days", b.mailbox))
		}
	}
	return found
}

// TestNothingStoredPairs holds ten conversations at once, each with a drop of its
// own and by the same script, and then takes the store: nothing that is in its
// records tells which mailbox for replies belongs to which drop. Excepted is what
// docs/privacy.md says: Badger's versions and places in its files tell in which
// order things came. What must not be stored is in no file at all.
func TestNothingStoredPairs(t *testing.T) {
	data := t.TempDir()
	p := start(t, "--data", data, "--listen", "127.0.0.1:0", "--open")
	var talks []*talk
	for range 10 {
		talks = append(talks, newTalk(t, p.at))
	}
	for _, part := range []func(*talk){(*talk).begin, (*talk).acknowledge, (*talk).goOn, (*talk).reply} {
		for _, i := range shuffled(len(talks)) {
			part(talks[i])
		}
	}
	if code := p.stop(os.Interrupt); code != 0 {
		t.Fatalf("stopped with %d", code)
	}
	list := boxes(t, data)
	truth := map[pair]bool{}
	for _, talk := range talks {
		truth[pair{talk.root.Mailbox(), talk.name.Keys().Mailbox()}] = true
		for _, b := range list {
			if b.mailbox == drop.MailboxID(talk.root.Mailbox()) && (!b.carded || len(b.sealed) != 3) ||
				b.mailbox == drop.MailboxID(talk.name.Keys().Mailbox()) && (b.carded || len(b.sealed) != 4) {
				t.Errorf("a mailbox holds %d sealed things, card %v", len(b.sealed), b.carded)
			}
		}
	}
	if len(list) != 20 {
		t.Fatalf("%d mailboxes, want 20: this test sees nothing", len(list))
	}
	for _, what := range paired(list, truth) {
		t.Error(what)
	}
	secrets, ids := map[string][]byte{}, 0
	for _, talk := range talks {
		for name, secret := range talk.secrets() {
			secrets[name+talk.code.String()] = secret
		}
	}
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for name, secret := range secrets {
			if bytes.Contains(b, secret) {
				t.Errorf("%s holds %.12s", filepath.Base(path), name)
			}
		}
		inLog := slices.Contains([]string{".mem", ".sst", ".vlog"}, filepath.Ext(path))
		for _, l := range list {
			for _, form := range [][]byte{l.mailbox[:], []byte(l.mailbox.String())} {
				if !bytes.Contains(b, form) {
					continue
				}
				if ids++; !inLog || len(form) != len(l.mailbox) {
					t.Errorf("%s names a mailbox", filepath.Base(path))
				}
			}
		}
		return err
	})
	if err != nil || ids < len(list) {
		t.Errorf("the files name mailboxes %d times, %v: this test sees nothing", ids, err)
	}
}

// TestPairingSees plants hints: each must be found.
func TestPairingSees(t *testing.T) {
	plain := func() (list []*box, truth map[pair]bool) {
		truth = map[pair]bool{}
		for range 10 {
			a, b := randomBox(true), randomBox(false)
			truth[pair{a.mailbox, b.mailbox}] = true
			list = append(list, a, b)
		}
		return list, truth
	}
	list, truth := plain()
	if found := paired(list, truth); len(found) > 0 {
		t.Errorf("without a hint: %q", found)
	}
	for name, plant := range map[string]func(a, b *box, i int){
		"the drop's ID in a check": func(a, b *box, _ int) { b.marks["envelope check"][0] = a.mailbox[:8] },
		"its hash as a body key":   func(a, b *box, _ int) { h := sha256.Sum256(a.mailbox[:]); b.marks["envelope body"][0] = h[:16] },
		"one withdraw hash twice": func(a, b *box, _ int) {
			copy(b.marks["envelope withdraw hash"][0][5:], a.marks["envelope withdraw hash"][0][5:20])
		},
		"its ID as text, sealed": func(a, b *box, _ int) { b.sealed[0] = append([]byte("-> x "), a.mailbox.String()...) },
		"IDs that count upwards": func(a, b *box, i int) {
			a.marks["envelope envelope"][0][0], b.marks["envelope envelope"][0][0] = byte(i), byte(i)
		},
		"body keys that count, backwards": func(a, b *box, i int) {
			a.marks["envelope body"][0][0], b.marks["envelope body"][0][0] = byte(i), byte(255-i)
		},
		"a size of its own": func(a, b *box, i int) { a.facts, b.facts = []string{fmt.Sprint(i)}, []string{fmt.Sprint(i)} },
	} {
		list, truth := plain()
		for i := range 10 {
			plant(list[2*i], list[2*i+1], i)
		}
		sort.Slice(list, func(i, j int) bool { return strings.Compare(list[i].mailbox.String(), list[j].mailbox.String()) < 0 })
		if len(paired(list, truth)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

func randomBox(carded bool) *box {
	b := &box{mailbox: drop.MailboxID(drop.NewEnvelopeID()), carded: carded, marks: map[string][][]byte{}, sealed: [][]byte{random(100)}}
	for name, n := range map[string]int{"envelope": 16, "withdraw hash": 32, "SHA-256": 32, "body": 16, "check": 8} {
		b.marks["envelope "+name] = [][]byte{random(n)}
	}
	return b
}
