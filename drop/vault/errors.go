package vault

import "errors"

// What a caller tells apart.
var (
	// ErrNone: the folder holds no vault.
	ErrNone = errors.New("there is no vault")
	// ErrExists: the folder holds a vault already.
	ErrExists = errors.New("there is a vault already")
	// ErrPassphrase: the vault does not open with this passphrase.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrDamaged: what is on the disk is not what was written.
	ErrDamaged = errors.New("the vault is damaged")
	// ErrFormat: the vault was made by a later version.
	ErrFormat = errors.New("the vault has a format that this version doesn't know")
	// ErrNoDrop: no drop has this name.
	ErrNoDrop = errors.New("no such drop")
	// ErrNoLetter: no letter has this number.
	ErrNoLetter = errors.New("no such letter")
	// ErrNoThread: no letter of this number is part of a thread.
	ErrNoThread = errors.New("no such thread")
	// ErrNoQueued: nothing with this ID is waiting to be sent.
	ErrNoQueued = errors.New("no such entry in the outbox")
	// ErrReadOnly: the vault was opened for reading.
	ErrReadOnly = errors.New("the vault was opened for reading only")
	// ErrRefused: the letter was refused when it was collected. Its envelope is
	// kept, its content is not to be trusted.
	ErrRefused = errors.New("the letter was refused")
)

// BusyError says that another process is writing in the vault.
type BusyError struct {
	Process string // its process ID, for showing; may be empty
}

func (e *BusyError) Error() string {
	if e.Process == "" {
		return "another transom is working in this vault"
	}
	return "another transom (process " + e.Process + ") is working in this vault"
}
