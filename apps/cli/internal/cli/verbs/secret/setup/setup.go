// Package setup is thv secret setup.
package setup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	encrypted = app.Encrypted
	// maxAnswer is the maximum length of the answer on standard input, in bytes.
	maxAnswer = 1 << 10
)

// Options are the arguments and options of the verb.
type Options struct {
	Provider string
	Format   int
	Replace  bool
}

type report struct {
	Provider string `json:"provider"`
	Config   string `json:"config"`
	Store    any    `json:"store,omitempty"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Choose and set up a secrets provider",
		Long: `Choose a secrets provider, set it up, and write the choice to the configuration
file. Secrets can be stored without any setup: use this verb to choose another
provider than the default, and for repairs.

For the provider encrypted, it creates the store. If there is a store already,
it checks that the password opens it, and keeps the password in a keyring. With
--recovery-key-file, it adds a recovery key to those of the store, at most four;
with --replace-recovery-keys, the new key replaces them.

Without --provider, and if standard input is not a terminal, its first line is
the provider's name. An empty input selects encrypted, and so does --no-input,
which reads nothing. The provider none, which stores nothing, is not offered,
but can be named.`,
		Example: `  # Choose a provider at the terminal
  thv secret setup

  # Choose a provider in a script; both commands do the same
  thv secret setup --provider environment
  echo environment | thv secret setup

  # Restore the password that a keyring has lost
  thv secret setup --password-file FILE`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.KeepPassword()
			if o.Replace {
				f.ReplaceRecovery()
			}
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Provider, "provider", "", "the provider; thv prompts for it if it is left out")
	_ = cmd.RegisterFlagCompletionFunc("provider", f.CompleteProviders) // the flag is there
	cmd.Flags().IntVar(&o.Format, "format", 0, "format of a new encrypted store: 2, or 1 for other programs that read it")
	f.RecoveryFlag(cmd)
	cmd.Flags().BoolVar(&o.Replace, "replace-recovery-keys", false, "with --recovery-key-file: revoke the store's other recovery keys")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	name, err := choose(ctx, a, o)
	if err != nil {
		return err
	}
	if o.Format != 0 && (name != encrypted || o.Format < 1 || o.Format > 2) {
		return secret.Usagef("--format is 1 or 2, and goes with the provider encrypted")
	}
	if o.Replace && (name != encrypted || a.Globals.RecoveryFile == "") {
		return secret.Usagef("--replace-recovery-keys goes with --recovery-key-file and the provider encrypted")
	}
	if name == encrypted {
		if err := a.Vault.Create(ctx, o.Format); err != nil {
			return err
		}
	}
	if err := a.Providers.Check(ctx, name); err != nil {
		return err
	}
	if err := settings.SetProvider(string(a.ConfigPath), name); err != nil {
		return err
	}
	return done(ctx, a, o, name)
}

// choose reads the choice from standard input if that is not a terminal and has one, as in
// scripts.
func choose(ctx context.Context, a *app.App, o *Options) (string, error) {
	s := a.Streams
	if o.Provider != "" {
		return o.Provider, nil
	}
	if !s.NoInput && !terminal.IsTerminal(s.In) && !a.Globals.PasswordFromInput() {
		answer, err := firstLine(s.In)
		if err != nil {
			return "", err
		}
		if answer != "" {
			return answer, a.Providers.Known(answer, "standard input")
		}
	}
	if !s.Interactive() {
		return encrypted, nil
	}
	return s.Choose(ctx, "Where shall secrets come from?", a.Providers.Choices(), encrypted)
}

// firstLine returns the first line of r without surrounding spaces.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxAnswer)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the provider from standard input: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// sayRecovery reports which recovery keys open the store after a new one was created.
func (o *Options) sayRecovery(a *app.App, info vault.Info) {
	if a.Globals.RecoveryFile == "" {
		return
	}
	keys := len(slices.DeleteFunc(slices.Clone(info.Slots), func(kind string) bool { return kind != "recovery" }))
	switch {
	case o.Replace:
		a.Streams.Say("The recovery key in %s is the only one that opens the store: those made before no longer do.", a.Globals.RecoveryFile)
	case keys > 1:
		a.Streams.Say("The store now opens with %d recovery keys: those made before stay valid. --replace-recovery-keys leaves only the new one.", keys)
	}
}

func done(ctx context.Context, a *app.App, o *Options, name string) error {
	r := report{Provider: name, Config: string(a.ConfigPath)}
	if name == encrypted {
		info, err := a.Vault.Describe(ctx)
		if err != nil {
			return err
		}
		r.Store = info
		o.sayRecovery(a, info)
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, r)
	}
	a.Streams.Say("%s", a.Providers.Written(name, a.ConfigPath))
	return nil
}
