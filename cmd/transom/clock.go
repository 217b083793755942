package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/transom-drop/transom/drop/collect"
)

// clockHint says what to do about dates that don't fit, "" when the error is about
// something else.
func clockHint(err error) string {
	var apart *collect.ClockError
	var date *collect.DateError
	switch {
	case errors.As(err, &apart):
		return fmt.Sprintf("check this computer's date. It believes that today is %s; the server says %s. No card was signed.\n"+
			"If this computer is right, the server's operator has to set its clock. Then: transom collect", apart.Here, apart.ClaimedServer)
	case errors.As(err, &date):
		return fmt.Sprintf("look at a calendar. If today isn't %s, set this computer's date, and collect again.\n"+
			"If it is, the date was wrong when the last card was published: until %s senders will see that the card is from the future, and can't write.\n"+
			"To put a card of today in its place: transom collect --redate. The quick way out besides is a new drop: transom new", date.Here, date.Last-2)
	}
	return ""
}

// confirmDate asks whether today is the day that it is here. A card with another
// date stops the drop for its senders.
func confirmDate(ctx context.Context, yes bool) error {
	if yes {
		return nil
	}
	ok, err := confirm(ctx, fmt.Sprintf("Is today %s? Senders refuse a card with a wrong date.", today()))
	if errors.Is(err, errNoTerminal) {
		return usage("there is no terminal to ask on: it would date the card %s", today()).stating("Nothing was done.").hinting("if today is that day: transom collect --redate --yes")
	}
	if err != nil {
		return err
	}
	if !ok {
		return fail(exitFailed, "nothing was done").hinting("set this computer's date first")
	}
	return nil
}
