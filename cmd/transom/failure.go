package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// The exit codes, so that a script needs to read no sentence.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNothing     = 3 // no such letter, no such drop
	exitCannotOpen  = 4 // wrong passphrase, refused envelope
	exitInterrupted = 130
)

// failure is an error as a person gets to read it.
type failure struct {
	code  int
	what  string // what is wrong
	state string // what became of what they have: whether anything was sent or lost
	hint  string // what to do next, with a command where there is one
	cause error
}

func (f *failure) Error() string { return f.what }
func (f *failure) Unwrap() error { return f.cause }

func (f *failure) lines() []string {
	var lines []string
	for _, line := range []string{f.what, f.state, f.hint} {
		if line != "" {
			lines = append(lines, strings.Split(line, "\n")...)
		}
	}
	return lines
}

func fail(code int, format string, args ...any) *failure {
	err := fmt.Errorf(format, args...)
	return &failure{code: code, what: err.Error(), cause: errors.Unwrap(err)}
}

func usage(format string, args ...any) *failure { return fail(exitUsage, format, args...) }

func (f *failure) stating(state string) *failure { f.state = state; return f }

func (f *failure) hinting(format string, args ...any) *failure {
	f.hint = fmt.Sprintf(format, args...)
	return f
}

// stating adds to any error what became of what the person has.
func stating(err error, state string) error {
	if err == nil {
		return nil
	}
	f := explain(err)
	if f.state == "" {
		f.state = state
	}
	return f
}

// explanations say of each error that a person can do something about what that
// is. The first that fits counts.
var explanations = []struct {
	err  error
	code int
	hint string
}{
	{vault.ErrNone, exitNothing, `make a drop first: transom new --server https://… --title "…"` + "\nor say where the vault is: TRANSOM_HOME=/path/to/vault"},
	{vault.ErrPassphrase, exitCannotOpen, "try again. Nobody can reset it: without the passphrase, or a copy of it, the vault stays shut"},
	{vault.ErrDamaged, exitFailed, "put the vault back from a backup, or see what is left: transom --salvage list"},
	{vault.ErrFormat, exitFailed, "it was written by a later version of transom: use that one"},
	{vault.ErrReadOnly, exitFailed, "a damaged vault is only read: run it without --salvage"},
	{link.ErrChecksum, exitUsage, "copy the whole link again: it ends in 64 characters that begin with drop1"},
	{link.ErrPrefix, exitUsage, "copy the whole link again: it ends in 64 characters that begin with drop1"},
	{link.ErrLength, exitUsage, "copy the whole link again: it ends in 64 characters that begin with drop1"},
	{link.ErrVersion, exitFailed, "a later version of transom may know it: see transom version"},
	{link.ErrOrigin, exitUsage, "it is https://host, or http://host for this computer (127.0.0.1, localhost) and for onion services"},
	{client.ErrOnion, exitFailed, "start Tor and add --proxy socks5h://127.0.0.1:9050 (Tor Browser: 9150), or set TRANSOM_PROXY"},
	{client.ErrProxy, exitUsage, "for Tor it is --proxy socks5h://127.0.0.1:9050 (Tor Browser: 9150)"},
	{card.ErrSealed, exitFailed, "the server shows a card that doesn't belong to this link, or a damaged one. Check the link with whoever gave it to you, by another way"},
	{card.ErrJSON, exitFailed, "check the link with whoever gave it to you, by another way"},
	{card.ErrVersion, exitFailed, "a later version of transom may know it: see transom version"},
	{card.ErrRoot, exitFailed, "somebody put another card in its place. Don't send anything, and tell whoever gave you the link, by another way"},
	{card.ErrSignature, exitFailed, "somebody changed the card. Don't send anything, and tell whoever gave you the link, by another way"},
	{card.ErrFuture, exitFailed, "check this computer's date. If it is right, ask whoever gave you the link"},
	{card.ErrExpired, exitFailed, "this drop is no longer tended, or the server shows an old card. Ask whoever gave you the link, by another way; and check this computer's date"},
	{card.ErrEpoch, exitFailed, "this drop is no longer tended. Ask whoever gave you the link, by another way"},
	{client.ErrUnauthorized, exitFailed, "the server may know itself by another address than this drop does: its operator can see which with --origin"},
	{client.ErrClock, exitFailed, "set this computer's clock"},
	{client.ErrBusy, exitFailed, "try again in a few minutes"},
	{drop.ErrFull, exitFailed, "its operator has to make room. Try again later"},
	{client.ErrAnswer, exitFailed, "check the address. A hotel's or an office's network may be answering in the server's place"},
	{client.ErrRequest, exitFailed, "it and this program may be of different versions: see transom version"},
	{client.ErrServer, exitFailed, "try again later, or tell its operator"},
	{letter.ErrLimit, exitFailed, "a letter has a message of up to 1 MiB and up to 1000 files"},
}

// explain makes a failure of any error.
func explain(err error) *failure {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f
	}
	if errors.Is(err, context.Canceled) {
		return &failure{code: exitInterrupted, what: "interrupted", cause: err}
	}
	f := &failure{code: exitFailed, what: err.Error(), cause: err}
	if errors.As(err, new(*vault.BusyError)) {
		return f.stating("Nothing was done.").hinting("try again when it has finished")
	}
	if f.hint = clockHint(err); f.hint != "" {
		return f
	}
	for _, e := range explanations {
		if errors.Is(err, e.err) {
			f.code, f.hint = e.code, e.hint
			return f
		}
	}
	if errors.As(err, new(*client.NetworkError)) {
		f.hint = "check the connection, and try again"
	}
	return f
}
