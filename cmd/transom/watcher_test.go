package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// watching runs a watcher on a clock of its own until a time, and returns what it
// told and noted, with the minute at which it did.
func watching(t *testing.T, digest string, from, until time.Time, look func(time.Time) (bool, error)) []string {
	t.Helper()
	at, err := parseDigest(digest)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	now := from
	var told []string
	w := &watcher{
		every: 30 * time.Minute, digest: at,
		now: func() time.Time { return now },
		sleep: func(_ context.Context, to time.Time) {
			if to.After(until) {
				cancel()
				return
			}
			if to.After(now) {
				now = to
			}
		},
		look:   func(context.Context) (bool, error) { return look(now) },
		tell:   func(_ context.Context, n notice) { told = append(told, now.Format("2 15:04 ")+string(n)) },
		errand: func(context.Context) {},
		note: func(format string, args ...any) {
			told = append(told, now.Format("2 15:04 note: ")+fmt.Sprintf(format, args...))
		},
	}
	if err := w.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	return told
}

func clock(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC)
}

// TestDigest: once a day at its time, whatever came and whenever.
func TestDigest(t *testing.T) {
	away := errors.New("the server is away")
	got := watching(t, "08:00", clock(1, 9, 0), clock(5, 12, 0), func(now time.Time) (bool, error) {
		switch now.Day() {
		case 1:
			return now.Hour() == 13, nil
		case 3:
			if now.Hour() >= 8 {
				return false, away
			}
		case 4:
			if now.Hour() < 20 {
				return false, away
			}
			return true, nil
		}
		return false, nil
	})
	var digests []string
	for _, line := range got {
		if line[2:7] == "08:00" && line[8:13] != "note:" {
			digests = append(digests, line)
		}
	}
	want := []string{"2 08:00 Something has come.", "3 08:00 Nothing came today.", "4 08:00 Could not look yet.", "5 08:00 Something has come."}
	if fmt.Sprint(digests) != fmt.Sprint(want) {
		t.Errorf("told\n%q, want\n%q", digests, want)
	}
	// Beside the digests only that the server went away and came back.
	if len(got) != len(want)+2 {
		t.Errorf("told %q", got)
	}
}

// TestDigestAfterSleep: days on which the computer slept are told of once.
func TestDigestAfterSleep(t *testing.T) {
	now := clock(1, 7, 0)
	d := timeOfDay{8, 0}
	if got := d.after(now); got != clock(1, 8, 0) {
		t.Errorf("before its time: %v", got)
	}
	if got := d.after(clock(1, 8, 0)); got != clock(2, 8, 0) {
		t.Errorf("at its time: %v", got)
	}
	if got := d.after(clock(6, 23, 59)); got != clock(7, 8, 0) {
		t.Errorf("days later: %v", got)
	}
}

// TestWatchAtOnce: what comes is told when it is seen, and looking is irregular.
func TestWatchAtOnce(t *testing.T) {
	var looks []time.Time
	got := watching(t, "", clock(1, 0, 0), clock(2, 0, 0), func(now time.Time) (bool, error) {
		looks = append(looks, now)
		return len(looks) == 3, nil
	})
	if len(got) != 1 || got[0][len("1 00:00 "):] != string(somethingCame) {
		t.Errorf("told %q", got)
	}
	distinct := map[time.Duration]bool{}
	for i := 1; i < len(looks); i++ {
		d := looks[i].Sub(looks[i-1])
		if d < 15*time.Minute || d >= 45*time.Minute {
			t.Errorf("looked again after %v", d)
		}
		distinct[d] = true
	}
	if len(looks) < 30 || len(distinct) < 25 {
		t.Errorf("%d looks, %d different pauses", len(looks), len(distinct))
	}
}

// TestErrands: what is sent has times of its own, as often as looks and not after
// them.
func TestErrands(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	now := clock(1, 0, 0)
	var looks, errands []time.Time
	w := &watcher{
		every: 30 * time.Minute,
		now:   func() time.Time { return now },
		sleep: func(_ context.Context, to time.Time) {
			if now = to; to.After(clock(8, 0, 0)) {
				cancel()
			}
		},
		look:   func(context.Context) (bool, error) { looks = append(looks, now); return false, nil },
		errand: func(context.Context) { errands = append(errands, now) },
		tell:   func(context.Context, notice) {},
		note:   t.Logf,
	}
	if err := w.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(errands) < len(looks)/2 || len(errands) > len(looks)*2 {
		t.Errorf("%d errands, %d looks", len(errands), len(looks))
	}
	close := 0
	for _, e := range errands {
		for _, l := range looks {
			if d := e.Sub(l); d >= 0 && d < time.Minute {
				close++
			}
		}
	}
	if close > len(errands)/4 { // by chance it is one in thirty
		t.Errorf("%d of %d errands came within a minute of a look", close, len(errands))
	}
}

// TestNoticesAlike: who sees sealed notices pass sees their size.
func TestNoticesAlike(t *testing.T) {
	if len(somethingCame) != len(nothingCame) || len(nothingCame) != len(couldNotLook) {
		t.Errorf("%d, %d and %d bytes", len(somethingCame), len(nothingCame), len(couldNotLook))
	}
}

func TestParseDigest(t *testing.T) {
	for _, bad := range []string{"8:00", "24:00", "08:60", "0800", "08:00:00", "now"} {
		if _, err := parseDigest(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
