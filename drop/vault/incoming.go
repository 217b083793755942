package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/transom-drop/transom/drop"
)

// Incoming is an envelope on its way from the server. It stays between runs, so
// that a download goes on where it was cut off.
type Incoming struct {
	*os.File
	mailbox  drop.MailboxID
	envelope drop.EnvelopeID
	path     string
	kept     string // where it goes
}

// Incoming opens the download of an envelope, empty or as far as it has come.
func (v *Vault) Incoming(m drop.MailboxID, e drop.EnvelopeID) (*Incoming, error) {
	if err := v.writable(); err != nil {
		return nil, err
	}
	path := filepath.Join(v.dir, "incoming", v.incomingPrefix(m)+v.envelopeName(m, e))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("couldn't begin a download: %w", err)
	}
	return &Incoming{File: f, mailbox: m, envelope: e, path: path, kept: v.envelopePath(m, e)}, nil
}

// keep makes the download an envelope, durably.
func (in *Incoming) keep() error {
	if err := in.Sync(); err != nil {
		return err
	}
	testOnlyStep("envelope synced")
	if err := in.Close(); err != nil {
		return err
	}
	if err := os.Rename(in.path, in.kept); err != nil {
		return err
	}
	return syncDir(filepath.Dir(in.kept))
}

// remove throws the download away.
func (in *Incoming) remove() error {
	in.Close()
	if err := os.Remove(in.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("couldn't remove a download: %w", err)
	}
	return nil
}

// ForgetIncoming throws away unfinished downloads of a mailbox except those that
// are still on the server: what expired or was withdrawn leaves nothing behind.
func (v *Vault) ForgetIncoming(m drop.MailboxID, except []drop.EnvelopeID) error {
	if err := v.writable(); err != nil {
		return err
	}
	dir := filepath.Join(v.dir, "incoming")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("couldn't look for unfinished downloads: %w", err)
	}
	prefix := v.incomingPrefix(m)
	keep := map[string]bool{}
	for _, e := range except {
		keep[prefix+v.envelopeName(m, e)] = true
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) || keep[entry.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't remove an unfinished download: %w", err)
		}
	}
	return nil
}

// incomingPrefix tells the downloads of one mailbox from those of others.
func (v *Vault) incomingPrefix(m drop.MailboxID) string { return v.key.fileName(m[:]) + "-" }

func (v *Vault) envelopeName(m drop.MailboxID, e drop.EnvelopeID) string {
	return v.key.fileName(append(m[:len(m):len(m)], e[:]...)) + ".age"
}

func (v *Vault) envelopePath(m drop.MailboxID, e drop.EnvelopeID) string {
	return filepath.Join(v.dir, "envelopes", v.envelopeName(m, e))
}
