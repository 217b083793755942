package vault

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

func TestDelete(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("desk")
	check(t, v.PutDrop(d))
	var kept []Letter
	for _, message := range []string{"one", "two", "three"} {
		kept = append(kept, keep(t, v, d, message, nil))
	}
	mustBe(t, v.Delete(2, 9), ErrNoLetter)
	if len(v.Letters()) != 3 {
		t.Fatal("a failed deletion deleted something")
	}
	check(t, v.Delete(2, 3, 2))
	for range 2 {
		if got := v.Letters(); len(got) != 1 || got[0].Number != 1 {
			t.Fatalf("left are %+v", got)
		}
		for _, l := range kept {
			if !v.Known(l.Mailbox, l.Envelope) || !v.KnownHash(l.Mailbox, l.Hash) {
				t.Errorf("letter %d was forgotten: it would be collected again", l.Number)
			}
			if v.Known(drop.MailboxID{}, l.Envelope) {
				t.Error("an envelope of another mailbox counts as known")
			}
		}
		v = reopen(t, v)
	}
	files, err := os.ReadDir(filepath.Join(dir, "envelopes"))
	check(t, err)
	if len(files) != 1 {
		t.Errorf("%d envelopes left, want 1", len(files))
	}
	// Numbers are never given twice: a script that was stopped would delete the
	// wrong letter.
	if l := keep(t, v, d, "four", nil); l.Number != 4 {
		t.Errorf("next letter has number %d, want 4", l.Number)
	}
	// The file key is gone from the decrypted journal, not only from the list.
	for _, l := range kept[1:] {
		if bytes.Contains(plaintext(t, v), l.FileKey) {
			t.Errorf("the file key of letter %d is still in the journal", l.Number)
		}
	}
	if !bytes.Contains(plaintext(t, v), kept[0].FileKey) {
		t.Error("the test doesn't see file keys")
	}
}

// plaintext returns all records of a vault's journal.
func plaintext(t *testing.T, v *Vault) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(v.dir, "journal"))
	check(t, err)
	var all []byte
	_, _, err = scanJournal(v.key, data, false, func(records []byte) error {
		all = append(all, records...)
		return nil
	})
	check(t, err)
	return all
}

// TestCiphertextOnly looks for anything secret in the raw files.
func TestCiphertextOnly(t *testing.T) {
	dir, v := newVault(t)
	d := newDrop("canarydrop")
	check(t, v.PutDrop(d))
	l := keep(t, v, d, "a canary in the message", map[string]string{"canaryfile.txt": "canary content"})
	in, err := v.Incoming(d.Mailbox(), drop.NewEnvelopeID())
	check(t, err)
	in.Close()
	s := newSender(d)
	s.first(t, v, "a canary in a thread")
	reply(t, v, 2, "a canary in a reply")
	receipt(t, v, 2, time.Unix(1000, 0))
	check(t, v.Mark([]int{2}, func(m *Marks) { m.Labels, m.Note = []string{"canarylabel"}, "canary note" }))
	searchFor(t, v, "canary")
	check(t, v.Close())

	to := s.keys.Mailbox()
	root := d.Root.Seed()
	mailbox := d.Mailbox()
	secrets := map[string][]byte{
		"name": []byte("canarydrop"), "message": []byte("canary in"), "file name": []byte("canaryfile"),
		"content": []byte("canary content"), "root": root[:], "link": d.Secret[:], "seed": d.Epochs[0].Seed[:],
		"file key": l.FileKey, "title": []byte(d.Title), "mailbox": mailbox[:], "mailbox ID": []byte(mailbox.String()),
		"envelope": l.Envelope[:], "envelope ID": []byte(l.Envelope.String()), "key": v.key[:],
		"text": []byte("a canary"), "label": []byte("canarylabel"), "note": []byte("canary note"),
		"thread key": s.keys.Thread[:], "reply key": []byte(s.keys.Reply.Recipient()), "author": s.keys.Author[:],
		"reply mailbox": to[:], "reply mailbox ID": []byte(drop.MailboxID(to).String()),
	}
	check(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		check(t, err)
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		content := []byte(path)
		if !info.IsDir() {
			data, err := os.ReadFile(path)
			check(t, err)
			content = append(content, data...)
		}
		for what, secret := range secrets {
			if bytes.Contains(content, secret) {
				t.Errorf("%s: the %s can be read in it", path, what)
			}
		}
		return nil
	}))
}

func TestIncoming(t *testing.T) {
	_, v := newVault(t)
	m, other := drop.MailboxID{1}, drop.MailboxID{2}
	ids := []drop.EnvelopeID{{1}, {2}, {3}}
	for _, id := range ids {
		for _, m := range []drop.MailboxID{m, other} {
			in, err := v.Incoming(m, id)
			check(t, err)
			_, err = in.WriteString("half")
			check(t, err)
			check(t, in.Close())
		}
	}
	check(t, v.ForgetIncoming(m, ids[1:2]))
	v = reopen(t, v)
	for i, id := range ids {
		for j, m := range []drop.MailboxID{m, other} {
			in, err := v.Incoming(m, id)
			check(t, err)
			data, err := io.ReadAll(in)
			check(t, err)
			if there := len(data) > 0; there != (j == 1 || i == 1) {
				t.Errorf("mailbox %d, envelope %d: still there is %v", j, i, there)
			}
			check(t, in.Close())
		}
	}
}

func TestRefused(t *testing.T) {
	_, v := newVault(t)
	in, err := v.Incoming(drop.MailboxID{1}, drop.EnvelopeID{1})
	check(t, err)
	_, err = in.WriteString("junk")
	check(t, err)
	l, err := v.Keep(in, Letter{Refused: "damaged", Size: 4}, nil, nil)
	check(t, err)
	v = reopen(t, v)
	_, _, err = v.OpenLetter(l.Number)
	mustBe(t, err, ErrRefused)
	f, err := v.OpenEnvelope(l.Number)
	check(t, err)
	defer f.Close()
	if data, _ := io.ReadAll(f); string(data) != "junk" {
		t.Errorf("exports %q", data)
	}
}

func TestMissingEnvelope(t *testing.T) {
	_, v := newVault(t)
	d := newDrop("desk")
	l := keep(t, v, d, "one", nil)
	check(t, os.Remove(v.envelopePath(l.Mailbox, l.Envelope)))
	_, _, err := v.OpenLetter(l.Number)
	mustBe(t, err, ErrDamaged)
}
