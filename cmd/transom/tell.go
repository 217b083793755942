package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/transom-drop/transom/drop/client"
)

// teller is one way to tell the recipient.
type teller struct {
	name string
	tell func(context.Context, notice) error
}

// tellTimeout is how long one way may take.
const tellTimeout = 2 * time.Minute

// tellers are the ways that were asked for, the terminal first. What can be known
// to be wrong with one is told before anything is watched.
func (a *app) tellers(f watchFlags) ([]teller, error) {
	all := []teller{{"stdout", func(_ context.Context, n notice) error {
		_, err := fmt.Fprintln(a.stdout, n)
		return err
	}}}
	if f.notify {
		t, err := desktop()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	if f.command != "" {
		all = append(all, teller{"the command", func(ctx context.Context, n notice) error {
			cmd := exec.CommandContext(ctx, "sh", "-c", f.command)
			cmd.Stdin = strings.NewReader(string(n) + "\n")
			cmd.Stdout, cmd.Stderr = a.stderr, a.stderr
			return cmd.Run()
		}})
	}
	if f.webhook != "" {
		hook, err := client.NewWebhook(f.webhook, client.Options{Proxy: a.proxyURL()})
		if errors.Is(err, client.ErrWebhook) {
			return nil, usage("--webhook is not an address to post to").hinting("give a URL that begins with https://")
		} else if err != nil {
			return nil, err
		}
		all = append(all, teller{"the webhook", func(ctx context.Context, n notice) error {
			return client.Retry(ctx, func() error { return hook.Post(ctx, string(n)) })
		}})
	}
	return all, nil
}

// desktop shows a notification by the program that the system has for it.
func desktop() (teller, error) {
	args := []string{"notify-send", "--app-name=Transom", "Transom"}
	if runtime.GOOS == "darwin" {
		args = []string{"osascript", "-e", `on run argv` + "\n" + `display notification (item 1 of argv) with title "Transom"` + "\n" + `end run`}
	}
	if _, err := exec.LookPath(args[0]); err != nil {
		return teller{}, fail(exitFailed, "there is no %s to show notifications with", args[0]).hinting("install it (on Debian: apt install libnotify-bin), or use --command")
	}
	return teller{"the notification", func(ctx context.Context, n notice) error {
		return exec.CommandContext(ctx, args[0], append(args[1:], string(n))...).Run()
	}}, nil
}

// tellAll tells in every way, whatever becomes of another.
func (a *app) tellAll(ctx context.Context, all []teller, n notice) {
	for _, t := range all {
		limited, cancel := context.WithTimeout(ctx, tellTimeout)
		if err := t.tell(limited, n); err != nil && ctx.Err() == nil {
			a.note("%s failed: %v", t.name, err)
		}
		cancel()
	}
}
