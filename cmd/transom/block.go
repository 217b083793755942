package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/drop/collect"
	"github.com/transom-drop/transom/drop/vault"
)

func (a *app) blockCommand() *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use:   "block N",
		Short: "Take no more letters of a thread",
		Long: `Block the thread that letter N belongs to: what its sender writes later is discarded
unread by transom collect, and the sender is told that you have closed the thread.
What you have of it stays. --undo takes letters again. A sender who was told already
learns that from your next reply, and from nothing else.

That holds for this thread only. The same person can begin another one, and nobody
can tell that it is the same person.

  $ transom block 7
  transom: thread 7 is blocked; its sender will be told that it is closed
  $ transom block 7 --undo`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.block(cmd.Context(), args[0], undo)
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "take letters again")
	return cmd
}

func (a *app) block(ctx context.Context, arg string, undo bool) error {
	n, err := number(arg)
	if err != nil {
		return err
	}
	v, err := a.writeVault(ctx)
	if err != nil {
		return err
	}
	defer v.Close()
	t, err := thread(v, n)
	if err != nil {
		return stating(err, nothingChanged)
	}
	if t.Blocked != undo {
		state := "is blocked already"
		if undo {
			state = "isn't blocked"
		}
		a.note("thread %d %s", t.Number, state)
		return nil
	}
	if undo {
		err = collect.Unblock(v, t.Number, time.Now())
	} else {
		err = collect.Block(v, t.Number, time.Now())
	}
	switch {
	case err != nil:
		return stating(err, nothingChanged)
	case undo:
		a.note("letters of thread %d are taken again. If its sender has been told that it is closed, only a reply tells them: transom reply %d", t.Number, t.Number)
	default:
		a.note("thread %d is blocked; its sender will be told that it is closed", t.Number)
	}
	return a.sendQueued(ctx, v)
}

// thread returns the thread that a letter belongs to, or says why there is none.
func thread(v *vault.Vault, n int) (vault.Thread, error) {
	t, err := v.Thread(n)
	if !errors.Is(err, vault.ErrNoThread) {
		return t, err
	}
	l, err := v.Letter(n)
	switch {
	case err != nil:
		return t, noLetter(n)
	case l.Refused != "":
		return t, fail(exitFailed, "letter %d was refused: it belongs to no thread", n)
	case l.Bare:
		return t, fail(exitFailed, "letter %d is a bare one, made with stock tools: it belongs to no thread, and there is no way to answer it", n)
	case l.Orphan:
		return t, fail(exitFailed, "letter %d goes on from letters that are not here (withdrawn, expired, or the server dropped them): it can't be answered", n)
	}
	return t, fail(exitFailed, "the sender of letter %d wanted no reply: there is no thread", n)
}
