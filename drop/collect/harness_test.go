package collect

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/droptest"
	"github.com/transom-drop/transom/drop/vault"
)

var ctx = context.Background()

const today = drop.Day(20_500)

var passphrase = []byte("open")

func TestMain(m *testing.M) {
	vault.TestOnlyWorkFactor = 10
	client.TestOnlyDontWait()
	if step := os.Getenv("TRANSOM_TESTONLY_STOP"); step != "" {
		testOnlyStep = func(s string) {
			if s == step {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	}
	os.Exit(m.Run())
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// desk is a recipient with one drop on a running server.
type desk struct {
	t      *testing.T
	server *droptest.Server
	dir    string
	vault  *vault.Vault
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	k := &desk{t: t, server: droptest.New(t, droptest.Options{}), dir: filepath.Join(t.TempDir(), "vault")}
	k.server.TestOnlyFreeze(noon(today))
	check(t, vault.Create(k.dir, passphrase))
	k.open()
	d := NewDrop(today)
	d.Name, d.Title, d.Server, d.Days, d.Files = "desk", "The newsroom", k.server.URL, 30, true
	check(t, k.vault.PutDrop(d))
	_, err := k.publish()
	check(t, err)
	return k
}

// noon is a time of a day.
func noon(d drop.Day) time.Time { return d.Time().Add(12 * time.Hour) }

func (k *desk) open() {
	k.t.Helper()
	v, err := vault.Open(k.dir, passphrase, vault.Options{})
	check(k.t, err)
	k.vault = v
	k.t.Cleanup(func() { v.Close() })
}

func (k *desk) reopen() {
	k.t.Helper()
	k.vault.Close()
	k.open()
}

func (k *desk) drop() vault.Drop {
	k.t.Helper()
	d, err := k.vault.Drop("desk")
	check(k.t, err)
	return d
}

func (k *desk) owner() *client.Owner {
	k.t.Helper()
	c, err := client.New(k.server.URL, client.Options{})
	check(k.t, err)
	k.t.Cleanup(c.Close)
	return c.Owner(k.drop().Root)
}

func (k *desk) publish() (Published, error) {
	d := k.drop()
	return Publish(ctx, k.vault, k.owner(), &d, today)
}

func (k *desk) collect() (Result, error) {
	return (&Pass{Vault: k.vault, Owner: k.owner(), Drop: k.drop()}).Run(ctx)
}

// send sends a letter as a sender does.
func (k *desk) send(message string, files map[string]string) (drop.EnvelopeID, []byte) {
	k.t.Helper()
	c, err := client.New(k.server.URL, client.Options{})
	check(k.t, err)
	defer c.Close()
	l, err := link.Parse(k.drop().Link())
	check(k.t, err)
	r, err := c.ReadCard(ctx, l.Code, today)
	check(k.t, err)
	var attachments []client.Attachment
	for name, content := range files {
		attachments = append(attachments, client.Attachment{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		}})
	}
	s, err := r.Seal(client.Letter{Message: message, Files: attachments})
	check(k.t, err)
	_, err = c.Send(ctx, r, s, nil)
	check(k.t, err)
	return s.ID, s.Envelope
}

// put stores an envelope past the server's checks.
func (k *desk) put(sealed []byte) drop.EnvelopeID {
	k.t.Helper()
	id := drop.NewEnvelopeID()
	check(k.t, k.server.TestOnlyPut(k.drop().Mailbox(), id, sealed))
	return id
}

// seal seals anything to the drop, padded as a letter.
func (k *desk) seal(content []byte) []byte {
	k.t.Helper()
	padded := make([]byte, letter.PaddedSize(int64(len(content))))
	copy(padded, content)
	return k.sealRaw(padded)
}

func (k *desk) sealRaw(content []byte) []byte {
	k.t.Helper()
	var sealed bytes.Buffer
	w, err := envelope.Seal(&sealed, []string{k.drop().Epochs[0].Seed.Recipient()})
	check(k.t, err)
	_, err = w.Write(content)
	check(k.t, err)
	check(k.t, w.Close())
	return sealed.Bytes()
}

// messages returns what the vault holds: messages of letters, and the reasons of
// refused ones.
func (k *desk) messages() (messages, refused []string) {
	k.t.Helper()
	for _, l := range k.vault.Letters() {
		if l.Refused != "" {
			refused = append(refused, l.Refused)
			continue
		}
		r, closer, err := k.vault.OpenLetter(l.Number)
		check(k.t, err)
		c, err := vault.ReadContent(r)
		check(k.t, err)
		closer.Close()
		messages = append(messages, c.UntrustedMessage)
	}
	return messages, refused
}

// left returns how many envelopes the server has.
func (k *desk) left() int {
	k.t.Helper()
	all, err := k.server.Envelopes(k.drop().Mailbox())
	check(k.t, err)
	return len(all)
}

// tarOf makes a tar with GNU headers, as stock tools do.
func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, h := range headers {
		h.Format, h.Mode = tar.FormatGNU, 0o640
		content := []byte(nil)
		if h.Typeflag == 0 || h.Typeflag == tar.TypeReg {
			content = []byte("content")
			h.Size = int64(len(content))
		}
		check(t, w.WriteHeader(&h))
		_, err := w.Write(content)
		check(t, err)
	}
	check(t, w.Close())
	return buf.Bytes()
}
