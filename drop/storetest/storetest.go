// Package storetest is the one conformance suite for every [drop.Store]. What
// it asks is what the comments of the interface promise, and nothing that only
// one implementation could know.
//
// [Run] suits every store. A store on a disk also passes [Crash] and
// [Corruption], which run it in child processes and so need [Main] in the
// package's TestMain.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// Run runs the whole suite. The function given makes an empty store, and sees to
// it that the store is closed when the test ends.
func Run(t *testing.T, open func(t *testing.T) drop.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s drop.Store)
	}{
		{"put and open", testPutOpen},
		{"sizes", testSizes},
		{"put again", testIdempotent},
		{"conflict", testConflict},
		{"body errors", testBodyErrors},
		{"seek", testSeek},
		{"list", testList},
		{"erase", testErase},
		{"withdraw", testWithdraw},
		{"erase while reading", testEraseWhileReading},
		{"card", testCard},
		{"invitation", testInvitation},
		{"sweep envelopes", testSweepEnvelopes},
		{"sweep cards", testSweepCards},
		{"pool", testPool},
		{"pool and cards", testPoolCards},
		{"pool race", testPoolRace},
		{"create race", testCreateRace},
		{"card race", testCardRace},
		{"invitation race", testInvitationRace},
		{"erase race", testEraseRace},
		{"lister against writers", testLister},
		{"readers against sweeps", testReadersAgainstSweeps},
		{"model 1", testModel(1)},
		{"model 2", testModel(2)},
		{"model 3", testModel(3)},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var ctx = context.Background()

// The days of these tests: any would do.
const (
	today  = drop.Day(20000)
	expiry = today + 30
)

// text expands a seed into bytes that no other seed gives.
func text(seed uint64, size int) []byte {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	b := make([]byte, size)
	rand.NewChaCha8(key).Read(b)
	return b
}

func mailbox(n byte) drop.MailboxID     { return drop.MailboxID{0: n, 15: n} }
func envelopeID(n byte) drop.EnvelopeID { return drop.EnvelopeID{0: n, 15: n} }
func hash(n byte) [sha256.Size]byte     { return sha256.Sum256([]byte{n}) }

func deposit(m drop.MailboxID, id drop.EnvelopeID, body []byte, withdraw byte) drop.Deposit {
	return drop.Deposit{
		Mailbox: m, ID: id, Size: int64(len(body)), Withdraw: hash(withdraw),
		Day: today, Expires: expiry, Body: bytes.NewReader(body),
	}
}

func mustPut(t *testing.T, s drop.Store, d drop.Deposit) drop.Stat {
	t.Helper()
	stat, created, err := s.Put(ctx, d)
	if err != nil || !created {
		t.Fatalf("Put: created %v, error %v; want a new envelope", created, err)
	}
	return stat
}

// content opens and reads an envelope.
func content(s drop.Store, m drop.MailboxID, id drop.EnvelopeID) (drop.Stat, []byte, error) {
	stat, r, err := s.Open(ctx, m, id)
	if err != nil {
		return stat, nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return stat, b, err
}

func wantContent(t *testing.T, s drop.Store, m drop.MailboxID, id drop.EnvelopeID, want []byte) {
	t.Helper()
	stat, got, err := content(s, m, id)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes, error %v; want the %d that were put", len(got), err, len(want))
	}
	if stat.ID != id || stat.Size != int64(len(want)) || stat.Day != today || stat.Expires != expiry {
		t.Fatalf("stat is %+v", stat)
	}
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: error is %v; want %v", what, err, want)
	}
}

// wantNothing checks that an ID is as if it had never been used.
func wantNothing(t *testing.T, s drop.Store, m drop.MailboxID, id drop.EnvelopeID) {
	t.Helper()
	_, _, err := s.Open(ctx, m, id)
	wantError(t, "Open", err, drop.ErrNotFound)
	for _, stat := range listAll(t, s, m, 100) {
		if stat.ID == id {
			t.Fatal("the list has it")
		}
	}
}

// listAll reads a mailbox page by page.
func listAll(t *testing.T, s drop.Store, m drop.MailboxID, limit int) []drop.Stat {
	t.Helper()
	stats, err := list(s, m, limit)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func list(s drop.Store, m drop.MailboxID, limit int) (all []drop.Stat, err error) {
	var after *drop.EnvelopeID
	for {
		stats, more, err := s.List(ctx, m, after, limit)
		if err != nil {
			return nil, err
		}
		for i := range stats {
			if after != nil && bytes.Compare(stats[i].ID[:], after[:]) <= 0 {
				return nil, errors.New("the list is not in the order of IDs")
			}
			after = &stats[i].ID
		}
		all = append(all, stats...)
		if !more {
			return all, nil
		}
		if len(stats) != limit {
			return nil, errors.New("a page that is not the last is not full")
		}
	}
}
