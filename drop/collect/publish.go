package collect

import (
	"context"
	"errors"
	"fmt"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/envelope"
	"github.com/transom-drop/transom/crypto/keys"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/vault"
)

// testOnlyStep is called between any two steps that leave something behind, so
// that tests can stop the process there.
var testOnlyStep = func(step string) {}

// NewDrop draws the keys of a drop. What is left for the caller to fill in is
// what people read, and the server.
func NewDrop(today drop.Day) vault.Drop {
	return vault.Drop{
		Root: keys.NewRoot(), Secret: link.NewSecret(), Made: today, Replies: true, Receipts: true,
		Epochs: []vault.Epoch{{Number: 1, From: today, Seed: envelope.NewSealingSeed()}},
	}
}

// Card returns the card that a drop has on a day. Its epochs end with it: keys
// are never named for longer than the card is valid.
func Card(d vault.Drop, today drop.Day) *card.Card {
	expires := int(today) + d.Days
	c := &card.Card{
		Seq: d.Signed, Published: int(today), Expires: expires,
		Title: d.Title, Intro: d.Intro, Languages: d.Languages,
		Questions: d.Questions, Notices: d.Notices,
		Policy: card.Policy{Files: d.Files, Largest: d.Largest, Replies: d.Replies},
	}
	if d.Desk != nil {
		// Also when the drop offers no replies any more: those that were sent are
		// checked with it.
		c.Desks = [][32]byte{d.Desk.Public()}
	}
	for _, e := range d.Epochs {
		c.Epochs = append(c.Epochs, card.Epoch{
			Number: int64(e.Number), From: min(int(e.From), int(today)), Until: expires, Keys: []string{e.Seed.Recipient()},
		})
	}
	return c
}

// Published says how publishing went.
type Published struct {
	First bool // the mailbox had no card
	// Older is the number of the card that the server showed, if it is lower than
	// that of one which it had accepted: senders may be shown old cards.
	Older int64
	// Foreign says that what the server had was no card of this drop.
	Foreign bool
}

// Publish signs a new card, with today's dates, and puts it in place of the one
// on the server. The drop's record is in the vault before the card goes out, so
// that a lost answer loses nothing; d is brought up to date.
//
// Errors are those of package client, ErrClockApart and ErrDate, with which nothing
// was signed, and card.ErrFormat for a drop that makes no valid card.
func Publish(ctx context.Context, v *vault.Vault, o *client.Owner, d *vault.Drop, today drop.Day) (Published, error) {
	return publish(ctx, v, o, d, today, checkLast)
}

// Redate is [Publish] over a card that was dated on a later day than today, when
// this computer's date was wrong: for somebody who has looked at a calendar. A
// card's number still grows, and nothing else forbids an earlier date.
func Redate(ctx context.Context, v *vault.Vault, o *client.Owner, d *vault.Drop, today drop.Day) (Published, error) {
	return publish(ctx, v, o, d, today, func(*vault.Drop, drop.Day) error { return nil })
}

func publish(ctx context.Context, v *vault.Vault, o *client.Owner, d *vault.Drop, today drop.Day, check func(*vault.Drop, drop.Day) error) (p Published, err error) {
	info, err := infoOf(ctx, o)
	if err != nil {
		return p, err
	}
	if err := checkClock(info, today); err != nil {
		return p, err
	}
	if err := check(d, today); err != nil {
		return p, err
	}
	d.Largest = info.Largest
	// Another device may publish at the same time; a third time is bad luck.
	for range 3 {
		if err = publishOnce(ctx, v, o, d, today, &p); !errors.Is(err, drop.ErrChanged) {
			return p, err
		}
	}
	return p, err
}

func publishOnce(ctx context.Context, v *vault.Vault, o *client.Owner, d *vault.Drop, today drop.Day, p *Published) error {
	present, err := presentCard(ctx, o, d.Mailbox())
	if err != nil {
		return err
	}
	invitation := d.Invitation
	if present != nil {
		invitation = ""
		c, err := card.Open(present, d.Code())
		p.Foreign = err != nil
		if err == nil {
			d.Signed = max(d.Signed, c.Seq)
			if c.Seq < d.Published {
				p.Older = c.Seq
			}
		}
	}
	if d.Desk == nil {
		d.Desk = keys.NewRoot()
	}
	d.Signed++
	sealed, err := card.Seal(d.Root, d.Secret, Card(*d, today))
	if err != nil {
		return fmt.Errorf("couldn't make the card: %w", err)
	}
	if err := v.PutDrop(*d); err != nil {
		return err
	}
	testOnlyStep("card signed")
	err = client.Retry(ctx, func() error {
		p.First, err = o.PutCard(ctx, sealed, present, invitation)
		return err
	})
	if err != nil {
		return err
	}
	testOnlyStep("card published")
	d.Published, d.Expires = d.Signed, today+drop.Day(d.Days)
	return v.PutDrop(*d)
}

// presentCard returns the sealed card on the server, nil when there is none.
func presentCard(ctx context.Context, o *client.Owner, m drop.MailboxID) (sealed []byte, err error) {
	err = client.Retry(ctx, func() error {
		sealed, err = o.Card(ctx, m)
		return err
	})
	if errors.Is(err, drop.ErrNotFound) {
		return nil, nil
	}
	return sealed, err
}

func infoOf(ctx context.Context, o *client.Owner) (info client.Info, err error) {
	err = client.Retry(ctx, func() error {
		info, err = o.Info(ctx)
		return err
	})
	return info, err
}
