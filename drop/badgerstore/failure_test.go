package badgerstore

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dgraph-io/badger/v4/options"

	"github.com/transom-drop/transom/drop"
)

// Badger 4.9.6 logs a failed sync of its value log and reports success. Here the
// message comes in the middle of a commit, as it does there.
func TestLoggedErrorIsNotAcknowledged(t *testing.T) {
	s := newStore(t, small)
	ids, body := put(t, s, 3)
	err := s.do(&op{run: func(tx *tx) error {
		s.log.Errorf("Error while curlf sync: %v\n", errors.New("input/output error"))
		return nil
	}})
	wantError(t, err, drop.ErrPoisoned)
	wantPoisoned(t, s)
	// What is there can be read.
	for _, id := range ids {
		if got, err := read(s, id); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%d bytes, error %v", len(got), err)
		}
	}
	// And the folder can be opened again.
	again, err := small.Open(asKilled(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	put(t, again, 1)
}

// COUNT that cannot be written is as bad: what is acknowledged must be in it.
func TestFailedCountIsNotAcknowledged(t *testing.T) {
	for name, write := range map[string]func(s *Store, there drop.EnvelopeID) error{
		"put": func(s *Store, _ drop.EnvelopeID) error {
			_, created, err := s.Put(ctx, deposit(drop.NewEnvelopeID(), []byte("sealed")))
			if created {
				t.Error("created")
			}
			return err
		},
		"erase":  func(s *Store, there drop.EnvelopeID) error { return s.Erase(ctx, drop.MailboxID{}, there) },
		"invite": func(s *Store, _ drop.EnvelopeID) error { return s.Invite(ctx, [32]byte{9}) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := small.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() // fails too: COUNT is closed already
			ids, _ := put(t, s, 1)
			s.file.f.Close()
			wantError(t, write(s, ids[0]), drop.ErrPoisoned)
			wantPoisoned(t, s)
			if name == "erase" {
				// The bound goes down before the envelope goes.
				if _, err := read(s, ids[0]); err != nil {
					t.Errorf("erased, though the count of it could not be: %v", err)
				}
			}
		})
	}
}

func wantPoisoned(t *testing.T, s *Store) {
	t.Helper()
	_, created, err := s.Put(ctx, deposit(drop.NewEnvelopeID(), []byte("sealed")))
	wantError(t, err, drop.ErrPoisoned)
	if created {
		t.Fatal("created")
	}
	_, _, err = s.Put(ctx, deposit(drop.NewEnvelopeID(), randomBytes(3<<20)))
	wantError(t, err, drop.ErrPoisoned)
	_, err = s.PutCard(ctx, drop.CardUpdate{Sealed: []byte("card")})
	wantError(t, err, drop.ErrPoisoned)
	wantError(t, s.Erase(ctx, drop.MailboxID{}, drop.EnvelopeID{}), drop.ErrPoisoned)
	wantError(t, s.Withdraw(ctx, drop.MailboxID{}, drop.EnvelopeID{}, [32]byte{}), drop.ErrPoisoned)
	wantError(t, s.Invite(ctx, [32]byte{1}), drop.ErrPoisoned)
	if _, err := s.Sweep(ctx, 500); err != nil {
		wantError(t, err, drop.ErrPoisoned)
	}
}

// The logger holds on to nothing that it is given.
func TestLoggerIsSilent(t *testing.T) {
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = out, out
	l := new(logger)
	l.Debugf("%s", "secret")
	l.Infof("%s", "secret")
	l.Warningf("%s", "secret")
	poisonedBefore := l.poisoned.Load()
	l.Errorf("Unable to read: Key: %v, Version : %v", "secret", 1)
	poisonedByRead := l.poisoned.Load()
	l.Errorf("writeRequests: %v", "secret")
	os.Stdout, os.Stderr = stdout, stderr
	if poisonedBefore || poisonedByRead || !l.poisoned.Load() {
		t.Error("the flag is set by the wrong messages")
	}
	if b, err := os.ReadFile(out.Name()); err != nil || strings.TrimSpace(string(b)) != "" {
		t.Errorf("it printed %q, error %v", b, err)
	}
}

// A disk that is nearly full takes nothing more, but lets go of what it has, and
// is as before when there is room again.
func TestFull(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 40)
	o := small
	o.testOnlyFree = func(string) (int64, error) { return free.Load(), nil }
	s := newStore(t, o)
	ids, body := put(t, s, 5)
	card := drop.CardUpdate{Sealed: []byte("card"), Day: 1}
	if _, err := s.PutCard(ctx, card); err != nil {
		t.Fatal(err)
	}

	free.Store(reserveBytes - 1)
	_, _, err := s.Put(ctx, deposit(drop.NewEnvelopeID(), body))
	wantError(t, err, drop.ErrFull)
	_, _, err = s.Put(ctx, deposit(drop.NewEnvelopeID(), randomBytes(3<<20)))
	wantError(t, err, drop.ErrFull)
	_, err = s.PutCard(ctx, drop.CardUpdate{Mailbox: drop.MailboxID{1}, Sealed: []byte("card")})
	wantError(t, err, drop.ErrFull)
	wantError(t, s.Invite(ctx, [32]byte{1}), drop.ErrFull)
	// A sender who asks again is told that the envelope is here.
	if _, created, err := s.Put(ctx, deposit(ids[0], body)); created || err != nil {
		t.Fatalf("created %v, error %v", created, err)
	}
	if err := s.Erase(ctx, drop.MailboxID{}, ids[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Withdraw(ctx, drop.MailboxID{}, ids[1], [32]byte{}); err != nil {
		t.Fatal(err)
	}

	free.Store(lastBytes - 1)
	wantError(t, s.Erase(ctx, drop.MailboxID{}, ids[2]), drop.ErrFull)
	if _, err := read(s, ids[2]); err != nil {
		t.Fatal(err)
	}

	free.Store(reserveBytes / 2)
	if removed, err := s.Sweep(ctx, 32); err != nil || removed != 3 {
		t.Fatal(removed, err)
	}

	free.Store(1 << 40)
	put(t, s, 5)
	mustPut(t, s, deposit(drop.NewEnvelopeID(), randomBytes(3<<20)))
	wantOwned(t, s)
}

// An upload that runs out of room in its middle leaves nothing behind.
func TestFullInTheMiddle(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 40)
	o := small
	o.testOnlyFree = func(string) (int64, error) { return free.Load(), nil }
	s := newStore(t, o)
	slow := newSlowBody(randomBytes(4<<20), 3<<20)
	reached := slow.reached
	d := deposit(drop.NewEnvelopeID(), make([]byte, 4<<20))
	d.Body = slow
	done := make(chan error)
	go func() {
		_, _, err := s.Put(ctx, d)
		done <- err
	}()
	<-reached
	free.Store(reserveBytes - 1)
	close(slow.goOn)
	wantError(t, <-done, drop.ErrFull)
	wantOwned(t, s)
	if kinds := countKinds(t, s); kinds["row"] != 0 {
		t.Errorf("left behind: %v", kinds)
	}
}

// Two of Badger's defaults would make an acknowledgement a guess: SyncWrites is
// off, and so is every checksum.
func TestSettings(t *testing.T) {
	for name, o := range map[string]Options{"usual": {}, "small": small} {
		got := newStore(t, o).db.Opts()
		if !got.SyncWrites || !got.VerifyValueChecksum || got.ChecksumVerificationMode != options.OnBlockRead {
			t.Errorf("%s: SyncWrites %v, VerifyValueChecksum %v, ChecksumVerificationMode %v",
				name, got.SyncWrites, got.VerifyValueChecksum, got.ChecksumVerificationMode)
		}
		// A group must fit a transaction, or the committer panics: 15 % of a memtable.
		// What takes most of it are rows just too short for the value log, two entries
		// each.
		if limit := got.MemTableSize * 15 / 100; (groupEntries/2)*(got.ValueThreshold+100) > limit {
			t.Errorf("%s: a group may be too large for a transaction", name)
		}
	}
}
