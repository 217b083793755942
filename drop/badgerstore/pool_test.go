package badgerstore

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

func wantPooled(t *testing.T, s *Store, want int64) {
	t.Helper()
	if got, err := s.Pooled(ctx); got != want || err != nil {
		t.Fatalf("%d bytes in the pool, error %v; want %d", got, err, want)
	}
}

// TestPoolAfterRestart: the pool is worked out from what is stored, after a clean
// stop and after a kill: half of the mailboxes have a card, on both sides of those
// that have none, and one card has no envelopes.
func TestPoolAfterRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := small.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var want int64
	for n := range byte(20) {
		m := drop.MailboxID{n, 1}
		if n%2 == 0 {
			if _, err := s.PutCard(ctx, drop.CardUpdate{Mailbox: m, Sealed: []byte{n}, Day: 1}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range n % 5 {
			d := deposit(drop.EnvelopeID{i}, make([]byte, 1000*int(n)+int(i)))
			d.Mailbox = m
			mustPut(t, s, d)
			if n%2 == 1 {
				want += d.Size
			}
		}
	}
	wantPooled(t, s, want)
	killed := asKilled(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for what, at := range map[string]string{"a stop": dir, "a kill": killed} {
		t.Run(what, func(t *testing.T) {
			s, err := small.Open(at)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			wantPooled(t, s, want)
			if err := s.Erase(ctx, drop.MailboxID{1, 1}, drop.EnvelopeID{0}); err != nil {
				t.Fatal(err)
			}
			wantPooled(t, s, want-1000)
			if _, err := s.Sweep(ctx, 1); err != nil { // counts again
				t.Fatal(err)
			}
			wantPooled(t, s, want-1000)
		})
	}
}

// TestPoolWhileCounting: what commits between the snapshot and the end of the
// count is in the sum, once.
func TestPoolWhileCounting(t *testing.T) {
	s, err := small.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stop := make(chan struct{})
	done := make(chan int64)
	for w := range byte(4) {
		go func() {
			var sum int64
			for i := 0; ; i++ {
				select {
				case <-stop:
					done <- sum
					return
				default:
				}
				d := deposit(drop.NewEnvelopeID(), make([]byte, i%100))
				d.Mailbox = drop.MailboxID{w}
				s.Put(ctx, d)
				if i%3 == 0 {
					s.Erase(ctx, d.Mailbox, d.ID)
				} else {
					sum += d.Size
				}
			}
		}()
	}
	for range 30 {
		if err := s.countPool(ctx); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	var want int64
	for range 4 {
		want += <-done
	}
	wantPooled(t, s, want)
}

// TestPoolUnknown: nothing waits for a count that never ends, and only deposits
// that the pool would have to bear are refused meanwhile.
func TestPoolUnknown(t *testing.T) {
	s, err := small.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Pooled(ctx)
	s.pool.mu.Lock()
	s.pool.known, s.pool.counted = false, make(chan struct{})
	s.pool.mu.Unlock()
	if _, err := s.PutCard(ctx, drop.CardUpdate{Mailbox: drop.MailboxID{1}, Sealed: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	d := deposit(drop.EnvelopeID{1}, []byte("x"))
	d.Pool = 1 << 20
	_, _, err = s.Put(ctx, d)
	wantError(t, err, drop.ErrCounting)
	d.Mailbox = drop.MailboxID{1}
	mustPut(t, s, d)
	soon, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	_, err = s.Pooled(soon)
	wantError(t, err, context.DeadlineExceeded)
	if err := s.countPool(ctx); err != nil {
		t.Fatal(err)
	}
	wantPooled(t, s, 0)
}

// BenchmarkOpen opens stores of many envelopes without a card and says when they
// are ready and when the pool is known.
func BenchmarkOpen(b *testing.B) {
	for _, envelopes := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("envelopes=%d", envelopes), func(b *testing.B) {
			dir := b.TempDir()
			s, err := Open(dir)
			if err != nil {
				b.Fatal(err)
			}
			spread(b, envelopes, 64, func(i int) error {
				m := drop.MailboxID{byte(i), byte(i >> 8), byte(i >> 16)}
				_, _, err := s.Put(ctx, drop.Deposit{Mailbox: m, ID: drop.NewEnvelopeID(), Size: 5, Body: bytes.NewReader([]byte("empty"))})
				return err
			})
			s.Close()
			var opened, counted time.Duration
			for b.Loop() {
				start := time.Now()
				s, err := Open(dir)
				if err != nil {
					b.Fatal(err)
				}
				opened += time.Since(start)
				if n, err := s.Pooled(ctx); err != nil || n != int64(5*envelopes) {
					b.Fatal(n, err)
				}
				counted += time.Since(start)
				s.Close()
			}
			b.ReportMetric(float64(opened.Milliseconds())/float64(b.N), "ms-ready")
			b.ReportMetric(float64(counted.Milliseconds())/float64(b.N), "ms-counted")
		})
	}
}
