package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/transom-drop/transom/crypto/codename"
)

// maxCodename is more than twelve words take, numbered and on lines of their own.
const maxCodename = 4096

// codename returns the words from a file, or asks for them. They are never taken
// from the command line or the environment, which other programs can see.
func (a *app) codename(ctx context.Context, path string) (codename.Codename, error) {
	if path == "" {
		return askCodename(ctx)
	}
	f, err := os.Open(path)
	if err != nil {
		return codename.Codename{}, fail(exitFailed, "couldn't read the codename: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCodename+1))
	if err != nil {
		return codename.Codename{}, fail(exitFailed, "couldn't read the codename: %w", err)
	}
	name, err := codename.Parse(string(data))
	return name, mistyped(err)
}

// mistyped says what is wrong with words, without repeating any: an error may be
// kept where the codename mustn't be. Only a suggestion names a word.
func mistyped(err error) error {
	var word *codename.WordError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &word) && len(word.Suggestions) > 0:
		return usage("word %d of the codename is mistyped: did you mean %s?", word.Position, strings.Join(word.Suggestions, " or "))
	case errors.As(err, &word):
		return usage("word %d of the codename isn't one that codenames have", word.Position).hinting("compare it with what you wrote down")
	case errors.Is(err, codename.ErrCount):
		return usage("a codename has twelve words, and these aren't twelve").hinting("the first four letters of each are enough")
	default:
		return usage("the codename has a typing error: one word is another, or their order is").hinting("compare the words with what you wrote down")
	}
}

// askCodename asks on the terminal, without showing what is typed, until the words
// are right or nothing more comes.
func askCodename(ctx context.Context) (codename.Codename, error) {
	tty, err := terminal()
	if err != nil {
		return codename.Codename{}, usage("there is no terminal to ask for the codename on").hinting("give it in a file: --codename-file FILE")
	}
	before, err := term.MakeRaw(int(tty.Fd()))
	if err != nil {
		tty.Close()
		return codename.Codename{}, err
	}
	type answer struct {
		name codename.Codename
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		defer tty.Close()
		name, err := typedCodename(term.NewTerminal(tty, ""))
		term.Restore(int(tty.Fd()), before)
		answered <- answer{name, err}
	}()
	select {
	case a := <-answered:
		return a.name, a.err
	case <-ctx.Done():
		term.Restore(int(tty.Fd()), before)
		return codename.Codename{}, ctx.Err()
	}
}

const triesToType = 3

// typedCodename reads the words from a terminal in raw mode, on one line or on
// several: of a list that is pasted, nothing must be left over for the shell.
func typedCodename(t *term.Terminal) (codename.Codename, error) {
	for try := 1; ; try++ {
		text, err := typedWords(t)
		if err == io.EOF {
			return codename.Codename{}, context.Canceled // Ctrl-C or Ctrl-D: no signal comes in raw mode
		}
		if err != nil {
			return codename.Codename{}, err
		}
		if text == "" {
			return codename.Codename{}, fail(exitFailed, "no codename was given")
		}
		name, err := codename.Parse(text)
		if err == nil {
			return name, nil
		}
		if err = mistyped(err); try == triesToType {
			return codename.Codename{}, err
		}
		for _, line := range explain(err).lines() {
			fmt.Fprintf(t, "%s\n", line)
		}
	}
}

// typedWords reads lines until they have twelve words, or one is empty.
func typedWords(t *term.Terminal) (string, error) {
	text, prompt := "", "Codename (twelve words, not shown): "
	for {
		line, err := t.ReadPassword(prompt)
		if err != nil && !errors.Is(err, term.ErrPasteIndicator) {
			return "", err
		}
		if text += line + "\n"; len(text) > maxCodename {
			return text, nil
		}
		n := len(strings.FieldsFunc(text, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }))
		if n >= 12 || line == "" {
			return strings.TrimSpace(text), nil
		}
		prompt = fmt.Sprintf("%s so far; go on, or Enter to stop: ", count(n, "word", "words"))
	}
}
