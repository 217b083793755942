package vault

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
)

var passphrase = []byte("correct horse battery staple")

func TestMain(m *testing.M) {
	TestOnlyWorkFactor = 10
	if step := os.Getenv("TRANSOM_TESTONLY_STOP"); step != "" {
		stopAt(step)
	}
	os.Exit(m.Run())
}

// newVault makes a vault and opens it for writing.
func newVault(t testing.TB) (string, *Vault) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "vault")
	if err := Create(dir, passphrase); err != nil {
		t.Fatal(err)
	}
	return dir, open(t, dir)
}

func open(t testing.TB, dir string) *Vault {
	t.Helper()
	v, err := Open(dir, passphrase, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func reopen(t testing.TB, v *Vault) *Vault {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, v.dir)
}

func newDrop(name string) Drop {
	return Drop{
		Name: name, Server: "https://drop.example", Root: keys.NewRoot(), Secret: link.NewSecret(),
		Title: "The newsroom", Intro: "Write to us.", Languages: []string{"en", "ar"}, Files: true, Largest: 1 << 24, Days: 30,
		Made: 20000, Epochs: []Epoch{{Number: 1, From: 20000, Seed: envelope.NewSealingSeed()}}, Signed: 2, Published: 1, Expires: 20030,
	}
}

// sealLetter makes an envelope for a drop.
func sealLetter(t testing.TB, d Drop, id drop.EnvelopeID, message string, files map[string]string) []byte {
	t.Helper()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{d.Epochs[0].Seed.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	l := letter.NewWriter(w)
	check(t, l.Meta(letter.Meta{Kind: letter.KindFirst, Mailbox: d.Mailbox(), Envelope: id, Seq: 1}))
	check(t, l.Message(message))
	for name, content := range files {
		check(t, l.File(name, int64(len(content)), strings.NewReader(content)))
	}
	check(t, l.Close())
	check(t, w.Close())
	return sealed.Bytes()
}

// keep puts a letter into the vault as a collector does.
func keep(t testing.TB, v *Vault, d Drop, message string, files map[string]string) Letter {
	t.Helper()
	id := drop.NewEnvelopeID()
	sealed := sealLetter(t, d, id, message, files)
	in, err := v.Incoming(d.Mailbox(), id)
	check(t, err)
	_, err = in.Write(sealed)
	check(t, err)
	opened, err := envelope.Open(bytes.NewReader(sealed), d.Identities()...)
	check(t, err)
	c, err := ReadContent(letter.NewReader(opened))
	check(t, err)
	l := Letter{
		Hash: sha256.Sum256(sealed), Size: int64(len(sealed)), Day: 20001, Epoch: 1, FileKey: opened.FileKey,
		UntrustedPreview: message, MessageSize: int64(len(message)),
	}
	for _, f := range c.Files {
		l.Files = append(l.Files, File{Name: f.Name, Size: f.Size})
	}
	l, err = v.Keep(in, l, c.Meta, nil)
	check(t, err)
	return l
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustBe(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func TestEverythingSurvives(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	kept := []Letter{
		keep(t, v, d, "Hello,\nthere", map[string]string{"a.txt": "aaa"}),
		keep(t, v, d, strings.Repeat("é", 200), nil),
	}
	check(t, v.MarkRead(1))
	kept[0].Read = true
	d.Signed, d.Published = 3, 3
	check(t, v.PutDrop(d))

	for _, round := range []string{"from the journal", "after writing it anew"} {
		v = reopen(t, v)
		got, err := v.Drop("desk")
		check(t, err)
		if !reflect.DeepEqual(got, d) {
			t.Errorf("%s: drop is\n%+v, want\n%+v", round, got, d)
		}
		if got := v.Letters(); !reflect.DeepEqual(got, kept) {
			t.Errorf("%s: letters are\n%+v, want\n%+v", round, got, kept)
		}
		if len(kept[1].UntrustedPreview) > MaxPreview || !strings.HasSuffix(kept[1].UntrustedPreview, "é") {
			t.Errorf("preview of %d bytes is cut wrong: %q", len(kept[1].UntrustedPreview), kept[1].UntrustedPreview)
		}
		r, closer, err := v.OpenLetter(1)
		check(t, err)
		c, err := ReadContent(r)
		check(t, err)
		closer.Close()
		if c.UntrustedMessage != "Hello,\nthere" || len(c.Files) != 1 || c.Files[0].Name != "a.txt" {
			t.Errorf("%s: letter is %+v", round, c)
		}
		check(t, v.replaceJournal(&v.state))
	}
}

func TestErrors(t *testing.T) {
	empty := t.TempDir()
	_, err := Open(empty, passphrase, Options{})
	mustBe(t, err, ErrNone)

	dir, v := newVault(t)
	if err := Create(dir, passphrase); !errors.As(err, new(*BusyError)) {
		t.Errorf("making a vault that is in use got %v", err)
	}
	_, err = v.Drop("none")
	mustBe(t, err, ErrNoDrop)
	_, err = v.Letter(1)
	mustBe(t, err, ErrNoLetter)
	mustBe(t, v.MarkRead(1), ErrNoLetter)
	mustBe(t, v.Delete(1), ErrNoLetter)
	check(t, v.Close())

	mustBe(t, Create(dir, passphrase), ErrExists)
	if err := Create(filepath.Join(empty, "x"), nil); err == nil {
		t.Error("made a vault with an empty passphrase")
	}
	for _, wrong := range []string{"", "Correct horse battery staple", string(passphrase) + "\n"} {
		_, err = Open(dir, []byte(wrong), Options{})
		mustBe(t, err, ErrPassphrase)
	}
	read, err := Open(dir, passphrase, Options{ReadOnly: true})
	check(t, err)
	mustBe(t, read.PutDrop(newDrop("x")), ErrReadOnly)
	mustBe(t, read.Delete(), ErrReadOnly)
	_, err = read.Incoming(drop.MailboxID{}, drop.EnvelopeID{})
	mustBe(t, err, ErrReadOnly)

	check(t, os.WriteFile(filepath.Join(dir, "version"), []byte("transom vault 2\n"), 0o600))
	_, err = Open(dir, passphrase, Options{})
	mustBe(t, err, ErrFormat)
}

// TestLostKey: a vault whose key.age was deleted is not overwritten by a new one.
func TestLostKey(t *testing.T) {
	dir, v := newVault(t)
	check(t, v.PutDrop(newDrop("desk")))
	check(t, v.Close())
	key, err := os.ReadFile(filepath.Join(dir, "key.age"))
	check(t, err)
	check(t, os.Remove(filepath.Join(dir, "key.age")))
	mustBe(t, Create(dir, passphrase), ErrDamaged)
	check(t, os.WriteFile(filepath.Join(dir, "key.age"), key, 0o600))
	if names := dropNames(open(t, dir)); len(names) != 1 {
		t.Errorf("drops are %v", names)
	}
}

// TestCompaction: a journal of many small frames is written anew, also when each
// run adds only a few.
func TestCompaction(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	for i := range manyFrames {
		d.Signed = int64(i)
		check(t, v.PutDrop(d))
	}
	v = reopen(t, v)
	d.Signed = manyFrames
	check(t, v.PutDrop(d))
	v = reopen(t, v)
	if got, err := v.Drop("desk"); err != nil || got.Signed != manyFrames || v.log.index > 2 {
		t.Errorf("card %d, %v; %d frames", got.Signed, err, v.log.index)
	}
	if info, err := os.Stat(filepath.Join(dir, "journal")); err != nil || info.Size() > 4096 {
		t.Errorf("the journal has %d bytes, %v", info.Size(), err)
	}
}

func TestOneWriter(t *testing.T) {
	dir, v := newVault(t)
	_, err := Open(dir, passphrase, Options{})
	var busy *BusyError
	if !errors.As(err, &busy) || busy.Process == "" {
		t.Fatalf("second writer got %v", err)
	}
	// Readers go on while somebody writes.
	check(t, v.PutDrop(newDrop("one")))
	r, err := Open(dir, passphrase, Options{ReadOnly: true})
	check(t, err)
	if len(r.Drops()) != 1 {
		t.Errorf("a reader sees %d drops, want 1", len(r.Drops()))
	}
	check(t, v.Close())
	open(t, dir)
}
