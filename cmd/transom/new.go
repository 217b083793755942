package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

type newFlags struct {
	server, title, intro, introFile, name, invitation string
	days                                              int
	noFiles, json                                     bool
	languages                                         []string
}

func (a *app) newCommand() *cobra.Command {
	var f newFlags
	cmd := &cobra.Command{
		Use:   "new --server URL --title TITLE",
		Short: "Make a drop and print its link",
		Long: `Make a drop: its keys, and the card that senders see. The keys go into the vault,
the card to the server, sealed so that only who has the link can read it. The link
goes to stdout; on a terminal its QR code is shown too.

Give the link to those who are to write to you, or put it where they look. Who has
it can write to you and can read the card, and nothing else.

The card is valid for --days days and is renewed by every transom collect: a drop
that nobody tends stops taking letters.

If publishing fails, nothing is lost: transom new --name NAME goes on.

  $ transom new --server https://drop.example.org --title "The newsroom" \
      --intro "Tell us what we should look into. Don't write your name."
  transom: made the drop the-newsroom. Its card is valid until 2026-12-21.
  https://drop.example.org/#drop1qyzv6lakq2…`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := atMostOne(cmd, "intro", "intro-file"); err != nil {
				return err
			}
			return a.new(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "", "the server's `URL`")
	flags.StringVar(&f.title, "title", "", "what the card is headed with")
	flags.StringVar(&f.intro, "intro", "", "what the card says")
	flags.StringVar(&f.introFile, "intro-file", "", "what the card says, from a `FILE`")
	flags.StringVar(&f.name, "name", "", "what you call the drop (default: from the title)")
	flags.StringVar(&f.invitation, "invitation", "", "a `CODE` from the server's operator")
	flags.IntVar(&f.days, "days", 30, "for how many days a card is valid, 1 to 90")
	flags.BoolVar(&f.noFiles, "no-files", false, "take messages without files only")
	flags.StringSliceVar(&f.languages, "language", nil, "a language that you read, as en or pt-BR; may be repeated")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (a *app) new(ctx context.Context, f newFlags) error {
	if f.name == "" && f.title == "" {
		return usage("a drop needs a title").hinting(`transom new --server https://… --title "The newsroom"`)
	}
	if f.days < 1 || f.days > 90 {
		return usage("--days is 1 to 90: senders may be shown an old card for as long")
	}
	if f.introFile != "" {
		text, err := os.ReadFile(f.introFile)
		if err != nil {
			return fail(exitFailed, "couldn't read the introduction: %w", err)
		}
		f.intro = strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	if f.name == "" {
		f.name = nameOf(f.title)
	}
	if f.name != nameOf(f.name) {
		return usage("a drop's name has small letters, digits and hyphens only").hinting("--name %s", nameOf(f.name))
	}
	// What is wrong with the arguments is better heard before a passphrase is made.
	if f.server != "" {
		if _, err := client.New(f.server, client.Options{Proxy: a.proxyURL()}); err != nil {
			return err
		}
	}
	day := today()
	if err := f.apply(new(collect.NewDrop(day))).check(day); err != nil && f.title != "" {
		return err
	}
	v, err := a.createOrOpenVault(ctx, func() error {
		if f.server == "" || f.title == "" {
			return f.incomplete()
		}
		return nil
	})
	if err != nil {
		return err
	}
	defer v.Close()
	d, err := f.prepare(v, day)
	if err != nil {
		return err
	}
	return a.publishNew(ctx, v, d, day, f.json)
}

// draft is a drop before it is published.
type draft struct{ *vault.Drop }

// apply puts what was given on the command line into a drop.
func (f newFlags) apply(d *vault.Drop) draft {
	d.Name = f.name
	if f.title != "" {
		d.Title, d.Intro, d.Files, d.Days, d.Languages = f.title, f.intro, !f.noFiles, f.days, f.languages
	}
	if f.server != "" {
		d.Server, _ = link.ParseOrigin(f.server) // checked before
	}
	if f.invitation != "" {
		d.Invitation = strings.TrimSpace(f.invitation)
	}
	return draft{d}
}

// check says what is wrong with the texts of a card.
func (d draft) check(today drop.Day) error {
	if !makesCard(*d.Drop, today) {
		return usage("the title, the introduction or a language can't stand on a card").hinting(
			"the title has up to 200 bytes on one line, the introduction up to 20000, neither has control characters; a language is like en or pt-BR")
	}
	return nil
}

// makesCard says whether a card can be made of a drop as it is.
func makesCard(d vault.Drop, today drop.Day) bool {
	d.Signed, d.Largest = max(d.Signed, 1), max(d.Largest, 1)
	_, err := card.Seal(d.Root, d.Secret, collect.Card(d, today))
	return err == nil
}

// prepare returns the drop to publish, in the vault: a new one, or one that an
// earlier run could not publish.
func (f newFlags) prepare(v *vault.Vault, today drop.Day) (vault.Drop, error) {
	d, err := v.Drop(f.name)
	switch {
	case errors.Is(err, vault.ErrNoDrop):
		if f.server == "" || f.title == "" {
			return d, f.incomplete()
		}
		d = collect.NewDrop(today)
	case err != nil:
		return d, err
	case d.Published > 0:
		return d, fail(exitFailed, "there is a drop %s already: %s", d.Name, d.Title).stating("Nothing was changed.").hinting(
			"its link: transom link %s\nanother drop needs another name: --name", d.Name)
	}
	return d, v.PutDrop(*f.apply(&d).Drop)
}

func (f newFlags) incomplete() error {
	return usage("a new drop needs a server and a title").hinting(`transom new --name %s --server https://… --title "…"`, f.name)
}

// publishNew publishes a drop's first card and prints the link.
func (a *app) publishNew(ctx context.Context, v *vault.Vault, d vault.Drop, today drop.Day, asJSON bool) error {
	c, err := a.clientOf(d)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = collect.Publish(ctx, v, c.Owner(d.Root), &d, today)
	if errors.Is(err, drop.ErrInvitation) {
		what := "the server asks for an invitation"
		if d.Invitation != "" {
			what = "the server doesn't take this invitation: it is mistyped, or somebody has used it"
		}
		return fail(exitFailed, "%s", what).stating("The drop's keys are in the vault; it isn't published yet.").hinting(
			"ask the server's operator for an invitation, then: transom new --name %s --invitation CODE", d.Name)
	}
	if err != nil {
		f := explain(err)
		f.state = "The drop's keys are in the vault, and nothing is lost; it isn't known to be published yet."
		f.hint = strings.TrimSpace(f.hint + "\nto go on: transom new --name " + d.Name)
		return f
	}
	a.note("made the drop %s. Its card is valid until %s; transom collect renews it.", d.Name, d.Expires)
	return a.printLink(d, asJSON, isTerminal(a.stderr))
}

// nameOf makes a name of a title.
func nameOf(title string) string {
	name := strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, title)
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' })
	name = strings.Join(words, "-")
	if len(name) > 40 {
		name = strings.TrimRight(name[:40], "-")
	}
	if name == "" {
		return "drop"
	}
	return name
}

// testOnlyDays moves this computer's date.
var testOnlyDays drop.Day

// today is the day by the local clock, which is the only one that cards are
// checked and dated by.
func today() drop.Day { return drop.DayOf(time.Now()) + testOnlyDays }

// proxyURL returns the proxy that was asked for, "" for none.
func (a *app) proxyURL() string {
	if a.proxy != "" {
		return a.proxy
	}
	return os.Getenv("TRANSOM_PROXY")
}

// clientOf returns a client for a drop's server. Each drop has its own.
func (a *app) clientOf(d vault.Drop) (*client.Client, error) {
	c, err := client.New(d.Server, client.Options{Proxy: a.proxyURL()})
	if err != nil {
		return nil, fmt.Errorf("couldn't use %s: %w", d.Server, err)
	}
	return c, nil
}
