package collect

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/gate"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// found is what a downloaded envelope turned out to be.
type found struct {
	letter  vault.Letter
	meta    *letter.Meta  // nil when bare or refused
	thread  *vault.Thread // nil when it belongs to none
	early   bool          // the beginning of its thread isn't here, or not yet
	blocked bool          // it is to be discarded unread
}

// inspect reads a downloaded envelope to its end. An error means that it could
// not be read; a letter that has to be refused is returned as that.
func (p *Pass) inspect(in io.ReadSeeker, w client.Waiting) (found, error) {
	f := found{letter: vault.Letter{Size: w.Size, Day: w.Day}}
	if err := fromStart(in, func() error { return checkShape(in, w.Size) }); err != nil {
		return f, err
	}
	sum := sha256.New()
	if err := fromStart(in, func() error { _, err := io.Copy(sum, in); return err }); err != nil {
		return f, fmt.Errorf("couldn't read a download: %w", err)
	}
	f.letter.Hash = [32]byte(sum.Sum(nil))
	err := errReplayed
	if !p.Vault.KnownHash(p.Drop.Mailbox(), f.letter.Hash) {
		err = p.open(in, w, &f)
	}
	if err == nil {
		return f, nil
	}
	category := Refusal(err)
	if category == "" {
		return f, fmt.Errorf("couldn't open a letter: %w", err)
	}
	// Nothing that a refused letter says of itself is shown.
	return found{letter: vault.Letter{Size: w.Size, Day: w.Day, Hash: f.letter.Hash, Refused: category}}, nil
}

// checkShape puts a download through the gate that the server should have put it
// through, of whichever class the drop takes. errNotEnvelope.
func checkShape(in io.Reader, size int64) error {
	_, err := gate.Read(bufio.NewReaderSize(in, gate.MaxHeader), size, gate.Hybrid, gate.Classic)
	switch {
	case errors.Is(err, gate.ErrHeader), errors.Is(err, gate.ErrClass), errors.Is(err, gate.ErrSize):
		return errNotEnvelope
	case err != nil:
		return fmt.Errorf("couldn't read a download: %w", err)
	}
	return nil
}

func fromStart(s io.Seeker, f func() error) error {
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f()
}

// open opens an envelope with the drop's keys and fills in what it holds.
func (p *Pass) open(in io.ReadSeeker, w client.Waiting, f *found) error {
	opened, epoch, err := p.openEnvelope(in)
	if err != nil {
		return err
	}
	c, err := vault.ReadContent(letter.NewReader(opened))
	if err != nil {
		return err
	}
	if c.Meta != nil {
		if err := p.place(c.Meta, w, f); err != nil {
			return err
		}
	}
	l := &f.letter
	l.FileKey, l.Bare, l.Epoch = opened.FileKey, c.Bare, epoch
	l.MessageSize = int64(len(c.UntrustedMessage))
	l.UntrustedPreview = preview(c.UntrustedMessage)
	for _, file := range c.Files {
		l.Files = append(l.Files, vault.File{Name: file.Name, Size: file.Size})
	}
	return nil
}

// place checks that a letter is where it belongs, and finds its thread.
func (p *Pass) place(m *letter.Meta, w client.Waiting, f *found) (err error) {
	if err := m.CheckPlace(p.Drop.Mailbox(), w.ID); err != nil {
		return err
	}
	f.meta = m
	f.thread, err = threadOf(p.Vault, p.Drop.Mailbox(), m)
	switch {
	case errors.Is(err, errEarly), m.Kind == letter.KindNext && errors.Is(err, letter.ErrProof) && !p.ending:
		f.early = true
	case errors.Is(err, errBlocked):
		f.blocked = true
	default:
		return err
	}
	return nil
}

// openEnvelope tries the keys of all epochs, the latest first, and says whose it
// was: what opens with a key is remembered until that key is destroyed.
func (p *Pass) openEnvelope(in io.ReadSeeker) (opened *envelope.Opened, epoch int, err error) {
	for _, e := range slices.Backward(p.Drop.Epochs) {
		err = fromStart(in, func() error {
			opened, err = envelope.Open(in, e.Seed.Identity())
			return err
		})
		if !errors.Is(err, envelope.ErrIdentity) {
			return opened, e.Number, err
		}
	}
	return nil, 0, err
}

// preview returns the first words of a message on one line.
func preview(untrustedMessage string) string {
	// Of a megabyte of spaces no more is looked at than of a long first sentence.
	beginning := untrustedMessage[:min(len(untrustedMessage), 4*vault.MaxPreview)]
	return strings.Join(strings.Fields(beginning), " ")
}
