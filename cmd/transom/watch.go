package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

type watchFlags struct {
	every           time.Duration
	digest          string
	command         string
	webhook         string
	notify, onlyNow bool
}

func (a *app) watchCommand() *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch [DROP]",
		Short: "Look for letters now and then, and tell you when something came",
		Long: `Ask the server from time to time whether something waits for your drops, or for
one of them, and say "Something has come." and nothing else: no name, no number, no
sender. Nothing is collected: transom collect does that. Replies and receipts that
are due are sent too, at random times of their own.

The time between two looks is random, between half of --every and one and a half
times it. It is told on stdout, and if you like also as a notification of the
desktop (--notify), by a command of yours, which gets the words on its stdin
(--command), or by a webhook such as ntfy, which gets them as the text of a POST
(--webhook). All go through --proxy where they leave this computer.

Who can watch your notices learns when letters arrive, and could compare that with
who was online. --digest 08:00 tells once a day, at that time, and also when nothing
came: the notice has the same size either way. The service that shows you a notice
can read it; let it know no more than that.

  $ transom watch --every 1h --digest 08:00 --webhook https://ntfy.example.org/k2v9
  transom: watching the-newsroom about every hour; telling once a day at 08:00
  Nothing came today.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.watch(cmd.Context(), args, f) },
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.every, "every", 30*time.Minute, "look about so often, at least every minute")
	flags.StringVar(&f.digest, "digest", "", "tell once a day at `HH:MM`, also when nothing came")
	flags.BoolVar(&f.notify, "notify", false, "show a notification on the desktop")
	flags.StringVar(&f.command, "command", "", "run a `COMMAND` of the shell, with the words on its stdin")
	flags.StringVar(&f.webhook, "webhook", "", "post the words to a `URL`")
	flags.BoolVar(&f.onlyNow, "once", false, "look once, tell, and end: with 3 when nothing waits")
	return cmd
}

func (a *app) watch(ctx context.Context, args []string, f watchFlags) error {
	digest, err := parseDigest(f.digest)
	switch {
	case err != nil:
		return err
	case f.every < time.Minute:
		return usage("--every is at least 1m: to look more often tells the server when you are there")
	case f.onlyNow && f.digest != "":
		return usage("--once and --digest don't go together")
	}
	tellers, err := a.tellers(f)
	if err != nil {
		return err
	}
	drops, open, err := a.watched(ctx, args)
	if err != nil {
		return err
	}
	w := &watcher{
		every: f.every, digest: digest, sleep: sleepUntil, now: time.Now,
		look:   (&lookout{app: a, drops: drops, told: map[drop.EnvelopeID]bool{}}).look,
		tell:   func(ctx context.Context, n notice) { a.tellAll(ctx, tellers, n) },
		errand: a.outboxErrand(open),
		note:   a.note,
	}
	if f.onlyNow {
		came, err := w.look(ctx)
		if err != nil {
			return err
		}
		w.errand(ctx)
		if !came {
			return fail(exitNothing, "nothing has come")
		}
		w.tell(ctx, somethingCame)
		return nil
	}
	how := "telling at once"
	if digest != nil {
		how = "telling once a day at " + f.digest
	}
	for _, d := range drops {
		a.note("watching %s about every %s; %s", d.Name, spell(f.every), how)
	}
	return w.run(ctx)
}

// watched returns the drops to watch, and how to open the vault again without
// asking.
func (a *app) watched(ctx context.Context, args []string) ([]vault.Drop, func(vault.Options) (*vault.Vault, error), error) {
	open, err := a.unlock(ctx)
	if err != nil {
		return nil, nil, err
	}
	v, err := open(vault.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer v.Close()
	drops := v.Drops()
	if len(args) > 0 || len(drops) == 0 {
		d, err := chooseDrop(v, args)
		if err != nil {
			return nil, nil, err
		}
		drops = []vault.Drop{d}
	}
	return drops, open, nil
}

// outboxErrand sends what is due in the outbox. The same failure is noted once.
func (a *app) outboxErrand(open func(vault.Options) (*vault.Vault, error)) func(context.Context) {
	noted := ""
	return func(ctx context.Context) {
		err := a.flushQuietly(ctx, open)
		if err != nil && ctx.Err() == nil && err.Error() != noted {
			a.note("couldn't send all that is due in the outbox, and keeps trying: %v", err)
		}
		noted = fmt.Sprint(err)
	}
}

// flushQuietly sends what is due, unless the vault is in use: whoever uses it will
// see to that.
func (a *app) flushQuietly(ctx context.Context, open func(vault.Options) (*vault.Vault, error)) error {
	v, err := open(vault.Options{})
	if errors.As(err, new(*vault.BusyError)) {
		return nil
	} else if err != nil {
		return err
	}
	defer v.Close()
	f, err := a.flush(ctx, v, collect.FlushOptions{})
	if err == nil && len(f.failed) > 0 {
		err = f.failed[0].err
	}
	return err
}

// lookout looks whether something waits that was not told of.
type lookout struct {
	app   *app
	drops []vault.Drop
	told  map[drop.EnvelopeID]bool
}

func (l *lookout) look(ctx context.Context) (came bool, err error) {
	waiting := map[drop.EnvelopeID]bool{}
	for _, d := range l.drops {
		c, e := l.app.clientOf(d)
		if e != nil {
			return false, e
		}
		list, e := c.Owner(d.Root).List(ctx)
		c.Close()
		if e != nil && !errors.Is(e, drop.ErrNotFound) {
			err = fmt.Errorf("%s: %w", d.Name, e)
			continue
		}
		for _, w := range list {
			waiting[w.ID] = true
			came = came || !l.told[w.ID]
		}
	}
	if err == nil {
		l.told = waiting // what was collected meanwhile need not be remembered
	} else {
		for id := range waiting {
			l.told[id] = true
		}
	}
	return came, err
}

// spell writes a duration as people do: 1h30m0s is 1h30m.
func spell(d time.Duration) string {
	s := d.String()
	if d%time.Minute == 0 {
		s = s[:len(s)-len("0s")]
	}
	if d%time.Hour == 0 {
		s = s[:len(s)-len("0m")]
	}
	return s
}
