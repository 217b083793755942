package badgerstore

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

// BenchmarkErasing measures what purges cost those who deposit: envelopes of
// 32 KiB from 32 writers who also erase every second one, without purges, with
// one each second, and with one after another. A store as shipped has one in five
// minutes.
func BenchmarkErasing(b *testing.B) {
	for _, every := range []time.Duration{time.Hour, time.Second, time.Millisecond} {
		b.Run(fmt.Sprintf("every=%v", every), func(b *testing.B) {
			s, err := Options{testOnlyPurge: every}.Open(filepath.Join(b.TempDir(), "store"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			body := randomBytes(letterSize)
			var worst atomic.Int64
			b.ResetTimer()
			deposits := spread(b, b.N, 32, func(i int) error {
				start := time.Now()
				id := drop.NewEnvelopeID()
				_, _, err := s.Put(ctx, drop.Deposit{ID: id, Size: letterSize, Expires: 30, Body: bytes.NewReader(body)})
				if took := int64(time.Since(start)); took > worst.Load() {
					worst.Store(took)
				}
				if err == nil && i%2 == 0 {
					err = s.Erase(ctx, drop.MailboxID{}, id)
				}
				return err
			})
			b.ReportMetric(deposits, "deposits/s")
			b.ReportMetric(float64(worst.Load())/1e6, "ms-worst")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkPurge measures one purge of a store with many envelopes elsewhere, and
// how long a deposit has to wait at worst meanwhile.
func BenchmarkPurge(b *testing.B) {
	for _, others := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			s, err := Options{testOnlyPurge: time.Hour}.Open(filepath.Join(b.TempDir(), "store"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			spreadPuts(b, s, others, drop.MailboxID{1})
			body := randomBytes(letterSize)
			var worst time.Duration
			b.ResetTimer()
			for range b.N {
				id := drop.NewEnvelopeID()
				if _, _, err := s.Put(ctx, deposit(id, body)); err != nil {
					b.Fatal(err)
				}
				if err := s.Erase(ctx, drop.MailboxID{}, id); err != nil {
					b.Fatal(err)
				}
				done := make(chan error)
				go func() {
					s.sweeping.Lock()
					defer s.sweeping.Unlock()
					done <- s.purge(ctx)
				}()
				for running := true; running; {
					select {
					case err := <-done:
						if running = false; err != nil {
							b.Fatal(err)
						}
					default:
						start := time.Now()
						if _, _, err := s.Put(ctx, deposit(drop.NewEnvelopeID(), []byte("one more"))); err != nil {
							b.Fatal(err)
						}
						worst = max(worst, time.Since(start))
					}
				}
				if s.owed.Load() {
					b.Error("still owed")
				}
			}
			b.ReportMetric(float64(worst.Milliseconds()), "ms-worst")
			b.ReportMetric(float64(s.tableBytes())/(1<<20), "MiB-of-tables")
		})
	}
}
