package collect

import (
	"errors"
	"fmt"
	"time"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

var (
	// ErrClockApart: this computer and the server don't agree on the day, and a card
	// that is dated wrong stops the drop for every sender. It is a [*ClockError].
	ErrClockApart = errors.New("this computer's date and the server's are days apart")
	// ErrDate: this computer's date lies before that of the drop's last card: it is
	// wrong now, or was wrong then. It is a [*DateError].
	ErrDate = errors.New("this computer's date lies before that of the drop's last card")
)

// ClockError says what two computers take for today.
type ClockError struct {
	Here          drop.Day
	ClaimedServer drop.Day
}

func (e *ClockError) Error() string {
	return fmt.Sprintf("by this computer today is %s, by the server %s", e.Here, e.ClaimedServer)
}

// Is reports whether target is [ErrClockApart].
func (e *ClockError) Is(target error) bool { return target == ErrClockApart }

// DateError says when the last card was dated.
type DateError struct {
	Here drop.Day
	Last drop.Day // the day of the last card
}

func (e *DateError) Error() string {
	return fmt.Sprintf("by this computer today is %s, and the drop's last card is of %s", e.Here, e.Last)
}

// Is reports whether target is [ErrDate].
func (e *DateError) Is(target error) bool { return target == ErrDate }

// checkClock compares this computer's day with what the server claims is its own.
// A clock that is days ahead for one moment would otherwise put a card in place
// that all senders refuse until that day has come. The claim is only ever a reason
// to refuse, never to sign: a server that lies about it keeps a card from being
// renewed, which it could as well by not taking it.
func checkClock(info client.Info, today drop.Day) error {
	if server := drop.DayOf(time.Unix(info.Time, 0)); today < server-1 || today > server+1 {
		return &ClockError{Here: today, ClaimedServer: server}
	}
	return nil
}

// checkLast refuses a card that would be dated before the last one, but for the
// day of grace that clocks and time zones have. Should this computer's date be
// wrong, every sender would refuse it, and it would have taken the place of a good
// one. Whether it is, only a person can say: the server's claim doesn't count.
func checkLast(d *vault.Drop, today drop.Day) error {
	if last := d.Expires - drop.Day(d.Days); d.Published > 0 && today < last-1 {
		return &DateError{Here: today, Last: last}
	}
	return nil
}
