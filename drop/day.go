package drop

import "time"

// Day counts days since 1970-01-01 UTC. It is the only kind of time that is
// ever stored: an hour would already narrow down who sent a letter.
type Day int32

// DayOf returns the UTC day in which t lies.
func DayOf(t time.Time) Day {
	seconds := t.Unix()
	day := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		day--
	}
	return Day(day)
}

// Time returns midnight UTC at the beginning of the day, for showing it.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String returns the day as 2006-01-02.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

const secondsPerDay = 24 * 60 * 60
