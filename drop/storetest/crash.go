package storetest

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

// Crash kills a process that writes, 20 times, each time at another moment, and
// opens the store again. Nothing that was acknowledged may be missing, nothing
// that was erased may be back, and nothing may be there twice or in part. The
// package calls [Main]. After each kill, check is given the store, for what only
// its own package can see.
func Crash(t *testing.T, open func(dir string) (drop.Store, error), check func(t *testing.T, s drop.Store)) {
	dir := t.TempDir()
	a := newAccount()
	checked := make(map[drop.EnvelopeID]bool)
	for round := range 20 {
		// Uneven steps, so that kills do not fall into step with sweeps. Some come
		// while the store is still being made or opened.
		d := time.Duration(3+(round*37)%180) * time.Millisecond
		runWriter(t, dir, a, d, round%3 == 0, true)
		s, err := open(filepath.Join(dir, "store"))
		if err != nil {
			t.Fatalf("opening after kill %d: %v", round+1, err)
		}
		if round == 19 {
			clear(checked) // all of them once more
		}
		if err := checkAccount(s, a, checked); err != nil {
			t.Fatalf("after kill %d: %v", round+1, err)
		}
		check(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged, %d of them erased, %d cards", len(a.Put), len(a.Erased), a.Card)
	if len(a.Put) < 100 || len(a.Erased) == 0 {
		t.Error("the children wrote too little for this to mean anything")
	}
}

// checkAccount compares a store with what was acknowledged. What was under way
// when the child was killed may have happened, whole, or not.
func checkAccount(s drop.Store, a *account, checked map[drop.EnvelopeID]bool) error {
	stats, err := list(s, kept, 100)
	if err != nil {
		return err
	}
	listed := make(map[string]bool)
	for _, stat := range stats {
		id := stat.ID.String()
		listed[id] = true
		if a.Erased[id] {
			return errors.New("an erased envelope is back")
		}
		if checked[stat.ID] {
			continue
		}
		checked[stat.ID] = true
		if err := checkBody(s, kept, stat.ID); err != nil {
			return err
		}
		_, created, err := s.Put(ctx, deposit(kept, stat.ID, bodyOf(stat.ID), 1))
		if created || err != nil {
			return fmt.Errorf("putting a listed envelope again: created %v, error %v", created, err)
		}
	}
	for id := range a.Put {
		if !listed[id] && !a.Erasing[id] {
			return errors.New("an acknowledged envelope is lost")
		}
	}
	return checkCard(s, a)
}

// checkCard: the card is the last that was acknowledged, or the one after it.
func checkCard(s drop.Store, a *account) error {
	sealed, _, err := s.Card(ctx, carded)
	switch {
	case errors.Is(err, drop.ErrNotFound):
		if a.Card > 0 {
			return errors.New("an acknowledged card is lost")
		}
		return nil
	case err != nil:
		return err
	}
	switch n := cardNumber(sealed); n {
	case a.Card, a.Card + 1:
		a.Card = n
		return nil
	case -1:
		return fmt.Errorf("the card: %w", errWrong)
	default:
		return fmt.Errorf("the card is number %d, and number %d was acknowledged", n, a.Card)
	}
}
