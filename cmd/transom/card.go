package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/card"
	"github.com/transom-drop/transom/crypto/letter"
	"github.com/transom-drop/transom/crypto/link"
	"github.com/transom-drop/transom/drop"
	"github.com/transom-drop/transom/drop/client"
)

func (a *app) cardCommand() *cobra.Command {
	var server string
	var keysOnly, asJSON bool
	cmd := &cobra.Command{
		Use:   "card LINK [--keys]",
		Short: "Show the card behind a link",
		Long: `Fetch the card behind a link, check that it comes from the owner whom the link
names and that it is valid today, and show it. --keys prints its sealing keys only,
for stock age. LINK may be - to be asked for it, or to read it from stdin: then it
stays out of the shell's history.

  $ transom card --keys - > keys.txt
  Link: https://drop.example.org/#drop1qyzv6lakq2…`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			l, _, err := a.link(ctx, args[0], server)
			if err != nil {
				return err
			}
			c, r, err := a.readCard(ctx, l)
			if err != nil {
				return err
			}
			defer c.Close()
			switch {
			case keysOnly:
				_, err = fmt.Fprintln(a.stdout, strings.Join(r.Epoch.Keys, "\n"))
			case asJSON:
				err = writeJSON(a.stdout, cardJSON(r), true)
			default:
				err = printCard(a.stdout, r)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "the server's `URL`, when only the link code is given")
	cmd.Flags().BoolVar(&keysOnly, "keys", false, "print the sealing keys only, one a line")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// link returns the link that was given: as it is, or asked for when it is -, or
// the first line of stdin, and then what follows that line.
func (a *app) link(ctx context.Context, arg, server string) (l link.Link, rest io.Reader, err error) {
	switch {
	case arg != "-":
	case isTerminal(a.stdin):
		if arg, err = ask(ctx, "Link: ", false); err != nil {
			return l, nil, err
		}
	default:
		if arg, rest, err = firstLine(a.stdin); err != nil {
			return l, nil, usage("there is no link on stdin")
		}
	}
	if l, err = link.Parse(arg); err != nil {
		return l, nil, err
	}
	if server != "" {
		if l.Origin, err = link.ParseOrigin(server); err != nil {
			return l, nil, err
		}
	}
	if l.Origin == "" {
		return l, nil, usage("this is a link code without its server").hinting("say which server: --server https://…")
	}
	return l, rest, nil
}

// readCard fetches and checks the card behind a link. The client is the
// caller's, also to close.
func (a *app) readCard(ctx context.Context, l link.Link) (*client.Client, *client.Recipient, error) {
	c, err := client.New(l.Origin, client.Options{Proxy: a.proxyURL()})
	if err != nil {
		return nil, nil, err
	}
	r, err := c.ReadCard(ctx, l.Code, today())
	if err != nil {
		c.Close()
		if isNotFound(err) {
			err = fail(exitNothing, "there is no drop behind this link at %s", l.Origin).hinting(
				"it may have expired, or was never there. Ask whoever gave you the link, by another way")
		}
		return nil, nil, err
	}
	return c, r, nil
}

// printCard shows a card to a person. Its owner signed it, and can still be
// anybody.
func printCard(w io.Writer, r *client.Recipient) error {
	var b strings.Builder
	fmt.Fprintln(&b, letter.Visible(r.Card.Title, false))
	if r.Card.Intro != "" {
		fmt.Fprintf(&b, "\n%s\n", letter.Visible(r.Card.Intro, true))
	}
	for _, n := range r.Card.Notices {
		fmt.Fprintf(&b, "\n%s: %s\n", drop.Day(n.Day), letter.Visible(n.Text, true))
	}
	if len(r.Card.Questions) > 0 {
		b.WriteByte('\n')
	}
	for _, q := range r.Card.Questions {
		required := ""
		if q.Required {
			required = ", required"
		}
		fmt.Fprintf(&b, "Asked: %s (%s%s; --answer %s=…)\n", questionWords(q), q.Kind, required, letter.Visible(q.ID, false))
	}
	files := "files are taken"
	if !r.Card.Policy.Files {
		files = "no files are taken"
	}
	replies := "there are no replies"
	if r.TakesReplies() {
		replies = "replies are sent"
	}
	fmt.Fprintf(&b, "\nValid from %s to %s; %s; %s; a sealed letter has up to %s.\n",
		drop.Day(r.Card.Published), drop.Day(r.Card.Expires), replies, files, size(r.Largest))
	for _, key := range r.Epoch.Keys {
		fmt.Fprintf(&b, "Sealing key: %s…\n", key[:32])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func cardJSON(r *client.Recipient) any {
	type noticeJSON struct {
		Day  string `json:"day"`
		Text string `json:"text"`
	}
	notices := []noticeJSON{}
	for _, n := range r.Card.Notices {
		notices = append(notices, noticeJSON{drop.Day(n.Day).String(), n.Text})
	}
	return struct {
		Title     string       `json:"title"`
		Intro     string       `json:"intro"`
		Languages []string     `json:"languages"`
		Mailbox   string       `json:"mailbox"`
		Number    int64        `json:"number"`
		Published string       `json:"published"`
		Expires   string       `json:"expires"`
		Files     bool         `json:"files"`
		Replies   bool         `json:"replies"`
		Largest   int64        `json:"largest"`
		Epoch     int64        `json:"epoch"`
		Keys      []string     `json:"keys"`
		Notices   []noticeJSON `json:"notices"`

		Questions []card.Question `json:"questions"`
	}{
		r.Card.Title, r.Card.Intro, append([]string{}, r.Card.Languages...), r.Mailbox.String(), r.Card.Seq,
		drop.Day(r.Card.Published).String(), drop.Day(r.Card.Expires).String(), r.Card.Policy.Files, r.TakesReplies(), r.Largest,
		r.Epoch.Number, r.Epoch.Keys, notices, withLists(r.Card.Questions),
	}
}
