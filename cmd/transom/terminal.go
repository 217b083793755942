package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNoTerminal: a question can't be asked.
var errNoTerminal = errors.New("there is no terminal to ask on")

// terminal opens the terminal that the person sits at, whatever stdin and stdout
// are connected to.
func terminal() (*os.File, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil || !term.IsTerminal(int(tty.Fd())) {
		return nil, errNoTerminal
	}
	return tty, nil
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// ask asks a question on the terminal and returns the answer's line. A secret
// isn't shown as it is typed. Interrupted, it leaves the terminal as it was.
func ask(ctx context.Context, question string, secret bool) (string, error) {
	tty, err := terminal()
	if err != nil {
		return "", err
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return "", err
	}
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	if secret {
		// Nothing typed is shown from before the question on: fast fingers, and
		// what is pasted, would be ahead of ReadPassword.
		if _, err := term.MakeRaw(int(tty.Fd())); err != nil {
			tty.Close()
			return "", err
		}
	}
	fmt.Fprint(tty, question)
	go func() {
		defer tty.Close()
		var line []byte
		var err error
		if secret {
			line, err = term.ReadPassword(int(tty.Fd()))
			term.Restore(int(tty.Fd()), before)
			fmt.Fprintln(tty)
		} else {
			line, err = readLine(tty)
		}
		answered <- answer{string(line), err}
	}()
	select {
	case a := <-answered:
		return a.line, a.err
	case <-ctx.Done():
		term.Restore(int(tty.Fd()), before)
		fmt.Fprintln(tty)
		return "", ctx.Err()
	}
}

// readLine reads up to a new line and nothing beyond it: the rest may be the
// answer to another question, or a letter.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	b := make([]byte, 1)
	for {
		n, err := r.Read(b)
		if n == 1 && b[0] == '\n' {
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		line = append(line, b[:n]...)
		if err == io.EOF && len(line) > 0 {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// confirm asks a question to which only an explicit yes is yes.
func confirm(ctx context.Context, question string) (bool, error) {
	answer, err := ask(ctx, question+" [y/N] ", false)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", err
}

// columns returns how wide a list may be.
func (a *app) columns() int {
	if w, _, err := term.GetSize(int(a.stdout.Fd())); err == nil && w > 0 {
		return max(w, 40)
	}
	return 100
}

// firstLine reads the first line of r, and returns what follows it.
func firstLine(r io.Reader) (string, io.Reader, error) {
	b := bufio.NewReader(io.LimitReader(r, maxStdin))
	line, err := b.ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimSpace(line), b, err
}

// maxStdin is more than any message can have.
const maxStdin = 16 << 20
