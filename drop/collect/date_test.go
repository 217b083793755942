package collect

import (
	"errors"
	"testing"

	"github.com/transom-drop/transom/drop"
)

// TestClockApart: a computer whose clock runs days ahead, or has lost its battery,
// puts no card in place that senders refuse.
func TestClockApart(t *testing.T) {
	k := newDesk(t)
	for _, day := range []drop.Day{0, today - 2, today + 2, today + 400} {
		d := k.drop()
		_, err := Publish(ctx, k.vault, k.owner(), &d, day)
		var apart *ClockError
		if !errors.Is(err, ErrClockApart) || !errors.As(err, &apart) || apart.Here != day || apart.ClaimedServer != today {
			t.Errorf("on day %d: %v", day, err)
		}
		if _, err := Redate(ctx, k.vault, k.owner(), &d, day); !errors.Is(err, ErrClockApart) {
			t.Errorf("redated on day %d: %v", day, err)
		}
		if got := k.drop(); got.Signed != 1 || k.presentCard().Seq != 1 {
			t.Errorf("on day %d card %d was signed", day, got.Signed)
		}
	}
	for i, day := range []drop.Day{today + 1, today, today + 1} {
		d := k.drop()
		if _, err := Publish(ctx, k.vault, k.owner(), &d, day); err != nil || k.presentCard().Seq != int64(i+2) {
			t.Errorf("a day from the server's: %v", err)
		}
	}
}

// TestDate: the last card is from the future, because two clocks were wrong then,
// or are now.
func TestDate(t *testing.T) {
	k := newDesk(t)
	k.server.TestOnlyFreeze(noon(today + 5))
	d := k.drop()
	_, err := Publish(ctx, k.vault, k.owner(), &d, today+5)
	check(t, err)
	k.server.TestOnlyFreeze(noon(today))
	_, err = Publish(ctx, k.vault, k.owner(), &d, today)
	var date *DateError
	if !errors.Is(err, ErrDate) || !errors.As(err, &date) || date.Here != today || date.Last != today+5 {
		t.Fatalf("over a card from the future: %v", err)
	}
	if c := k.presentCard(); c.Seq != 2 || k.drop().Signed != 2 || c.CheckDay(int(today)) == nil {
		t.Fatalf("the card is %d, and was signed %d times", c.Seq, k.drop().Signed)
	}

	_, err = Redate(ctx, k.vault, k.owner(), &d, today)
	check(t, err)
	if c := k.presentCard(); c.Seq != 3 || c.Published != int(today) || c.CheckDay(int(today)) != nil {
		t.Errorf("redated it is card %d of day %d: %v", c.Seq, c.Published, c.CheckDay(int(today)))
	}
	k.reopen()
	if _, err := k.publish(); err != nil || k.presentCard().Seq != 4 {
		t.Errorf("afterwards: %v", err)
	}
}
