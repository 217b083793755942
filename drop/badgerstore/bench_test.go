package badgerstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
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
			log := newRawLog(b, filepath.Join(dir, "raw"))
			defer log.close()
			body := randomBytes(letterSize)

			raw := spread(b, writers, func() error { return log.append(body) })
			b.ResetTimer()
			deposits := spread(b, writers, func() error {
				_, _, err := s.Put(context.Background(), drop.Deposit{
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

// spread runs f b.N times from several goroutines and returns how often a second.
func spread(b *testing.B, writers int, f func() error) float64 {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	start := time.Now()
	for range writers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := f(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(b.N) / time.Since(start).Seconds()
}

// rawLog is the least that a durable store can do.
type rawLog struct {
	f      *os.File
	writes chan rawWrite
	done   chan struct{}
}

type rawWrite struct {
	data []byte
	done chan error
}

func newRawLog(b *testing.B, name string) *rawLog {
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	l := &rawLog{f: f, writes: make(chan rawWrite), done: make(chan struct{})}
	go l.loop()
	return l
}

func (l *rawLog) loop() {
	defer close(l.done)
	var buf []byte
	for first := range l.writes {
		group := []rawWrite{first}
		buf = append(buf[:0], first.data...)
		for more := true; more && len(buf) < groupBytes; {
			select {
			case w, open := <-l.writes:
				if !open {
					more = false
					break
				}
				group = append(group, w)
				buf = append(buf, w.data...)
			default:
				more = false
			}
		}
		_, err := l.f.Write(buf)
		if err == nil {
			err = syncData(l.f)
		}
		for _, w := range group {
			w.done <- err
		}
	}
}

func (l *rawLog) append(data []byte) error {
	w := rawWrite{data, make(chan error, 1)}
	l.writes <- w
	return <-w.done
}

func (l *rawLog) close() {
	close(l.writes)
	<-l.done
	l.f.Close()
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
