// Command transomd is the Transom server: it keeps sealed letters for a while
// and knows nothing else. It has no code that could open one.
//
// Rules of what it prints: data alone on standard output; on standard error one
// line once it listens, categories when something of its own fails, and nothing
// about any request, ever. Exit codes: 0 done, 1 failed, 2 usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func main() {
	harden()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// hinted is an error that ends in a next step.
type hinted struct {
	err   error
	hint  string
	usage bool
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

func failed(err error, hint string) error { return &hinted{err: err, hint: hint} }
func misused(err error, hint string) error {
	return &hinted{err: err, hint: hint, usage: true}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var h *hinted
	if !errors.As(err, &h) { // cobra's own
		h = &hinted{err: err, hint: "see transomd --help", usage: true}
	}
	fmt.Fprintf(stderr, "transom: %v\ntransom: %s\n", h, h.hint)
	if h.usage {
		return exitUsage
	}
	return exitFailed
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "transomd --data DIR",
		Short: "The Transom server: keeps sealed letters, and can open none",
		Long: `transomd keeps sealed letters until their recipients collect them. It is told
nothing that could open one, and writes down no address and no time.

Every flag can be given in the environment instead: --max-envelope is
TRANSOMD_MAX_ENVELOPE. A flag wins.`,
		Example: `  $ transomd --data /var/lib/transom --origin https://drop.example.org
  transom: listening on http://127.0.0.1:8080

  $ transomd invite --data /var/lib/transom
  nz5kpr3m2fw6ya7lcuxhq4tdbe`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return fromEnvironment(cmd.Flags())
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), o, stderr)
		},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return misused(err, "see transomd --help")
	})
	o.addShared(root.PersistentFlags())
	o.addServing(root.Flags())
	root.AddCommand(newInvite(&o, stdout), newSalvage(&o, stderr), &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(stdout, "transomd "+release())
			return err
		},
	})
	return root
}

// fromEnvironment sets each flag that was not given from TRANSOMD_NAME.
func fromEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := "TRANSOMD_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || f.Name == "help" || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = misused(fmt.Errorf("couldn't use %s: %w", name, setErr), "see transomd --help")
		}
	})
	return err
}

// release is the module's version, or what the commit says, or neither.
func release() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
