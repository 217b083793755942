package drop_test

import (
	"testing"
	"time"

	"github.com/transom-drop/transom/drop"
)

func TestDayOf(t *testing.T) {
	for _, test := range []struct {
		unix int64
		nsec int64
		day  drop.Day
	}{
		{0, 0, 0},
		{0, 1, 0},
		{86399, 999999999, 0},
		{86400, 0, 1},
		{-1, 0, -1},
		{-1, 999999999, -1},
		{-86400, 0, -1},
		{-86401, 0, -2},
		{1_767_225_599, 0, 20453}, // 2025-12-31T23:59:59Z
		{1_767_225_600, 0, 20454}, // 2026-01-01T00:00:00Z
	} {
		if got := drop.DayOf(time.Unix(test.unix, test.nsec)); got != test.day {
			t.Errorf("%d.%09d is day %d; want %d", test.unix, test.nsec, int(got), int(test.day))
		}
	}
}

// A day is UTC's, wherever the server stands.
func TestDayIsUTC(t *testing.T) {
	for _, offset := range []int{-12, -1, 0, 1, 14} {
		zone := time.FixedZone("", offset*60*60)
		moment := time.Date(2026, 2, 28, 23, 30, 0, 0, time.UTC).In(zone)
		if got := drop.DayOf(moment).String(); got != "2026-02-28" {
			t.Errorf("offset %d: %s", offset, got)
		}
	}
}

func TestDayTime(t *testing.T) {
	for day := drop.Day(-800); day < 25000; day++ {
		begin := day.Time()
		if begin.Location() != time.UTC || begin.Hour() != 0 || begin.Minute() != 0 || begin.Second() != 0 {
			t.Fatalf("day %d begins at %v", int(day), begin)
		}
		if drop.DayOf(begin) != day || drop.DayOf(begin.Add(24*time.Hour-1)) != day || drop.DayOf(begin.Add(-1)) != day-1 {
			t.Fatalf("day %d does not span its own 24 hours", int(day))
		}
	}
	if got := drop.Day(20454).String(); got != "2026-01-01" {
		t.Errorf("day 20454 is %s", got)
	}
}

// A card must outlast what may be said in it: 90 days, and a day for each clock.
func TestLimitsFitTogether(t *testing.T) {
	if drop.CardDays < 90+2 || drop.DefaultDays > drop.MaxDays || drop.MaxListed < 1 || drop.DefaultMaxEnvelope < 32<<10 {
		t.Error("limits contradict each other")
	}
}
