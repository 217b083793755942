package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// edit lets the person write the message in their editor. The text is in a
// private folder, in memory where there is one, and gone when the editor ends.
// What an editor itself keeps elsewhere - swap files, histories - is its own.
func edit(ctx context.Context) (string, error) {
	text, err := editFrom(ctx, "")
	if err == nil && text == "" {
		err = fail(exitFailed, "the message is empty").hinting(`to send files alone: --message ""`)
	}
	return text, err
}

// editFrom is edit with something to begin from.
func editFrom(ctx context.Context, present string) (string, error) {
	editor := os.Getenv("VISUAL")
	if editor == "" {
		editor = os.Getenv("EDITOR")
	}
	if editor == "" {
		return "", usage("there is no text, and no editor to write it in").hinting("set EDITOR, or give the text in another way: --help tells which")
	}
	dir, err := os.MkdirTemp(memoryDir(), "transom-*") // 0700
	if err != nil {
		return "", fmt.Errorf("couldn't make a folder for the editor: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "message.txt")
	if err := os.WriteFile(path, []byte(present), 0o600); err != nil {
		return "", fmt.Errorf("couldn't make a file for the editor: %w", err)
	}
	tty, err := terminal()
	if err != nil {
		return "", err
	}
	defer tty.Close()
	// As git does it: EDITOR may have arguments.
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, os.Stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fail(exitFailed, "the editor failed: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fail(exitFailed, "couldn't read what was written: %w", err)
	}
	defer f.Close()
	return readMessage(f)
}

// memoryDir returns a folder that isn't on a disk, or "" for the usual one.
func memoryDir() string {
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm"} {
		if dir == "" {
			continue
		}
		// Written to and not only looked at: it may be full or somebody else's.
		if test, err := os.MkdirTemp(dir, "transom-*"); err == nil {
			os.Remove(test)
			return dir
		}
	}
	return ""
}
