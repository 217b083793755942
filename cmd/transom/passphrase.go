package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/transom-drop/transom/drop/vault"
)

// vaultDir returns the folder of the vault.
func vaultDir() (string, error) {
	if dir := os.Getenv("TRANSOM_HOME"); dir != "" {
		return dir, nil
	}
	// The XDG specification: a relative path is to be ignored.
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "transom"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fail(exitFailed, "couldn't find your home folder").hinting("say where the vault is: TRANSOM_HOME=/path/to/vault")
	}
	return filepath.Join(home, ".local", "share", "transom"), nil
}

// writeVault opens the vault for writing.
func (a *app) writeVault(ctx context.Context) (*vault.Vault, error) {
	return a.openVault(ctx, vault.Options{}, false)
}

// readVault opens the vault for reading; it may be in use.
func (a *app) readVault(ctx context.Context) (*vault.Vault, error) {
	return a.openVault(ctx, vault.Options{ReadOnly: true}, false)
}

// openVault asks for the passphrase and opens the vault. With orRead, one that is
// in use is opened for reading only.
func (a *app) openVault(ctx context.Context, o vault.Options, orRead bool) (*vault.Vault, error) {
	open, err := a.unlock(ctx)
	if err != nil {
		return nil, err
	}
	v, err := open(o)
	if errors.As(err, new(*vault.BusyError)) && orRead {
		v, err = open(vault.Options{ReadOnly: true})
	}
	return v, err
}

// unlock asks for the passphrase, and returns what opens the vault with it, any
// number of times: nobody is to hold a vault while they write a letter, nor to be
// asked twice.
func (a *app) unlock(ctx context.Context) (open func(vault.Options) (*vault.Vault, error), err error) {
	dir, err := vaultDir()
	if err != nil {
		return nil, err
	}
	// Nobody is asked for the passphrase of a vault that isn't there.
	if there, err := vault.Exists(dir); err != nil || !there {
		if err == nil {
			err = fmt.Errorf("%w in %s", vault.ErrNone, dir)
		}
		return nil, err
	}
	passphrase, err := a.passphrase(ctx, "Passphrase of the vault: ")
	if err != nil {
		return nil, err
	}
	return func(o vault.Options) (*vault.Vault, error) {
		o.Salvage = a.salvage
		v, err := vault.Open(dir, passphrase, o)
		if err != nil {
			return nil, err
		}
		if n := v.Skipped(); n > 0 {
			a.note("%d pieces of the vault are damaged and were left out. Nothing is changed.", n)
		}
		return v, nil
	}, nil
}

// openWritten opens the vault for something that a person has just written in an
// editor, which is nowhere but here: while another process is at work, it asks
// whether to try again.
func (a *app) openWritten(ctx context.Context, open func(vault.Options) (*vault.Vault, error)) (*vault.Vault, error) {
	for {
		v, err := open(vault.Options{})
		if !errors.As(err, new(*vault.BusyError)) {
			return v, err
		}
		a.note("%v", err)
		if again, e := confirm(ctx, "Try again with what you have written?"); e != nil || !again {
			return nil, err
		}
	}
}

// createOrOpenVault opens the vault for writing, a new one if there is none and
// mayCreate doesn't object.
func (a *app) createOrOpenVault(ctx context.Context, mayCreate func() error) (*vault.Vault, error) {
	dir, err := vaultDir()
	if err != nil {
		return nil, err
	}
	if there, err := vault.Exists(dir); err != nil || there {
		return a.writeVault(ctx)
	}
	if err := mayCreate(); err != nil {
		return nil, err
	}
	passphrase, err := a.newPassphrase(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := vault.Create(dir, passphrase); err != nil {
		return nil, err
	}
	a.note("made a vault in %s. Back it up, and remember its passphrase: nobody can reset it.", dir)
	return vault.Open(dir, passphrase, vault.Options{})
}

// passphrase returns the passphrase from a file or from the person.
func (a *app) passphrase(ctx context.Context, question string) ([]byte, error) {
	path := a.passphraseFile
	if path == "" {
		path = os.Getenv("TRANSOM_PASSPHRASE_FILE")
	}
	if path != "" {
		return readPassphrase(path)
	}
	line, err := ask(ctx, question, true)
	if errors.Is(err, errNoTerminal) {
		return nil, usage("there is no terminal to ask for the passphrase on").hinting("give it in a file: --passphrase-file FILE, or TRANSOM_PASSPHRASE_FILE")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if line == "" {
		return nil, fail(exitFailed, "no passphrase was given")
	}
	return []byte(line), nil
}

func readPassphrase(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(exitFailed, "couldn't read the passphrase: %w", err)
	}
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	if len(data) == 0 {
		return nil, fail(exitFailed, "the passphrase file %s is empty", path)
	}
	return data, nil
}

// shortPassphrase is below what stands up to guessing at a third of a second a
// try, on many machines, unless it is random.
const shortPassphrase = 12

// newPassphrase asks for a new passphrase twice.
func (a *app) newPassphrase(ctx context.Context, dir string) ([]byte, error) {
	fromFile := a.passphraseFile != "" || os.Getenv("TRANSOM_PASSPHRASE_FILE") != ""
	if !fromFile {
		a.note("there is no vault yet. One is made in %s.", dir)
		a.note("Its passphrase protects your keys and letters if this computer is taken. Six random words are good.")
	}
	first, err := a.passphrase(ctx, "New passphrase: ")
	if err != nil {
		return nil, err
	}
	short := utf8.RuneCount(first) < shortPassphrase
	if fromFile {
		if short {
			a.note("the passphrase has fewer than %d characters: who gets hold of the vault could guess it.", shortPassphrase)
		}
		return first, nil
	}
	if short {
		ok, err := confirm(ctx, fmt.Sprintf("That has fewer than %d characters: who gets hold of the vault could guess it. Use it anyway?", shortPassphrase))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fail(exitFailed, "no vault was made").hinting("try again with a longer passphrase")
		}
	}
	second, err := a.passphrase(ctx, "The same again: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, fail(exitFailed, "the two passphrases are different").stating("No vault was made.").hinting("try again")
	}
	return first, nil
}
