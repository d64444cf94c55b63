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
	// maxAnswer bounds the answer on standard input, in bytes.
	maxAnswer = 1 << 10
)

// Options are the arguments and options of the verb.
type Options struct {
	app      *app.App
	Provider string
	Format   int
	Replace  bool
}

type report struct {
	Provider string `json:"provider"`
	Config   string `json:"config"`
	Store    any    `json:"store,omitempty"`
}

// NewCommand returns the verb. Unless runF is nil it is called in the place of a run.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Choose a provider and make it ready",
		Long: `Choose where secrets come from, make it ready, and write the choice to the
configuration file. Nothing has to be set up before the first secret is stored:
this is for another choice than the default, and for mending.

For the encrypted store it makes the store, or, where there is one, makes sure
that its password opens it and keeps that password in a keyring. A recovery key
is made beside those that the store has, which still open it, at most four; with
--replace-recovery-keys the new one is the only one.

Without --provider, the first line of standard input is the provider's name if
that is not a terminal; an empty input chooses encrypted, and so does --no-input,
which reads nothing. The provider none, which keeps nothing, is not offered and
can be named.`,
		Example: `  thv secret setup
  thv secret setup --provider environment
  echo environment | thv secret setup        # the same, as an answer
  thv secret setup --password-file FILE      # after a keyring has lost the password`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.KeepPassword()
			if o.Replace {
				f.ReplaceRecovery()
			}
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Provider, "provider", "", "the provider; asked for if it is left out")
	_ = cmd.RegisterFlagCompletionFunc("provider", f.CompleteProviders) // the flag is there
	cmd.Flags().IntVar(&o.Format, "format", 0, "format of a new encrypted store: 2, or 1 for other programs that read it")
	f.RecoveryFlag(cmd)
	cmd.Flags().BoolVar(&o.Replace, "replace-recovery-keys", false, "with --recovery-key-file: no recovery key made before opens the store any more")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	o.app = a
	name, err := choose(ctx, o)
	if err != nil {
		return err
	}
	if o.Format != 0 && (name != encrypted || o.Format < 1 || o.Format > 2) {
		return secret.Usagef("--format is 1 or 2, and goes with the provider encrypted")
	}
	if o.Replace && (name != encrypted || o.app.Globals.RecoveryFile == "") {
		return secret.Usagef("--replace-recovery-keys goes with --recovery-key-file and the provider encrypted")
	}
	if name == encrypted {
		if err := o.app.Vault.Create(ctx, o.Format); err != nil {
			return err
		}
	}
	if err := o.app.Providers.Check(ctx, name); err != nil {
		return err
	}
	if err := settings.SetProvider(string(o.app.ConfigPath), name); err != nil {
		return err
	}
	return done(ctx, o, name)
}

// choose takes the answer from standard input if that is not a terminal and has one,
// as scripts give it.
func choose(ctx context.Context, o *Options) (string, error) {
	s := o.app.Streams
	if o.Provider != "" {
		return o.Provider, nil
	}
	if !s.NoInput && !terminal.IsTerminal(s.In) && !o.app.Globals.PasswordFromInput() {
		answer, err := firstLine(s.In)
		if err != nil {
			return "", err
		}
		if answer != "" {
			return answer, o.app.Providers.Known(answer, "standard input")
		}
	}
	if !s.Interactive() {
		return encrypted, nil
	}
	return s.Choose(ctx, "Where shall secrets come from?", o.app.Providers.Choices(), encrypted)
}

// firstLine returns the first line of what is read, without the spaces around it.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxAnswer)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the provider from standard input: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// sayRecovery says which recovery keys open the store after one was made.
func (o *Options) sayRecovery(info vault.Info) {
	if o.app.Globals.RecoveryFile == "" {
		return
	}
	keys := len(slices.DeleteFunc(slices.Clone(info.Slots), func(kind string) bool { return kind != "recovery" }))
	switch {
	case o.Replace:
		o.app.Streams.Say("The recovery key in %s is the only one that opens the store: those made before no longer do.", o.app.Globals.RecoveryFile)
	case keys > 1:
		o.app.Streams.Say("The store now opens with %d recovery keys: those made before stay valid. --replace-recovery-keys leaves only the new one.", keys)
	}
}

func done(ctx context.Context, o *Options, name string) error {
	r := report{Provider: name, Config: string(o.app.ConfigPath)}
	if name == encrypted {
		info, err := o.app.Vault.Describe(ctx)
		if err != nil {
			return err
		}
		r.Store = info
		o.sayRecovery(info)
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, r)
	}
	o.app.Streams.Say("%s", o.app.Providers.Written(name, o.app.ConfigPath))
	return nil
}
