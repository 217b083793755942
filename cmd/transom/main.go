// Transom is the recipient's and the sender's side of a drop: it makes drops,
// collects and reads letters, and sends them.
//
// What the person asked for goes to stdout and nothing else does. Notes and
// errors go to stderr, prefixed "transom:". Questions are asked on the terminal,
// also when stdin and stdout are taken. Text from outside is shown with what is
// invisible in it made visible. Every error says what is wrong, whether anything
// was sent or lost, and what to do next.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/transom-drop/transom/crypto/letter"
)

func main() { os.Exit(run()) }

// run runs one command and returns the exit code.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), ending()...)
	defer stop()
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	root := a.root()
	root.SetArgs(os.Args[1:])
	err := execute(ctx, root)
	if err == nil {
		return exitDone
	}
	f := explain(err)
	if ctx.Err() != nil {
		f = &failure{code: exitInterrupted, what: "interrupted", state: f.state, hint: f.hint}
	}
	for _, line := range f.lines() {
		a.note("%s", line)
	}
	return f.code
}

// ending are the signals after which a command still cleans up: a terminal window
// that is closed must not leave behind what was being written in an editor. Who
// began it with nohup wants it to outlive the terminal.
func ending() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// execute runs the command. Interrupted, it has a moment to end well; what waits
// for somebody else's end of a pipe never would.
func execute(ctx context.Context, root *cobra.Command) error {
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(2 * time.Second):
		return ctx.Err()
	}
}

// app is what all commands share.
type app struct {
	stdin, stdout, stderr *os.File

	proxy          string
	passphraseFile string
	salvage        bool
}

// note tells the person something. What is in it from outside is made visible,
// whoever put it there.
func (a *app) note(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		fmt.Fprintf(a.stderr, "transom: %s\n", letter.Visible(line, false))
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "transom",
		Short:         "End-to-end encrypted anonymous drops: make them, collect letters, send them",
		Long:          rootHelp,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage("there is no command %q: transom --help lists them", args[0])
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.proxy, "proxy", "", "reach servers through `URL`: socks5h://127.0.0.1:9050 is Tor (or TRANSOM_PROXY)")
	flags.StringVar(&a.passphraseFile, "passphrase-file", "", "read the vault's passphrase from `FILE` (or TRANSOM_PASSPHRASE_FILE)")
	flags.BoolVar(&a.salvage, "salvage", false, "read what can be read of a damaged vault, and change nothing")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%v: %s --help", err, cmd.CommandPath())
	})
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.AddCommand(
		a.newCommand(), a.linkCommand(), a.dropsCommand(), a.collectCommand(), a.listCommand(), a.readCommand(),
		a.saveCommand(), a.deleteCommand(), a.exportCommand(), a.identityCommand(), a.openCommand(),
		a.threadsCommand(), a.replyCommand(), a.blockCommand(), a.outboxCommand(), a.transcriptCommand(), a.answersCommand(),
		a.starCommand(), a.labelCommand(), a.noteCommand(), a.searchCommand(),
		a.dropCommand(), a.questionCommand(), a.noticeCommand(),
		a.sendCommand(), a.watchCommand(), a.repliesCommand(), a.cardCommand(), a.padCommand(), a.versionCommand(),
	)
	groupCommands(root)
	explainArguments(root)
	return root
}

// explainArguments makes bad arguments a matter of usage like bad flags.
func explainArguments(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if check := c.Args; check != nil {
			c.Args = func(cmd *cobra.Command, args []string) error {
				if err := check(cmd, args); err != nil {
					return usage("%v: %s --help", err, cmd.CommandPath())
				}
				return nil
			}
		}
		c.DisableFlagsInUseLine = true
		explainArguments(c)
	}
}

// atMostOne refuses flags that exclude each other.
func atMostOne(cmd *cobra.Command, names ...string) error {
	var given []string
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) > 1 {
		return usage("%s don't go together: %s --help", strings.Join(given, " and "), cmd.CommandPath())
	}
	return nil
}

// writeNew creates a file that must not be there, and leaves none behind when f
// fails.
func writeNew(path string, f func(io.Writer) error) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fail(exitFailed, "%s is there already", path).stating("Nothing was written.").hinting("choose another name with -o")
	}
	if err != nil {
		return fmt.Errorf("couldn't write: %w", err)
	}
	if err := errors.Join(f(out), out.Sync(), out.Close()); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

const rootHelp = `Transom receives letters that only you can read, from people you need not know.

A drop is an invitation behind a secret link. Who has the link can write to you,
in a browser or with transom send; the server keeps what they send as ciphertext
and cannot read it. You collect it here, into a vault on this computer whose keys
are sealed with your passphrase. The vault is the folder that TRANSOM_HOME names,
or else ~/.local/share/transom.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing there, 4 cannot open,
130 interrupted.

A session:

  $ transom new --server https://drop.example.org --title "The newsroom"
  https://drop.example.org/#drop1qyzv6lakq2…
  $ transom collect
  1  the-newsroom  2026-11-21  I work at the ministry and…  2 files
  $ transom read 1
  $ transom save 1 --to case-12
  case-12/message.txt
  case-12/report.pdf
  $ transom reply 1 --message "Thank you. Who else knows of this?"
  transom: reply 2 to thread 1 is on the server, sealed for its sender. It waits until 2026-12-22.`
