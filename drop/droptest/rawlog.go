package droptest

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// RawLog is the least that a durable store can do, and so what benchmarks stand
// beside: one goroutine appends what has gathered to a plain file, syncs it, and
// only then acknowledges.
type RawLog struct {
	file   *os.File
	writes chan rawWrite
	done   chan struct{}
}

type rawWrite struct {
	data []byte
	done chan error
}

// rawGroup is how much one sync of a RawLog covers at most.
const rawGroup = 1 << 20

// NewRawLog makes the file. Close the log when done.
func NewRawLog(name string) (*RawLog, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("couldn't make a raw log: %w", err)
	}
	l := &RawLog{file: file, writes: make(chan rawWrite), done: make(chan struct{})}
	go l.loop()
	return l, nil
}

// Append returns once data is synced.
func (l *RawLog) Append(data []byte) error {
	w := rawWrite{data, make(chan error, 1)}
	l.writes <- w
	return <-w.done
}

// Close ends the log; nothing may be appended any more.
func (l *RawLog) Close() error {
	close(l.writes)
	<-l.done
	return l.file.Close()
}

func (l *RawLog) loop() {
	defer close(l.done)
	var buf []byte
	for first := range l.writes {
		buf = append(buf[:0], first.data...)
		group := []rawWrite{first}
	gather:
		for len(buf) < rawGroup {
			select {
			case w, ok := <-l.writes:
				if !ok {
					break gather
				}
				buf, group = append(buf, w.data...), append(group, w)
			default:
				break gather
			}
		}
		_, err := l.file.Write(buf)
		err = errors.Join(err, l.file.Sync())
		for _, w := range group {
			w.done <- err
		}
	}
}

// Spread runs f b.N times from so many goroutines at once and returns how many
// times a second that was.
func Spread(b *testing.B, goroutines int, f func() error) float64 {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	start := time.Now()
	for range goroutines {
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
