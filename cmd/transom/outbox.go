package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/client"
	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) outboxCommand() *cobra.Command {
	var send, all, asJSON bool
	cmd := &cobra.Command{
		Use:   "outbox [--send [--all]]",
		Short: "List what waits to be sent, or send it",
		Long: `List the replies and receipts that wait to be sent: sealed, in the vault. A receipt
tells a sender that their letters were collected. They go with every transom
collect and transom watch, each over a connection of its own, in random order, and
not before the random delay that transom drop --delay asks for. What could not be
sent stays here and is tried again.

--send sends what is due now; with --all, everything: what the delay hides from the
server, that this reply belongs to that drop, it can then guess from the time.

  $ transom outbox
  REPLY  THREAD  DROP          NOT BEFORE
     12      11  the-newsroom  2026-11-22 19:40
              7  the-newsroom  now               receipt
  $ transom outbox --send
  transom: 1 receipt was sent
  transom: 1 reply or receipt waits for its time: transom outbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all && !send {
				return usage("--all goes with --send: transom outbox --send --all")
			}
			if !send {
				v, err := a.readVault(cmd.Context())
				if err != nil {
					return err
				}
				return a.listOutbox(v, asJSON)
			}
			v, err := a.writeVault(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			if len(v.Outbox()) == 0 {
				a.note("nothing waits to be sent")
				return nil
			}
			f, err := a.flush(cmd.Context(), v, collect.FlushOptions{All: all})
			if err != nil {
				return err
			}
			return a.noteFlushed(f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&send, "send", false, "send what is due")
	flags.BoolVar(&all, "all", false, "with --send: also what is to wait for its time")
	flags.BoolVar(&asJSON, "json", false, "print JSON, when the outbox is listed")
	return cmd
}

func (a *app) listOutbox(v *vault.Vault, asJSON bool) error {
	type queuedJSON struct {
		Reply     int    `json:"reply,omitempty"` // not of a receipt
		Thread    int    `json:"thread"`
		Drop      string `json:"drop"`
		Kind      string `json:"kind"`
		NotBefore string `json:"notBefore"`
		Size      int64  `json:"size"`
	}
	all := []queuedJSON{}
	rows := [][]string{{"REPLY", "THREAD", "DROP", "NOT BEFORE", ""}}
	names, now := dropNames(v), time.Now()
	for _, q := range v.Outbox() {
		all = append(all, queuedJSON{q.Letter, q.Thread, names.of(q.Drop), q.Kind, q.NotBefore.UTC().Format(time.RFC3339), q.Size})
		reply, what, when := strconv.Itoa(q.Letter), "", "now"
		if q.Letter == 0 {
			reply, what = "", "receipt"
		}
		if q.NotBefore.After(now) {
			when = localTime(q.NotBefore)
		}
		rows = append(rows, []string{reply, strconv.Itoa(q.Thread), names.of(q.Drop), when, what})
	}
	if asJSON {
		return writeJSON(a.stdout, all, true)
	}
	if len(all) == 0 {
		a.note("nothing waits to be sent")
		return nil
	}
	return table(a.stdout, rows)
}

// queuedReplies are the replies that wait in the outbox, by their numbers.
func queuedReplies(v *vault.Vault) map[int]vault.Queued {
	all := map[int]vault.Queued{}
	for _, q := range v.Outbox() {
		if q.Letter != 0 {
			all[q.Letter] = q
		}
	}
	return all
}

// localTime writes a time of this computer's.
func localTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// flushed is what became of the outbox.
type flushed struct {
	sent   []sentEntry
	failed []failedEntry
	left   int // entries that stay
}

type sentEntry struct {
	vault.Queued
	receipt client.Receipt
}

type failedEntry struct {
	vault.Queued
	err error
}

// flush sends what is due, each over a connection of its own. That some could not
// be sent is no error: they stay, and flushed says so.
func (a *app) flush(ctx context.Context, v *vault.Vault, o collect.FlushOptions) (flushed, error) {
	var f flushed
	o.Sent = func(q vault.Queued, r client.Receipt) { f.sent = append(f.sent, sentEntry{q, r}) }
	o.Failed = func(q vault.Queued, err error) { f.failed = append(f.failed, failedEntry{q, err}) }
	_, left, err := collect.Flush(ctx, v, a.dial, time.Now(), o)
	f.left = left
	return f, stating(err, stillQueued)
}

const stillQueued = "What wasn't sent is in the outbox, sealed, and nothing is lost."

// sendQueued sends what is due and tells what became of it.
func (a *app) sendQueued(ctx context.Context, v *vault.Vault) error {
	f, err := a.flush(ctx, v, collect.FlushOptions{})
	if err != nil {
		return err
	}
	return a.noteFlushed(f)
}

// noteFlushed tells what became of the outbox, of replies one by one, and fails
// when something could not be sent.
func (a *app) noteFlushed(f flushed) error {
	receipts := 0
	for _, s := range f.sent {
		if s.Letter == 0 {
			receipts++
			continue
		}
		a.note("%s was sent", replyWords(s.Queued))
	}
	if receipts > 0 {
		a.note("%s sent", count(receipts, "receipt was", "receipts were"))
	}
	if waiting := f.left - len(f.failed); waiting > 0 {
		a.note("%s: transom outbox", count(waiting, "reply or receipt waits for its time", "replies and receipts wait for their time"))
	}
	return a.noteFailed(f)
}

// noteFailed tells what could not be sent, and why.
func (a *app) noteFailed(f flushed) error {
	if len(f.failed) == 0 {
		return nil
	}
	receipts := 0
	var why error
	for _, e := range f.failed {
		if e.Letter == 0 {
			receipts++
			why = e.err
			continue
		}
		a.note("%s could not be sent: %v", replyWords(e.Queued), e.err)
	}
	if receipts > 0 {
		a.note("%s sent: %v", count(receipts, "receipt could not be", "receipts could not be"), why)
	}
	return fail(exitFailed, "not all of the outbox could be sent").stating(stillQueued).hinting("%s",
		strings.TrimPrefix(explain(f.failed[0].err).hint+"\ntry again: transom outbox --send", "\n"))
}

// replyWords names a reply.
func replyWords(q vault.Queued) string {
	return fmt.Sprintf("reply %d to thread %d", q.Letter, q.Thread)
}
