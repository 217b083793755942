package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

const dropHelp = `Show how a drop is run, or change it:

--receipts on   senders see that their letters were collected, and on which day;
                transom collect queues a receipt for each thread that got letters
--replies on    the page offers senders a codename, by which they can read your
                replies and go on writing; this stands on the card, and is published
                at once. Threads that there are can be answered either way.
--delay 6h      each reply and receipt waits for a random time of up to 6 hours, 0 to
                48, before it may leave. Who watches the server live could otherwise
                tell from the time which mailbox belongs to your drop. It leaves with
                the next transom collect or watch after that.

A new drop has receipts and replies on, and no delay.

  $ transom drop the-newsroom --delay 6h
  $ transom drop
  Name:      the-newsroom
  Title:     The newsroom
  Server:    https://drop.example.org
  Card:      number 12, valid until 2026-12-21
  Replies:   on
  Receipts:  on
  Delay:     up to 6 hours
  Questions: 2
  Notices:   1`

type dropFlags struct{ receipts, replies, delay string }

func (a *app) dropCommand() *cobra.Command {
	var f dropFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "drop [NAME] [--receipts on|off] [--replies on|off] [--delay HOURS]",
		Short:             "Show or change how a drop is run",
		Long:              dropHelp,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := f.change()
			if err != nil {
				return stating(err, nothingChanged)
			}
			if change != nil {
				if asJSON {
					return usage("--json shows settings and changes none").stating(nothingChanged)
				}
				name := strings.Join(args, "")
				return a.changeDrop(cmd.Context(), name, change)
			}
			v, err := a.readVault(cmd.Context())
			if err != nil {
				return err
			}
			d, err := chooseDrop(v, args)
			if err != nil {
				return err
			}
			return a.printDrop(d, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.receipts, "receipts", "", "`on` or off: tell senders that their letters were collected")
	flags.StringVar(&f.replies, "replies", "", "`on` or off: offer senders that you can answer")
	flags.StringVar(&f.delay, "delay", "", "let replies and receipts wait for up to so many `HOURS`")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	for _, name := range []string{"receipts", "replies"} {
		cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions([]string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

// change returns what makes the changes that were asked for, nil when there are
// none.
func (f dropFlags) change() (func(*vault.Drop) (string, error), error) {
	receipts, err := onOff("receipts", f.receipts)
	if err != nil {
		return nil, err
	}
	replies, err := onOff("replies", f.replies)
	if err != nil {
		return nil, err
	}
	hours, err := delayHours(f.delay)
	if err != nil {
		return nil, err
	}
	if f == (dropFlags{}) {
		return nil, nil
	}
	return func(d *vault.Drop) (string, error) {
		if receipts != nil {
			d.Receipts = *receipts
		}
		if replies != nil {
			d.Replies = *replies
		}
		if f.delay != "" {
			d.Delay = hours
		}
		return fmt.Sprintf("%s: replies %s, receipts %s, delay %s", d.Name, onOffWord(d.Replies), onOffWord(d.Receipts), delayWords(d.Delay)), nil
	}, nil
}

func onOff(flag, value string) (*bool, error) {
	switch on := value == "on"; value {
	case "":
		return nil, nil
	case "on", "off":
		return &on, nil
	}
	return nil, usage("--%s is on or off", flag)
}

func onOffWord(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// delayHours reads 6h, or 6.
func delayHours(value string) (int, error) {
	if value == "" {
		return 0, nil
	}
	hours, err := strconv.Atoi(strings.TrimSuffix(value, "h"))
	if err != nil || hours < 0 || hours > 48 {
		return 0, usage("--delay is 0h to 48h, in whole hours")
	}
	return hours, nil
}

func delayWords(hours int) string {
	if hours == 0 {
		return "none"
	}
	return "up to " + count(hours, "hour", "hours")
}

func (a *app) printDrop(d vault.Drop, asJSON bool) error {
	card := "unpublished"
	if d.Published > 0 {
		card = fmt.Sprintf("number %d, valid until %s", d.Published, d.Expires)
	}
	if asJSON {
		return writeJSON(a.stdout, struct {
			Name      string `json:"name"`
			Title     string `json:"title"`
			Server    string `json:"server"`
			Published int64  `json:"published"` // the card's number; 0 when there is none
			Replies   bool   `json:"replies"`
			Receipts  bool   `json:"receipts"`
			Delay     int    `json:"delayHours"`
			Questions int    `json:"questions"`
			Notices   int    `json:"notices"`
		}{d.Name, d.Title, d.Server, d.Published, d.Replies, d.Receipts, d.Delay, len(d.Questions), len(d.Notices)}, true)
	}
	_, err := fmt.Fprintf(a.stdout, "Name:      %s\nTitle:     %s\nServer:    %s\nCard:      %s\nReplies:   %s\nReceipts:  %s\nDelay:     %s\nQuestions: %d\nNotices:   %d\n",
		d.Name, letter.Visible(d.Title, false), d.Server, card, onOffWord(d.Replies), onOffWord(d.Receipts), delayWords(d.Delay), len(d.Questions), len(d.Notices))
	return err
}

// changeDrop changes a drop, in the vault first, and publishes its card if that is
// another now. change returns what is told when it is done.
func (a *app) changeDrop(ctx context.Context, name string, change func(*vault.Drop) (string, error)) error {
	var names []string
	if name != "" {
		names = []string{name}
	}
	v, err := a.writeVault(ctx)
	if err != nil {
		return stating(err, nothingChanged)
	}
	defer v.Close()
	d, err := chooseDrop(v, names)
	if err != nil {
		return stating(err, nothingChanged)
	}
	before := cardBody(d)
	done, err := change(&d)
	if err != nil {
		return stating(err, nothingChanged)
	}
	if !makesCard(d, today()) {
		return usage("the card can't have this: it has characters that don't show, or the card becomes too large").stating(nothingChanged)
	}
	if err := v.PutDrop(d); err != nil {
		return stating(err, nothingChanged)
	}
	if cardBody(d) == before {
		a.note("%s", done)
		return nil
	}
	if d.Published == 0 {
		a.note("%s. The drop isn't published yet: transom new --name %s", done, d.Name)
		return nil
	}
	if err := a.publish(ctx, v, &d); err != nil {
		f := explain(err)
		return f.stating("It is kept in the vault, and goes on the card with the next transom collect. Senders don't see it yet.")
	}
	a.note("%s", done)
	return nil
}

// cardBody is what senders see of a drop, to tell whether it has changed.
func cardBody(d vault.Drop) string {
	c := collect.Card(d, 0)
	return fmt.Sprintf("%+v %+v %+v", c.Questions, c.Notices, c.Policy)
}

// publish renews a drop's card, and tells what is odd about the one before.
func (a *app) publish(ctx context.Context, v *vault.Vault, d *vault.Drop) error {
	c, err := a.clientOf(*d)
	if err != nil {
		return err
	}
	defer c.Close()
	number := d.Published
	published, err := collect.Publish(ctx, v, c.Owner(d.Root), d, today())
	a.notePublished(*d, number, published)
	return err
}

func (a *app) notePublished(d vault.Drop, number int64, p collect.Published) {
	if p.Older > 0 {
		a.note("%s: the server showed card %d although it had taken card %d: it may be showing senders an old one", d.Name, p.Older, number)
	}
	if p.Foreign {
		a.note("%s: what the server showed as the card is damaged or not yours; it is being replaced", d.Name)
	}
}
