package server

import (
	"context"
	"time"
)

// sweepLook is how long SweepDaily sleeps at most: a machine that was asleep, or
// whose clock was set, must not wait a day for its next midnight.
const sweepLook = time.Hour

// SweepDaily removes what has expired, now and after each midnight UTC, until
// ctx ends. Nothing expired is visible before that either; the sweep is for the
// disk.
func (s *Server) SweepDaily(ctx context.Context) {
	for {
		day := s.today()
		if _, err := s.Store.Sweep(ctx, day); err != nil {
			s.note(err)
		}
		for s.today() == day {
			left := (day + 1).Time().Sub(s.Now())
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(max(left, time.Millisecond), sweepLook)):
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}
