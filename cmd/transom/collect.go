package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) collectCommand() *cobra.Command {
	var asJSON, redate, yes bool
	cmd := &cobra.Command{
		Use:   "collect [DROP]",
		Short: "Bring letters from the server into the vault, and renew the card",
		Long: `Download what waits for your drops, or for one of them, open it, keep it in the
vault, and only then erase it from the server. Each new letter is a line on
stdout, with --json an object. Then each drop's card is renewed, and what is due in
the outbox is sent: your replies, and receipts, which tell senders that their letters
were collected (transom drop --receipts off turns them off).

What comes to a thread that you have blocked is discarded unread.

The card gets today's date. It is not renewed while this computer and the server
believe in days further apart than one, nor over a card of a later day. If that one
got its date when this computer's was wrong, --redate replaces it all the same. It
asks first whether today is right.

Stopped at any point, it goes on the next time: no letter is lost or collected
twice. A letter that can't be accepted - damaged, copied from elsewhere, with a
file name that would leave its folder - is kept as refused, with the reason, so
that transom export can still hand it out; it holds nothing else up.

  $ transom collect
  transom: the-newsroom: 2 new letters
  7  the-newsroom  2026-11-21  I work at the ministry and…  2 files
  8  the-newsroom  2026-11-21  Please look into this:`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			publish := publishFunc(collect.Publish)
			if redate {
				if err := confirmDate(cmd.Context(), yes); err != nil {
					return err
				}
				publish = collect.Redate
			}
			return a.collect(cmd.Context(), args, asJSON, publish)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object for each letter")
	cmd.Flags().BoolVar(&redate, "redate", false, "date the card today although the last one is of a later day")
	cmd.Flags().BoolVar(&yes, "yes", false, "with --redate: don't ask")
	return cmd
}

const safeSoFar = "What was collected is safe in the vault; the rest waits on the server."

// publishFunc is collect.Publish or collect.Redate.
type publishFunc func(context.Context, *vault.Vault, *client.Owner, *vault.Drop, drop.Day) (collect.Published, error)

func (a *app) collect(ctx context.Context, args []string, asJSON bool, publish publishFunc) error {
	v, err := a.writeVault(ctx)
	if err != nil {
		return err
	}
	defer v.Close()
	drops := v.Drops()
	if len(args) > 0 || len(drops) == 0 {
		d, err := chooseDrop(v, args)
		if err != nil {
			return err
		}
		drops = []vault.Drop{d}
	}
	var failed error
	for _, d := range drops {
		if d.Published == 0 {
			a.note("%s: not published yet. To go on: transom new --name %s", d.Name, d.Name)
			continue
		}
		if err := a.collectDrop(ctx, v, d, asJSON, publish); err != nil {
			if err = stating(err, safeSoFar); ctx.Err() != nil {
				return err
			}
			if len(drops) == 1 {
				failed = err
				continue
			}
			for _, line := range explain(err).lines() {
				a.note("%s: %s", d.Name, line)
			}
			failed = fail(exitFailed, "not every drop could be collected").stating(safeSoFar).hinting("try again: transom collect")
		}
	}
	// Whatever was not collected, the outbox has nothing to do with it.
	if len(v.Outbox()) > 0 {
		if err := a.sendQueued(ctx, v); failed == nil {
			failed = err
		}
	}
	return failed
}

// collectDrop makes a pass over one drop and renews its card.
func (a *app) collectDrop(ctx context.Context, v *vault.Vault, d vault.Drop, asJSON bool, publish publishFunc) error {
	c, err := a.clientOf(d)
	if err != nil {
		return err
	}
	defer c.Close()
	owner := c.Owner(d.Root)
	bar := a.progress("collecting")
	var printing error
	pass := &collect.Pass{
		Vault: v, Owner: owner, Drop: d,
		Kept: func(l vault.Letter) {
			bar.done()
			if printing == nil {
				printing = a.printKept(d, l, asJSON)
			}
			if l.Closed {
				a.note("%s: the sender of thread %d has closed it", d.Name, l.Thread)
			}
		},
		Left: func(_ client.Waiting, err error) {
			bar.done()
			a.note("%s: a letter stays on the server: %v", d.Name, err)
		},
		Progress: bar.set,
	}
	result, err := pass.Run(ctx)
	bar.done()
	a.noteResult(d, result, err)
	if err != nil {
		return err
	}
	if printing != nil {
		return fmt.Errorf("couldn't print what is new; transom list shows it: %w", printing)
	}
	number := d.Published
	published, err := publish(ctx, v, owner, &d, today())
	a.notePublished(d, number, published)
	if err != nil {
		f := explain(fmt.Errorf("couldn't renew the card, which is valid until %s: %w", d.Expires, err))
		return f.stating("All letters were collected.")
	}
	if result.Left > 0 {
		return fail(exitFailed, "%s: %s on the server", d.Name, count(result.Left, "letter stays", "letters stay")).hinting("try again later: transom collect %s", d.Name)
	}
	return nil
}

// printKept prints what is new, a line each.
func (a *app) printKept(d vault.Drop, l vault.Letter, asJSON bool) error {
	if asJSON {
		return writeJSON(a.stdout, toJSON(l, d.Name), false)
	}
	text := fmt.Sprintf("%d  %s  %s  %s", l.Number, d.Name, l.Day, line(summary(l), 100))
	if l.Thread != 0 && l.Thread != l.Number {
		text += fmt.Sprintf("  thread %d", l.Thread)
	}
	if f := extras(l); f != "" {
		text += "  " + f
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

func (a *app) noteResult(d vault.Drop, r collect.Result, err error) {
	switch {
	case r.Collected > 0:
		a.note("%s: %s", d.Name, count(r.Collected, "new letter", "new letters"))
	case r.Refused == 0 && r.Left == 0 && r.Discarded == 0 && err == nil:
		a.note("%s: nothing new", d.Name)
	}
	if r.Discarded > 0 {
		a.note("%s: %s discarded unread", d.Name, count(r.Discarded, "letter to a thread that you have blocked was", "letters to threads that you have blocked were"))
	}
	if r.Refused > 0 {
		a.note("%s: %s refused; transom read says why", d.Name, count(r.Refused, "letter was", "letters were"))
	}
	if r.Again > 0 {
		a.note("%s: %s again, and erased there", d.Name, count(r.Again, "letter that was collected before was on the server", "letters that were collected before were on the server"))
	}
}
