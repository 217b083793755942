package client

import (
	"slices"

	"github.com/transom-drop/transom/crypto/letter"
)

// maxAhead bounds how far beyond the sender's own copies the recipient's word is
// taken for what the sender has written: a claim of 2^53 would leave no number
// for a next letter.
const maxAhead = 1000

// arrange works out what the letters that were found mean together.
func (t *Thread) arrange() {
	t.next = 1
	for _, c := range t.copies {
		t.next = max(t.next, c.meta.Seq+1)
		t.Expires = max(t.Expires, c.expires)
	}
	highest := t.next
	desk := slices.Concat(t.replies, t.receipts)
	for _, d := range desk {
		saw := append([]int64{d.meta.Seen[t.keys.Author]}, d.meta.Beyond[t.keys.Author]...)
		if n := slices.Max(saw); n < highest+maxAhead {
			t.next = max(t.next, n+1)
		}
	}
	t.Known = len(desk)+len(t.deleted) > 0 // what was deleted had been checked
	t.Ended = t.isEnded()
	t.markDeleted()
	t.order()
	t.findGaps()
	for i := range t.Letters {
		if t.Letters[i].Own {
			t.findState(&t.Letters[i])
		}
	}
}

// isEnded reports whether one of the recipient's devices has said that the thread
// is closed, and has sent no reply since: a receipt counts with its author's
// replies. Which of two receipts was the later cannot be known.
func (t *Thread) isEnded() bool {
	highest := map[[8]byte]int64{}
	for _, d := range t.replies {
		highest[d.meta.Author] = max(highest[d.meta.Author], d.meta.Seq)
	}
	return slices.ContainsFunc(t.receipts, func(d deskLetter) bool {
		return d.meta.Closed && d.meta.Seq >= highest[d.meta.Author]
	})
}

// markDeleted marks the replies that the sender has deleted and that are here all
// the same.
func (t *Thread) markDeleted() {
	for i := range t.Letters {
		l := &t.Letters[i]
		l.Deleted = !l.Own && slices.Contains(t.deleted, letter.Ref{Author: l.meta.Author, Seq: l.Seq})
	}
}

func (t *Thread) order() {
	metas := make([]*letter.Meta, len(t.Letters))
	days := make([]int, len(t.Letters))
	for i, l := range t.Letters {
		metas[i], days[i] = l.meta, int(l.Day)
	}
	ordered := make([]ThreadLetter, 0, len(t.Letters))
	for _, i := range letter.Order(metas, days) {
		ordered = append(ordered, t.Letters[i])
	}
	t.Letters = ordered
}

// seqs returns which letters of each of the recipient's devices have been here,
// those that were deleted included, and the number of the last that each has sent.
func (t *Thread) seqs() (here map[[8]byte][]int64, highest map[[8]byte]int64) {
	here, highest = map[[8]byte][]int64{}, map[[8]byte]int64{}
	add := func(author [8]byte, seq int64) {
		here[author] = append(here[author], seq)
		highest[author] = max(highest[author], seq)
	}
	for _, d := range t.replies {
		add(d.meta.Author, d.meta.Seq)
	}
	for _, ref := range t.deleted {
		add(ref.Author, ref.Seq)
	}
	for _, d := range t.receipts {
		highest[d.meta.Author] = max(highest[d.meta.Author], d.meta.Seq)
	}
	return here, highest
}

// findGaps puts each letter that is missing before the next of its author that is
// here.
func (t *Thread) findGaps() {
	here, highest := t.seqs()
	for author, last := range highest {
		for _, seq := range letter.Missing(here[author], last) {
			i := slices.IndexFunc(t.Letters, func(l ThreadLetter) bool {
				return !l.Own && l.meta.Author == author && l.Seq > seq
			})
			if i < 0 {
				t.MissingAtEnd++
			} else {
				t.Letters[i].MissingBefore++
			}
		}
	}
}

// findState says how far one of the sender's own letters is known to have come.
func (t *Thread) findState(l *ThreadLetter) {
	if t.Recipient == nil {
		l.State = Unknown
		return
	}
	see := func(desk []deskLetter, state State) {
		for _, d := range desk {
			if !d.meta.Saw(t.keys.Author, l.Seq) {
				continue
			}
			if l.State == OnServer || d.day < l.Collected {
				l.Collected = d.day
			}
			l.State = state
		}
	}
	see(t.receipts, Collected)
	see(t.replies, Answered)
}
