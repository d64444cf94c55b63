// Package set is thv secret set.
package set

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/impact"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// maxInput is the maximum size of the input in bytes. It is above every provider's limit, so that
// the provider's error names its limit.
const maxInput = 16 << 20

// Options are the arguments and options of the verb.
type Options struct {
	Name string
	File string
	Raw  bool
}

type report struct {
	Name   string `json:"name"`
	Stored bool   `json:"stored"`
	command.Affected
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Store a secret",
		Long: `Store a secret under NAME, and replace its previous value.

thv prompts for the value without showing it, or reads it from standard input
(without one final newline, which --raw keeps) or from --file (byte for byte).
It is never an argument: arguments are visible in the shell's history and in the
list of processes.

The provider none stores nothing: the command says so and exits with 1.

The workloads that use the secret, and the effect on each, are listed on
standard error: see --on-secret-change of thv run.`,
		Example: `  # Prompt for the value
  thv secret set api-key

  # Read the value from a variable of the shell
  printf %s "$KEY" | thv secret set api-key

  # Store a file, byte for byte
  thv secret set tls-key --file key.pem`,
		Args: arguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.File, "file", "", "`file` with the value, '-' for standard input")
	cmd.Flags().BoolVar(&o.Raw, "raw", false, "keep a final newline of standard input")
	f.RecoveryFlag(cmd)
	return cmd
}

func arguments(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return secret.Usagef("a value is never an argument, since it would stand in the shell's history; "+
			"leave it out to be asked for it, or pipe it in (and treat one that was typed here as known): %s NAME", cmd.CommandPath())
	}
	return command.Names("NAME", 1, 1)(cmd, args)
}

func run(ctx context.Context, a *app.App, o *Options) error {
	ref, err := command.ParseRef(o.Name, false)
	if err != nil {
		return err
	}
	if a.Providers.KeepsNothing(ref) {
		return keptNowhere(a, ref)
	}
	if err := checkRecovery(ctx, a); err != nil {
		return err
	}
	if err := a.Resolver.Writable(ctx, ref); err != nil {
		return err
	}
	value, err := readValue(ctx, a, o)
	if err != nil {
		return err
	}
	if value.Len() == 0 {
		return secret.Usagef("the value is empty; nothing was stored")
	}
	if err := a.Resolver.Put(ctx, ref, value); err != nil {
		return err
	}
	found := command.AffectedBy(a, impact.Stored, ref)
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{Name: ref.String(), Stored: true, Affected: found})
	}
	a.Streams.Say("Stored %s.", ref)
	found.Say(a.Streams)
	return nil
}

// keptNowhere reports that nothing is stored, and reads no value. It is not a success:
// the caller may be about to remove the only copy.
func keptNowhere(a *app.App, ref secret.Ref) error {
	a.Streams.Say("%s is not stored: the provider %s, which %s selects, keeps what it is given nowhere. This chooses another: thv secret provider %s",
		ref, app.None, a.Providers.Origin, app.Encrypted)
	if a.Globals.Output == terminal.JSON {
		if err := terminal.WriteJSON(a.Streams.Out, report{Name: ref.String()}); err != nil {
			return err
		}
	}
	return &terminal.StatusError{Status: terminal.ExitOther}
}

// checkRecovery refuses a file for a recovery key that would not be made.
func checkRecovery(ctx context.Context, a *app.App) error {
	if a.Globals.RecoveryFile == "" {
		return nil
	}
	info, err := a.Vault.Describe(ctx)
	if err == nil && info.Exists {
		return secret.Usagef("there is a store already; this makes a recovery key for it: thv secret setup --recovery-key-file FILE")
	}
	return err
}

func readValue(ctx context.Context, a *app.App, o *Options) (secret.Value, error) {
	s := a.Streams
	switch {
	case o.File != "" && o.File != "-":
		return readFile(o.File)
	case o.File == "" && terminal.IsTerminal(s.In):
		value, err := s.Hidden(ctx, "Value of "+o.Name+": ")
		if errors.Is(err, terminal.ErrNoTerminal) {
			return value, secret.Usagef("no value: pipe it in, or name a file with --file")
		}
		return value, err
	}
	value, err := read(s.In)
	if err != nil || o.Raw || o.File == "-" {
		return value, err
	}
	text := bytes.TrimSuffix(value.Bytes(), []byte("\n"))
	return secret.NewValue(bytes.TrimSuffix(text, []byte("\r"))), nil
}

func readFile(path string) (secret.Value, error) {
	file, err := os.Open(path)
	if err != nil {
		return secret.Value{}, secret.Usagef("--file: %w", err)
	}
	defer file.Close()
	return read(file)
}

func read(r io.Reader) (secret.Value, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return secret.Value{}, fmt.Errorf("reading the value: %w", err)
	}
	if len(text) > maxInput {
		return secret.Value{}, fmt.Errorf("%w: the value is longer than %d MiB", secret.ErrTooLarge, maxInput>>20)
	}
	return secret.NewValue(text), nil
}
