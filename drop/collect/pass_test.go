package collect

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

func TestCollect(t *testing.T) {
	k := newDesk(t)
	id, sealed := k.send("Hello,\n\n  world", map[string]string{"../a b.pdf": "%PDF", "empty": ""})
	var kept []vault.Letter
	p := &Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop(), Kept: func(l vault.Letter) {
		kept = append(kept, l)
		if k.left() != 1 {
			t.Error("it was erased from the server before the vault had it")
		}
	}}
	result, err := p.Run(ctx)
	if err != nil || result != (Result{Collected: 1}) || k.left() != 0 {
		t.Fatalf("%+v, %v, %d left", result, err, k.left())
	}
	l := kept[0]
	if l.Number != 1 || l.Envelope != id || l.UntrustedPreview != "Hello, world" || l.Bare || l.Epoch != 1 || len(l.Files) != 2 || l.Size != int64(len(sealed)) {
		t.Errorf("kept %+v", l)
	}
	f, err := k.vault.OpenEnvelope(1)
	check(t, err)
	defer f.Close()
	if got, _ := io.ReadAll(f); !bytes.Equal(got, sealed) {
		t.Error("the envelope isn't kept as it came")
	}
	if result, err := k.collect(); err != nil || result != (Result{}) {
		t.Errorf("a second pass: %+v, %v", result, err)
	}
}

// TestAgain: what was collected, deleted ones too, is never collected again.
func TestAgain(t *testing.T) {
	k := newDesk(t)
	id, sealed := k.send("once", nil)
	bare := k.seal(tarOf(t, tar.Header{Name: "note.txt"}))
	bareID := k.put(bare)
	_, err := k.collect()
	check(t, err)
	for _, deleted := range []bool{false, true} {
		if deleted {
			check(t, k.vault.Delete(1, 2))
			k.reopen()
		}
		check(t, k.server.TestOnlyPut(k.drop().Mailbox(), id, sealed))
		check(t, k.server.TestOnlyPut(k.drop().Mailbox(), bareID, bare))
		result, err := k.collect()
		if err != nil || result != (Result{Again: 2}) || k.left() != 0 {
			t.Errorf("deleted is %v: %+v, %v, %d left", deleted, result, err, k.left())
		}
	}
	// Under other IDs both are copies.
	k.put(sealed)
	k.put(bare)
	result, err := k.collect()
	if err != nil || result != (Result{Refused: 2}) {
		t.Errorf("copies: %+v, %v", result, err)
	}
	if _, refused := k.messages(); !slices.Equal(refused, []string{"replayed", "replayed"}) {
		t.Errorf("copies are refused as %v", refused)
	}
}

func TestRefusals(t *testing.T) {
	k, other := newDesk(t), newDesk(t)
	otherID, elsewhere := other.send("for somebody else", nil)
	_ = otherID
	good := tarOf(t, tar.Header{Name: "message.txt"}, tar.Header{Name: "a/b.txt"})
	whole := k.seal(good)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-100] ^= 1
	canonical := func() []byte {
		// A letter for this drop, opened, with one byte of a header changed.
		id, sealed := k.send("x", nil)
		check(t, k.owner().Erase(ctx, id))
		opened, err := envelope.Open(bytes.NewReader(sealed), k.drop().Identities()...)
		check(t, err)
		content, err := io.ReadAll(opened)
		check(t, err)
		return content
	}
	withUser := canonical()
	copy(withUser[265:], "alice") // the owner's name in the tar header
	for want, sealed := range map[string][]byte{
		"identity":  sealTo(t, envelope.NewSealingSeed(), make([]byte, 32<<10)),
		"damaged":   flipped,
		"elsewhere": k.sealRaw(openWith(t, other, elsewhere)),
		"tar":       k.seal([]byte(strings.Repeat("no tar ", 100))),
		"type":      k.seal(tarOf(t, tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})),
		"name":      k.seal(tarOf(t, tar.Header{Name: "../../.bashrc"})),
		"duplicate": k.seal(tarOf(t, tar.Header{Name: "a"}, tar.Header{Name: "./a"})),
		"order":     k.seal(tarOf(t, tar.Header{Name: "a"}, tar.Header{Name: "letter.json"})),
		"canonical": k.sealRaw(withChecksum(withUser)),
		"trailing":  k.seal(slices.Concat(good, tarOf(t, tar.Header{Name: "second"}))),
		"padding":   k.sealRaw(append(canonical(), make([]byte, 2048)...)),
	} {
		t.Run(want, func(t *testing.T) {
			k.t = t
			before := len(k.vault.Letters())
			id := k.put(sealed)
			sent, _ := k.send("the letter beside "+want, nil)
			result, err := k.collect()
			if err != nil || result != (Result{Collected: 1, Refused: 1}) || k.left() != 0 {
				t.Fatalf("%+v, %v, %d left", result, err, k.left())
			}
			for _, l := range k.vault.Letters()[before:] {
				if l.Envelope == sent {
					continue
				}
				if l.Envelope != id || l.Refused != want || l.FileKey != nil || len(l.Files) > 0 || l.UntrustedPreview != "" {
					t.Errorf("refused as %+v", l)
				}
				f, err := k.vault.OpenEnvelope(l.Number)
				check(t, err)
				got, _ := io.ReadAll(f)
				f.Close()
				if !bytes.Equal(got, sealed) {
					t.Error("its envelope isn't kept as it came")
				}
				if words := Words(want); words == "" || strings.Contains(words, "refused (") {
					t.Errorf("it has no words: %q", words)
				}
			}
		})
	}
}

// TestNoEnvelope: bytes that no honest server can have taken from a sender are
// not the letter. It stays on the server, is tried again, and is collected once
// the server has come to its senses.
func TestNoEnvelope(t *testing.T) {
	k := newDesk(t)
	passphraseFile := func() []byte {
		r, err := age.NewScryptRecipient("x")
		check(t, err)
		r.SetWorkFactor(2)
		var buf bytes.Buffer
		w, err := age.Encrypt(&buf, r)
		check(t, err)
		check(t, w.Close())
		return buf.Bytes()
	}()
	id, sealed := k.send("the letter", nil)
	zeros := append(bytes.Clone(sealed[:40]), make([]byte, len(sealed)-40)...)
	for name, swapped := range map[string][]byte{
		"not an age file": bytes.Repeat([]byte("?"), len(sealed)), "a passphrase": append(passphraseFile, make([]byte, len(sealed)-len(passphraseFile))...),
		"a torn header": zeros, "nothing": make([]byte, len(sealed)),
	} {
		k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes/", Do: droptest.SwapBytes(swapped)})
		var left []error
		result, err := (&Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop(), Left: func(_ client.Waiting, err error) { left = append(left, err) }}).Run(ctx)
		if err != nil || result != (Result{Left: 1}) || k.left() != 1 || len(left) != 1 || !errors.Is(left[0], errNotEnvelope) {
			t.Fatalf("%s: %+v, %v, %v; %d left", name, result, err, left, k.left())
		}
		k.server.TestOnlyHeal()
	}
	// Sizes that no padded letter has are garbage for good, and hold nothing up.
	k.put(k.sealRaw(make([]byte, 33_000)))
	result, err := k.collect()
	if err != nil || result != (Result{Collected: 1, Left: 1}) {
		t.Fatalf("%+v, %v", result, err)
	}
	if l, err := k.vault.Letter(1); err != nil || l.Envelope != id || l.Refused != "" {
		t.Errorf("kept %+v, %v", l, err)
	}
}

func sealTo(t *testing.T, seed envelope.SealingSeed, content []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := envelope.Seal(&buf, []string{seed.Recipient()})
	check(t, err)
	_, err = w.Write(content)
	check(t, err)
	check(t, w.Close())
	return buf.Bytes()
}

func openWith(t *testing.T, k *desk, sealed []byte) []byte {
	t.Helper()
	opened, err := envelope.Open(bytes.NewReader(sealed), k.drop().Identities()...)
	check(t, err)
	content, err := io.ReadAll(opened)
	check(t, err)
	return content
}

// withChecksum makes a tar header valid again after a change.
func withChecksum(header []byte) []byte {
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header[:512] {
		sum += int(b)
	}
	digits := []byte("000000\x00 ")
	for i := 5; i >= 0; i-- {
		digits[i] = byte('0' + sum%8)
		sum /= 8
	}
	copy(header[148:], digits)
	return header
}

func TestBare(t *testing.T) {
	k := newDesk(t)
	k.put(k.seal(tarOf(t, tar.Header{Name: "./", Typeflag: tar.TypeDir}, tar.Header{Name: "./notes/a.txt"}, tar.Header{Name: "./message.txt"})))
	_, err := k.collect()
	check(t, err)
	l, err := k.vault.Letter(1)
	check(t, err)
	if !l.Bare || l.UntrustedPreview != "content" || len(l.Files) != 1 || l.Files[0].Name != "notes_a.txt" {
		t.Errorf("kept %+v", l)
	}
}

func TestTooLarge(t *testing.T) {
	k := newDesk(t)
	k.put(make([]byte, drop.DefaultMaxEnvelope+1))
	k.send("small", nil)
	var left []error
	result, err := (&Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop(), Left: func(_ client.Waiting, err error) { left = append(left, err) }}).Run(ctx)
	if err != nil || result != (Result{Collected: 1, Left: 1}) || len(left) != 1 {
		t.Errorf("%+v, %v, %v", result, err, left)
	}
}

// TestResume: a download goes on where it was cut off, in this run or a later one.
func TestResume(t *testing.T) {
	k := newDesk(t)
	k.send("long", map[string]string{"file": strings.Repeat("x", 300_000)})
	var ranges []string
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes/", Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		ranges = append(ranges, r.Header.Get("Range"))
		droptest.CutAnswer(60_000)(w, r, next)
	}})
	if result, err := k.collect(); err == nil || result != (Result{Left: 1}) {
		t.Fatalf("%+v, %v", result, err)
	}
	if want := []string{"", "bytes=60000-", "bytes=120000-", "bytes=180000-"}; !slices.Equal(ranges, want) {
		t.Errorf("ranges were %q, want %q", ranges, want)
	}
	k.reopen()
	if result, err := k.collect(); err != nil || result != (Result{Collected: 1}) {
		t.Fatalf("%+v, %v", result, err)
	}
	if messages, refused := k.messages(); !slices.Equal(messages, []string{"long"}) || refused != nil {
		t.Errorf("messages %q, refused %q", messages, refused)
	}
}

// TestDamagedPieces: pieces that don't fit together are no reason to refuse.
func TestDamagedPieces(t *testing.T) {
	for name, piece := range map[string]int{"a piece": 100, "everything": 33000, "more than everything": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			k := newDesk(t)
			id, _ := k.send("whole", nil)
			in, err := k.vault.Incoming(k.drop().Mailbox(), id)
			check(t, err)
			_, err = in.Write(bytes.Repeat([]byte("?"), piece))
			check(t, err)
			check(t, in.Close())
			if result, err := k.collect(); err != nil || result != (Result{Collected: 1}) {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// TestWithdrawn: an envelope that goes between list and download is no failure.
func TestWithdrawn(t *testing.T) {
	k := newDesk(t)
	k.send("one", nil)
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: "/envelopes/", Do: droptest.Answer(404, "application/json", []byte(`{"error":"not_found"}`))})
	if result, err := k.collect(); err != nil || result != (Result{}) {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestDamagedOnServer: what the server can't hand out holds nothing else up, and
// stays there.
func TestDamagedOnServer(t *testing.T) {
	k := newDesk(t)
	a, _ := k.send("a", nil)
	k.send("b", nil)
	k.server.TestOnlyFault(droptest.Fault{Method: "GET", Path: a.String(), Do: droptest.Answer(500, "application/json", []byte(`{"error":"internal"}`))})
	result, err := k.collect()
	if err != nil || result != (Result{Collected: 1, Left: 1}) || k.left() != 1 {
		t.Errorf("%+v, %v, %d left", result, err, k.left())
	}
}

// TestOtherDayOpensToo: the card of today opens for a sender a day off.
func TestCardDays(t *testing.T) {
	c := Card(func() vault.Drop {
		d := NewDrop(today)
		d.Title, d.Days, d.Signed = "x", 30, 1
		return d
	}(), today)
	for day, want := range map[drop.Day]error{today - 2: card.ErrFuture, today - 1: nil, today: nil, today + 30: nil, today + 31: nil, today + 32: card.ErrExpired} {
		if err := c.CheckDay(int(day)); err != want {
			t.Errorf("on day %d: %v, want %v", day-today, err, want)
		}
	}
}
