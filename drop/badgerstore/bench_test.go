package badgerstore

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/droptest"
)

const letterSize = 32 << 10

// BenchmarkDeposit measures acknowledged deposits of 32 KiB a second, and beside
// them, in the same run, the limit that the disk sets: the same bytes from as
// many writers, appended to a plain file by one goroutine that syncs whatever
// has gathered before it acknowledges.
func BenchmarkDeposit(b *testing.B) {
	for _, writers := range []int{1, 8, 32, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			dir := b.TempDir()
			s, err := Open(filepath.Join(dir, "store"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			log, err := droptest.NewRawLog(filepath.Join(dir, "raw"))
			if err != nil {
				b.Fatal(err)
			}
			defer log.Close()
			body := randomBytes(letterSize)

			raw := spread(b, b.N, writers, func(int) error { return log.Append(body) })
			b.ResetTimer()
			deposits := spread(b, b.N, writers, func(int) error {
				_, _, err := s.Put(ctx, drop.Deposit{
					ID: drop.NewEnvelopeID(), Size: letterSize, Expires: 30, Body: bytes.NewReader(body),
				})
				return err
			})
			b.ReportMetric(deposits, "deposits/s")
			b.ReportMetric(raw, "raw/s")
			b.ReportMetric(deposits/raw, "of-raw")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// spread calls f with the numbers below n, from several goroutines, and returns
// how many calls a second that made.
func spread(t testing.TB, n, writers int, f func(i int) error) float64 {
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range writers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := f(int(i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n) / time.Since(start).Seconds()
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// BenchmarkList lists a page of 1,000 in a mailbox of 2,000, with few and with
// many envelopes elsewhere: the cost must not tell them apart.
func BenchmarkList(b *testing.B) {
	for _, others := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			s, err := Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			spreadPuts(b, s, 2000, drop.MailboxID{1})
			spreadPuts(b, s, others/2, drop.MailboxID{0})
			spreadPuts(b, s, others/2, drop.MailboxID{2})
			b.ResetTimer()
			for b.Loop() {
				stats, more, err := s.List(ctx, drop.MailboxID{1}, nil, 1000)
				if err != nil || len(stats) != 1000 || !more {
					b.Fatal(len(stats), more, err)
				}
			}
		})
	}
}

func spreadPuts(b *testing.B, s *Store, n int, m drop.MailboxID) {
	spread(b, n, 64, func(int) error {
		_, _, err := s.Put(ctx, drop.Deposit{
			Mailbox: m, ID: drop.NewEnvelopeID(), Size: 5, Body: bytes.NewReader([]byte("empty")),
		})
		return err
	})
}
