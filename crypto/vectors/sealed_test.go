package vectors_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/crypto/vectors"
)

func TestCard(t *testing.T) {
	categories := map[string]error{
		"sealed": card.ErrSealed, "json": card.ErrJSON, "version": card.ErrVersion, "root": card.ErrRoot, "signature": card.ErrSignature,
		"format": card.ErrFormat, "future": card.ErrFuture, "expired": card.ErrExpired, "epoch": card.ErrEpoch,
	}
	run(t, "card", categories, func(t *testing.T, v *vectors.Vector) error {
		l, err := link.Parse(v.Text("link"))
		if err != nil {
			t.Fatalf("couldn't parse the vector's link: %v", err)
		}
		today := int(v.Int("today"))
		c, err := card.Open(v.Body, l.Code)
		if err != nil {
			return err
		}
		if err := c.CheckDay(today); err != nil {
			return err
		}
		epoch, err := c.Epoch(today)
		if err != nil {
			return err
		}
		equal(t, "seq", c.Seq, v.Int("seq"))
		equal(t, "published", int64(c.Published), v.Int("published"))
		equal(t, "expires", int64(c.Expires), v.Int("expires"))
		equal(t, "title", c.Title, v.Text("title"))
		equal(t, "epoch", epoch.Number, v.Int("epoch"))
		equal(t, "the sealing keys", strings.Join(epoch.Keys, "\n"), strings.Join(v.All("sealing-key"), "\n"))
		return nil
	})
}

var letterCategories = map[string]error{
	"tar": letter.ErrTar, "type": letter.ErrType, "name": letter.ErrName, "duplicate": letter.ErrDuplicate, "order": letter.ErrOrder,
	"canonical": letter.ErrCanonical, "trailing": letter.ErrTrailing, "padding": letter.ErrPadding, "json": letter.ErrJSON,
	"version": letter.ErrVersion, "kind": letter.ErrKind, "elsewhere": letter.ErrElsewhere, "limit": letter.ErrLimit,
}

// read is what was found in a letter, as the vectors' header says it.
type read struct {
	meta    *letter.Meta
	bare    bool
	message string
	text    string
	files   []string
	again   []letter.FileInfo
	content [][]byte
}

func readLetter(r io.Reader) (*read, error) {
	var got read
	lr := letter.NewReader(r)
	for {
		e, err := lr.Next()
		if err == io.EOF {
			got.meta, got.bare = lr.Meta(), lr.Bare()
			return &got, nil
		} else if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(e)
		if err != nil {
			return nil, err
		}
		line := fmt.Sprintf("%d %x", len(data), sha256.Sum256(data))
		switch e.Kind {
		case letter.MessageEntry:
			got.message, got.text = line, string(data)
		case letter.FileEntry:
			name := letter.SafeName(e.UntrustedName)
			got.files = append(got.files, line+" "+name)
			got.again = append(got.again, letter.FileInfo{Name: e.UntrustedName, Size: e.Size})
			got.content = append(got.content, data)
		}
	}
}

func TestLetter(t *testing.T) {
	run(t, "letter", letterCategories, func(t *testing.T, v *vectors.Vector) error {
		mailbox, envelope := [16]byte(v.Bytes("mailbox")), [16]byte(v.Bytes("envelope"))
		got, err := readLetter(bytes.NewReader(v.Body))
		slow, slowErr := readLetter(iotest.OneByteReader(bytes.NewReader(v.Body)))
		if fmt.Sprint(slow != nil, slowErr) != fmt.Sprint(got != nil, err) {
			t.Errorf("read byte by byte: %v, at once: %v", slowErr, err)
		}
		if err != nil {
			return err
		}
		if !got.bare {
			if err := got.meta.CheckPlace(mailbox, envelope); err != nil {
				return err
			}
		}
		bare := "no"
		if got.bare {
			bare = "yes"
		}
		equal(t, "bare", bare, v.Text("bare"))
		equal(t, "the message", got.message, v.Text("message"))
		equal(t, "the files", strings.Join(got.files, "\n"), strings.Join(v.All("file"), "\n"))
		if !got.bare {
			checkMeta(t, v, got.meta)
			writeAgain(t, v, got)
		}
		return nil
	})
}

// writeAgain writes the letter with our writer. Where letter.json and the names
// are as we write them, the bytes have to be the generator's.
func writeAgain(t *testing.T, v *vectors.Vector, got *read) {
	t.Helper()
	for _, f := range got.again {
		if f.Name != letter.SafeName(f.Name) {
			return
		}
	}
	if strings.HasPrefix(v.Name, "ok-json-") || v.Name == "ok-seen" {
		return // other white space or another order than ours
	}
	var again bytes.Buffer
	w := letter.NewWriter(&again)
	steps := []error{w.Meta(*got.meta), w.Message(got.text)}
	for i, f := range got.again {
		steps = append(steps, w.File(f.Name, f.Size, bytes.NewReader(got.content[i])))
	}
	for _, err := range append(steps, w.Close()) {
		if err != nil {
			t.Fatalf("couldn't write the letter again: %v", err)
		}
	}
	if !bytes.Equal(again.Bytes(), v.Body) {
		t.Error("written again, the letter has other bytes")
	}
	equal(t, "the size told beforehand", letter.Size(*got.meta, got.text, got.again), int64(len(v.Body)))
}

func TestEnvelope(t *testing.T) {
	categories := map[string]error{
		"header": envelope.ErrHeader, "class": envelope.ErrClass, "identity": envelope.ErrIdentity, "damaged": envelope.ErrDamaged,
	}
	run(t, "envelope", categories, func(t *testing.T, v *vectors.Vector) error {
		var ids []age.Identity
		for _, text := range v.All("identity") {
			ids = append(ids, parseIdentity(t, text))
		}
		opened, err := envelope.Open(bytes.NewReader(v.Body), ids...)
		if err != nil {
			return err
		}
		plain, err := io.ReadAll(opened)
		if err != nil {
			return err
		}
		equal(t, "the file key", hex.EncodeToString(opened.FileKey), v.Text("file-key"))
		equal(t, "the size", int64(len(plain)), v.Int("size"))
		equal(t, "the hash", fmt.Sprintf("%x", sha256.Sum256(plain)), v.Text("sha256"))
		r, err := envelope.OpenWithFileKey(bytes.NewReader(v.Body), opened.FileKey)
		if err != nil {
			t.Fatalf("couldn't open with the file key: %v", err)
		}
		if again, err := io.ReadAll(r); err != nil || !bytes.Equal(again, plain) {
			t.Errorf("opened with the file key it reads otherwise: %v", err)
		}
		return nil
	})
}
