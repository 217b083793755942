package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/letter"
)

// makeJournal returns a journal of n frames, frame i holding the record "read i",
// and the offsets at which frames begin, the end included.
func makeJournal(t testing.TB, key vaultKey, n int) (data []byte, offsets []int) {
	t.Helper()
	var buf bytes.Buffer
	check(t, writeJournal(&buf, key, func(yield func([]byte) bool) {
		for i := range n {
			offsets = append(offsets, buf.Len())
			if !yield(encodeRead(i)) {
				return
			}
		}
	}))
	return buf.Bytes(), append(offsets, buf.Len())
}

// scan returns which frames were read. Scanning decrypts in place: data is left
// as it is.
func scan(key vaultKey, data []byte, salvage bool) (read []int, found scanned, err error) {
	_, found, err = scanJournal(key, bytes.Clone(data), salvage, func(records []byte) error {
		for i := range 256 {
			if bytes.Equal(records, encodeRead(i)) {
				read = append(read, i)
				return nil
			}
		}
		return errors.New("not what was written")
	})
	return read, found, err
}

func upTo(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestTornEnd(t *testing.T) {
	key := newVaultKey()
	data, offsets := makeJournal(t, key, 4)
	for end := offsets[3]; end <= len(data); end++ {
		want, torn := 3, end != offsets[3]
		if end == len(data) {
			want, torn = 4, false
		}
		read, found, err := scan(key, data[:end], false)
		if err != nil || !slices.Equal(read, upTo(want)) || found.torn != torn {
			t.Fatalf("cut to %d of %d bytes: read %v, torn %v, %v", end, len(data), read, found.torn, err)
		}
	}
	// Room that was made for a frame and never written.
	for _, zeros := range []int{1, 7, 8, 9, 100, 5000} {
		read, found, err := scan(key, append(bytes.Clone(data), make([]byte, zeros)...), false)
		if err != nil || !slices.Equal(read, upTo(4)) || !found.torn {
			t.Errorf("%d zeros behind: read %v, torn %v, %v", zeros, read, found.torn, err)
		}
	}
	half := bytes.Clone(data)
	clear(half[len(half)-20:])
	if read, found, err := scan(key, half, false); err != nil || !slices.Equal(read, upTo(3)) || !found.torn {
		t.Errorf("half written: read %v, torn %v, %v", read, found.torn, err)
	}
}

func TestEveryFlippedBit(t *testing.T) {
	key := newVaultKey()
	data, offsets := makeJournal(t, key, 4)
	for i := range data {
		flipped := bytes.Clone(data)
		flipped[i] ^= 1 << (i % 8)
		read, _, err := scan(key, flipped, false)
		if !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d flipped: read %v, error %v", i, read, err)
		}
		if i < offsets[0] {
			continue
		}
		// What isn't damaged is salvaged, except behind a damaged length.
		hit := slices.IndexFunc(offsets, func(o int) bool { return o > i }) - 1
		read, found, err := scan(key, flipped, true)
		want := slices.Delete(upTo(4), hit, hit+1)
		switch at := i - offsets[hit]; {
		case at < frameHeader:
			want = upTo(hit)
		case i >= offsets[hit+1]-tagSize && hit < 3:
			// The next frame is bound to the tag that is damaged.
			want = slices.Delete(want, hit, hit+1)
		}
		if err != nil || !slices.Equal(read, want) || found.damaged == 0 {
			t.Fatalf("byte %d flipped: salvaged %v, want %v; %+v, %v", i, read, want, found, err)
		}
	}
}

// TestSplicedFrames: who can write to the disk cannot make a history that never
// was.
func TestSplicedFrames(t *testing.T) {
	key := newVaultKey()
	data, offsets := makeJournal(t, key, 4)
	other, _ := makeJournal(t, key, 4)
	frame := func(data []byte, i int) []byte { return data[offsets[i]:offsets[i+1]] }
	header := data[:offsets[0]]
	// Two continuations of one beginning, as a copy of the folder can hold them.
	continued := func(record []byte) []byte {
		j, _, err := scanJournal(key, bytes.Clone(data[:offsets[2]]), false, func([]byte) error { return nil })
		check(t, err)
		first, second := j.frame(record), j.frame(encodeRead(3))
		return slices.Concat(data[:offsets[2]], first, second)
	}
	a, b := continued(encodeRead(2)), continued(encodeRead(2))
	for name, spliced := range map[string][]byte{
		"swapped":                  slices.Concat(header, frame(data, 0), frame(data, 2), frame(data, 1), frame(data, 3)),
		"repeated":                 slices.Concat(header, frame(data, 0), frame(data, 0), frame(data, 1), frame(data, 2)),
		"left out":                 slices.Concat(header, frame(data, 0), frame(data, 2), frame(data, 3)),
		"first left out":           slices.Concat(header, frame(data, 1), frame(data, 2), frame(data, 3)),
		"of another generation":    slices.Concat(header, frame(data, 0), frame(other, 1), frame(data, 2), frame(data, 3)),
		"of another continuation":  slices.Concat(a[:offsets[3]], b[offsets[3]:]),
		"generation exchanged":     slices.Concat(other[:offsets[0]], data[offsets[0]:]),
		"not a journal":            []byte("transom journal 2\n0123456789abcdef"),
		"empty":                    {},
		"something behind the end": append(bytes.Clone(data), "0123456789"...),
	} {
		if read, _, err := scan(key, spliced, false); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: read %v, error %v", name, read, err)
		}
	}
	if read, _, err := scan(key, a, false); err != nil || !slices.Equal(read, upTo(4)) {
		t.Errorf("the untouched continuation: read %v, %v", read, err)
	}
	if _, _, err := scan(newVaultKey(), data, false); !errors.Is(err, ErrDamaged) {
		t.Errorf("another key: %v", err)
	}
}

// TestTornVaultGoesOn writes on after a crash has torn the journal's end.
func TestTornVaultGoesOn(t *testing.T) {
	dir, v := newVault(t)
	check(t, v.PutDrop(newDrop("one")))
	end := v.log.end
	check(t, v.PutDrop(newDrop("two")))
	check(t, v.Close())
	path := filepath.Join(dir, "journal")
	check(t, os.Truncate(path, end+20))

	read, err := Open(dir, passphrase, Options{ReadOnly: true})
	check(t, err)
	if info, _ := os.Stat(path); info.Size() != end+20 || len(read.Drops()) != 1 {
		t.Error("a reader changed the journal, or read what was torn")
	}
	v = open(t, dir)
	check(t, v.PutDrop(newDrop("three")))
	v = reopen(t, v)
	if names := dropNames(v); !slices.Equal(names, []string{"one", "three"}) {
		t.Errorf("drops are %v", names)
	}
}

func dropNames(v *Vault) (names []string) {
	for _, d := range v.Drops() {
		names = append(names, d.Name)
	}
	return names
}

func TestSalvage(t *testing.T) {
	dir, v := newVault(t)
	var ends []int64
	for i := range 3 {
		check(t, v.PutDrop(newDrop(fmt.Sprint(i))))
		ends = append(ends, v.log.end)
	}
	check(t, v.Close())
	path := filepath.Join(dir, "journal")
	data, err := os.ReadFile(path)
	check(t, err)
	data[ends[0]+60] ^= 1
	check(t, os.WriteFile(path, data, 0o600))
	_, err = Open(dir, passphrase, Options{})
	mustBe(t, err, ErrDamaged)
	v, err = Open(dir, passphrase, Options{Salvage: true})
	check(t, err)
	if names := dropNames(v); !slices.Equal(names, []string{"0", "2"}) || v.Skipped() != 1 {
		t.Errorf("salvaged %v, skipped %d", names, v.Skipped())
	}
	mustBe(t, v.PutDrop(newDrop("x")), ErrReadOnly)
}

// TestWriteFailure: after a failed write nothing more is promised.
func TestWriteFailure(t *testing.T) {
	_, v := newVault(t)
	check(t, v.PutDrop(newDrop("one")))
	file := v.log.file
	readOnly, err := os.Open(file.Name())
	check(t, err)
	v.log.file = readOnly
	if err := v.PutDrop(newDrop("two")); err == nil {
		t.Fatal("a write that failed was acknowledged")
	}
	v.log.file = file
	if err := v.PutDrop(newDrop("three")); err == nil {
		t.Fatal("a write behind a gap was acknowledged")
	}
	if err := v.Delete(); err == nil {
		t.Fatal("the journal was replaced from a state that isn't sure")
	}
	v = reopen(t, v)
	if names := dropNames(v); !slices.Equal(names, []string{"one"}) {
		t.Errorf("drops are %v", names)
	}
}

func FuzzJournal(f *testing.F) {
	var key vaultKey
	var buf bytes.Buffer
	check(f, writeJournal(&buf, key, everyRecord().frames))
	f.Add(buf.Bytes())
	f.Add(buf.Bytes()[:journalStart])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, salvage := range []bool{false, true} {
			var got state
			j, _, err := scanJournal(key, bytes.Clone(data), salvage, got.apply)
			if err == nil && j.end > int64(len(data)) {
				t.Fatalf("the journal ends at %d of %d bytes", j.end, len(data))
			}
		}
	})
}

// everyRecord is a state with every kind of record, and all that can be in one.
func everyRecord() *state {
	proof := [32]byte{7}
	return &state{next: 9, drops: []Drop{newDrop("x")}, erased: []erased{{epoch: 1}},
		letters: []Letter{
			{Number: 1, Files: []File{{"a", 1}}, FileKey: make([]byte, 16), Kind: letter.KindFirst, Seq: 1, Thread: 1, Answers: 3, Starred: true, Labels: []string{"a", "b"}, Note: "c"},
			{Number: 2, Refused: "damaged"},
			{Number: 3, Kind: letter.KindNext, Author: [8]byte{1}, Seq: 5, Orphan: true, Closed: true, proof: &proof},
			{Number: 4, Kind: letter.KindReply, Seq: 2, Sent: true, Read: true, Thread: 1, saw: Seen{3, []int64{5, 9}}},
		},
		threads: []Thread{
			{Number: 1, Seq: 2, Received: Seen{3, []int64{5, 9}}, SenderSaw: Seen{UpTo: 1}, Owed: true},
			{Number: 8, SenderClosed: true, Blocked: true, Discarded: Seen{0, []int64{2}}, key: "age1pq1"},
		},
		queue: []queued{
			{Queued: Queued{ID: 3, Letter: 4, Thread: 1, Kind: letter.KindReply, NotBefore: time.Unix(1, 0), Size: 7}, hash: [32]byte{1}},
			{Queued: Queued{ID: 5, Thread: 8, Kind: letter.KindReceipt, NotBefore: time.Unix(2, 0)}, withdraw: [32]byte{2}},
		},
	}
}

// FuzzRecords feeds records as if they had authenticated: what is read must be
// written as it was.
func FuzzRecords(f *testing.F) {
	for record := range everyRecord().records {
		f.Add(record)
	}
	everyRecord().frames(func(records []byte) bool { f.Add(records); return true })
	f.Add(encodeRead(7))
	f.Add(encodeSent(3))
	f.Fuzz(func(t *testing.T, records []byte) {
		var got, again state
		if got.apply(records) != nil {
			return
		}
		got.frames(func(records []byte) bool { check(t, again.apply(records)); return true })
		if written, want := slices.Collect(again.records), slices.Collect(got.records); !reflect.DeepEqual(written, want) || again.next != got.next {
			t.Fatalf("written again it is\n%q, was\n%q", written, want)
		}
	})
}
