package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/transom-drop/transom/crypto/letter"
)

// Delete erases letters: their texts from what is searched, their file keys by
// writing the journal anew, then their envelopes. It deletes all of them or none.
//
// A reply that still waits is not sent then. A thread of which no letter is left
// is forgotten, keys and all, unless it is blocked; what its sender writes after
// that can't be answered. ErrNoLetter.
func (v *Vault) Delete(numbers ...int) error {
	if err := v.writable(); err != nil {
		return err
	}
	gone := map[int]bool{}
	for _, n := range numbers {
		if _, ok := v.state.find(n); !ok {
			return ErrNoLetter
		}
		gone[n] = true
	}
	kept := v.without(gone)
	// Stopped after this, the letters are still there, and are added again.
	if err := v.forgetTexts(gone); err != nil {
		return err
	}
	testOnlyStep("texts without the letter")
	if err := v.replaceJournal(kept); err != nil {
		return err
	}
	testOnlyStep("journal without the letter")
	return errors.Join(v.sweepEnvelopes(), v.sweepSent())
}

// without returns the state as it will be when letters are gone.
func (v *Vault) without(gone map[int]bool) *state {
	kept := &state{drops: v.state.drops, erased: slices.Clone(v.state.erased), next: v.state.next}
	threads, firsts := map[int]bool{}, map[int]bool{}
	for _, l := range v.state.letters {
		switch {
		case !gone[l.Number]:
			kept.letters = append(kept.letters, l)
			threads[l.Thread] = true
			if l.Kind == letter.KindFirst {
				firsts[l.Thread] = true
			}
		case !l.Sent:
			kept.erased = append(kept.erased, erased{l.Mailbox, l.Envelope, l.Hash, l.Epoch})
		}
	}
	for _, t := range v.state.threads {
		if !threads[t.Number] && !t.Blocked {
			continue
		}
		if !firsts[t.Number] {
			// The letter that holds the key goes. When it is damaged the thread can
			// no longer be answered, which is no reason to keep it.
			t.key, _ = v.ReplyKey(t)
		}
		kept.threads = append(kept.threads, t)
	}
	for _, q := range v.state.queue {
		if !gone[q.Letter] {
			kept.queue = append(kept.queue, q)
		}
	}
	return kept
}

// sweepEnvelopes removes the envelopes of letters that were deleted: those of the
// last deletion, and what an interrupted run left.
func (v *Vault) sweepEnvelopes() error {
	dir := filepath.Join(v.dir, "envelopes")
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("couldn't look for envelopes: %w", err)
	}
	received := 0
	for _, l := range v.state.letters {
		if !l.Sent {
			received++
		}
	}
	if len(there) <= received {
		return nil
	}
	deleted := map[string]bool{}
	for _, e := range v.state.erased {
		deleted[v.envelopeName(e.mailbox, e.envelope)] = true
	}
	for _, entry := range there {
		if !deleted[entry.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't remove an envelope: %w", err)
		}
	}
	return syncDir(dir)
}
