package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/transom-drop/transom/drop"
)

// format is what the file version holds. It changes when an older version could
// no longer read what this one writes.
const format = "transom vault 1\n"

// The journal is written anew when it has more than manyFrames and they are small
// on average: frames of single records add up over the years, and are slower to
// open than those that a new journal is made of.
const (
	manyFrames = 1000
	smallFrame = 32 << 10
)

// Vault is an open vault. It is used by one goroutine at a time.
type Vault struct {
	dir   string
	key   vaultKey
	lock  *os.File // nil when reading only
	log   *journal
	state state
	found scanned

	// Made when first needed, by index and indexThreads.
	known       map[place]bool
	knownHashes map[copyOf]bool
	threadsTo   map[drop.MailboxID][]int
	threadsFrom map[authorIn][]int
	orphans     map[authorIn][]int
}

// Options say how to open a vault.
type Options struct {
	// ReadOnly takes no lock, so that letters can be read while others are
	// collected. What is written after opening isn't seen.
	ReadOnly bool
	// Salvage reads what can still be read of a damaged journal. It implies
	// ReadOnly.
	Salvage bool
}

// Exists says whether a folder holds a vault.
func Exists(dir string) (bool, error) {
	_, err := os.Lstat(filepath.Join(dir, "key.age"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Create makes an empty vault in a folder that is made when it isn't there.
// Interrupted, it leaves nothing that counts as a vault. ErrExists, ErrDamaged,
// a [BusyError].
func Create(dir string, passphrase []byte) error {
	if len(passphrase) == 0 {
		return errors.New("couldn't make a vault with an empty passphrase")
	}
	for _, d := range []string{dir, filepath.Join(dir, "envelopes"), filepath.Join(dir, "incoming")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("couldn't make a vault: %w", err)
		}
	}
	l, err := lock(dir)
	if err != nil {
		return err
	}
	defer l.Close()
	if there, err := Exists(dir); err != nil || there {
		return errors.Join(ErrExists, err)
	}
	empty := &state{next: 1}
	if used, err := inUse(dir, empty); err != nil || used {
		return errors.Join(fmt.Errorf("%w: there are letters or drops in %s and no key.age: put it back from a backup", ErrDamaged, dir), err)
	}
	key := newVaultKey()
	sealed, err := key.seal(passphrase)
	if err != nil {
		return fmt.Errorf("couldn't seal the vault's key: %w", err)
	}
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{"version", func(w io.Writer) error { _, err := io.WriteString(w, format); return err }},
		{"journal", func(w io.Writer) error { return writeJournal(w, key, empty.frames) }},
		// The key comes last: it is what makes the folder a vault.
		{"key.age", func(w io.Writer) error { _, err := w.Write(sealed); return err }},
	}
	for _, f := range files {
		if err := writeDurably(filepath.Join(dir, f.name), f.write); err != nil {
			return fmt.Errorf("couldn't make a vault: %w", err)
		}
	}
	return nil
}

// inUse says whether a folder without a key holds more than an interrupted Create
// leaves. A new key would make it unreadable for good.
func inUse(dir string, empty *state) (bool, error) {
	envelopes, err := os.ReadDir(filepath.Join(dir, "envelopes"))
	if err != nil {
		return false, err
	}
	journal, err := os.Stat(filepath.Join(dir, "journal"))
	if errors.Is(err, fs.ErrNotExist) {
		return len(envelopes) > 0, nil
	}
	if err != nil {
		return false, err
	}
	var fresh bytes.Buffer
	if err := writeJournal(&fresh, vaultKey{}, empty.frames); err != nil {
		return false, err
	}
	return len(envelopes) > 0 || journal.Size() > int64(fresh.Len()), nil
}

// Open opens a vault. ErrNone, ErrPassphrase, ErrDamaged, ErrFormat, and a
// [BusyError] when another process writes in it.
func Open(dir string, passphrase []byte, o Options) (_ *Vault, err error) {
	there, err := Exists(dir)
	if err != nil {
		return nil, fmt.Errorf("couldn't look for a vault: %w", err)
	}
	if !there {
		return nil, ErrNone
	}
	version, err := os.ReadFile(filepath.Join(dir, "version"))
	if err != nil || string(version) != format {
		return nil, fmt.Errorf("%w (%.40q)", ErrFormat, strings.TrimSpace(string(version)))
	}
	v := &Vault{dir: dir}
	if !o.ReadOnly && !o.Salvage {
		if v.lock, err = lock(dir); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				v.lock.Close()
			}
		}()
	}
	if v.key, err = openVaultKey(filepath.Join(dir, "key.age"), passphrase); err != nil {
		return nil, err
	}
	if err := v.load(o.Salvage); err != nil {
		return nil, err
	}
	if v.lock != nil {
		if err := v.sweepSent(); err != nil {
			v.log.file.Close()
			return nil, err
		}
	}
	return v, nil
}

// load reads the journal and, when the vault is open for writing, makes it ready
// to be added to.
func (v *Vault) load(salvage bool) error {
	path := filepath.Join(v.dir, "journal")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the journal is missing", ErrDamaged)
	}
	if err != nil {
		return fmt.Errorf("couldn't read the vault: %w", err)
	}
	v.state = newState(len(data))
	v.threadsTo, v.threadsFrom, v.orphans = nil, nil, nil
	if v.log, v.found, err = scanJournal(v.key, data, salvage, v.state.apply); err != nil {
		return err
	}
	if v.lock == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("couldn't open the vault for writing: %w", err)
	}
	if v.found.torn {
		if err := errors.Join(f.Truncate(v.log.end), f.Sync()); err != nil {
			f.Close()
			return fmt.Errorf("couldn't clear what a crash left: %w", err)
		}
	}
	v.log.file = f
	return nil
}

// Skipped says how many frames of the journal could not be read. It is 0 unless
// the vault was opened for salvage.
func (v *Vault) Skipped() int { return v.found.damaged }

// Writable says whether the vault was opened for writing.
func (v *Vault) Writable() bool { return v.lock != nil }

func (v *Vault) writable() error {
	if v.lock == nil {
		return ErrReadOnly
	}
	return nil
}

// write makes records durable, all or none, and then lets them count.
func (v *Vault) write(records ...[]byte) error {
	if err := v.writable(); err != nil {
		return err
	}
	frame := slices.Concat(records...)
	if err := v.log.append(frame); err != nil {
		return err
	}
	return v.state.apply(frame)
}

// replaceJournal writes a journal that adds up to s and puts it in place of the
// present one.
func (v *Vault) replaceJournal(s *state) error {
	if v.log.broken != nil {
		return v.log.broken
	}
	path := filepath.Join(v.dir, "journal")
	err := writeDurably(path, func(w io.Writer) error { return writeJournal(w, v.key, s.frames) })
	if err != nil {
		// The new one may be in place and not be synced: nothing is to be added to
		// the old one.
		return v.log.fail(err)
	}
	v.log.file.Close()
	return v.load(false)
}

// Close releases the vault.
func (v *Vault) Close() error {
	if v.lock == nil {
		return nil
	}
	var err error
	if frames := int64(v.log.index); frames > manyFrames && v.log.end/frames < smallFrame && v.log.broken == nil {
		err = v.replaceJournal(&v.state)
	}
	return errors.Join(err, v.log.file.Close(), v.lock.Close())
}
