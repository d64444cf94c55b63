// Package explain is thv explain: it reports the source of each secret, without its value.
package explain

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the arguments and options of the verb.
type Options struct {
	Names    []string
	Secrets  []string
	From     string
	Simulate []string
	// AllowReserved is the option of run and exec.
	AllowReserved bool
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "explain [NAME…] [flags]",
		Short: "Show where each secret comes from, without its value",
		Long: `Resolve secrets as a run would, and show for each one the candidate providers,
the result and duration of each request, the provider that decided, and the one
that would be asked next. No value is printed: a fingerprint shows whether the
secret is the same as before.

The secrets are NAMEs, parameters as for run and exec, and those of a RunConfig.
The exit code is the one that a run would end with.

With --simulate, a provider is not asked and fails with the given class, as in
an outage. The classes are those of the fallback table: not-found, denied,
locked, unavailable, timeout, invalid-ref, unsupported, corrupt, too-large,
conflict, canceled, usage and other.`,
		Example: `  # Show where api-key comes from
  thv explain api-key

  # Explain a run during an outage of 1Password
  thv explain --from-config server.json --simulate 1password=unavailable`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Names = args
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.Secrets, "secret", nil, "a secret as for run: `NAME[,target=…]`")
	flags.StringVar(&o.From, "from-config", "", "a RunConfig `file` in JSON, '-' for standard input")
	flags.BoolVar(&o.AllowReserved, "allow-reserved-target", false, "allow a secret's target to be PATH, LD_* and the like")
	flags.StringArrayVar(&o.Simulate, "simulate", nil, "simulate a failure: `PROVIDER=CLASS`")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	if len(o.Names)+len(o.Secrets) == 0 && o.From == "" {
		return secret.Usagef("nothing to explain: give NAME, --secret or --from-config; see: thv explain --help")
	}
	secrets, err := o.secrets(a)
	if err != nil {
		return err
	}
	outage, err := parseOutage(o.Simulate)
	if err != nil {
		return err
	}
	report, err := inject.Explain(ctx, a.Parts(), secrets, outage)
	return command.Explained(a, report, err)
}

func (o *Options) secrets(a *app.App) ([]inject.BoundSecret, error) {
	var secrets []inject.BoundSecret
	for _, name := range o.Names {
		ref, err := command.ParseRef(name, false)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, inject.BoundSecret{Ref: ref})
	}
	given, err := inject.Prepare(a.Parts(), &workload.Spec{Secrets: o.Secrets}, inject.PrepareOptions{Reserved: o.AllowReserved, Container: true})
	if err != nil {
		return nil, err
	}
	secrets = append(secrets, given.Secrets()...)
	if o.From == "" {
		return secrets, nil
	}
	config, err := a.RunConfigs.Read(o.From, a.Streams.In)
	if err != nil {
		return nil, err
	}
	saved, err := inject.Prepare(a.Parts(), &config.Spec, inject.PrepareOptions{Reserved: o.AllowReserved, Container: true, System: config.Name != ""})
	if err != nil {
		return nil, fmt.Errorf("--from-config %s: %w", o.From, err)
	}
	return append(secrets, saved.Secrets()...), nil
}

// parseOutage parses --simulate. The resolver checks the providers and classes.
func parseOutage(texts []string) (map[string]secret.Class, error) {
	outage := map[string]secret.Class{}
	for i, text := range texts {
		name, class, found := strings.Cut(text, "=")
		if !found || name == "" {
			return nil, secret.Usagef("--simulate %d is not PROVIDER=CLASS, as in 1password=unavailable", i+1)
		}
		if _, twice := outage[name]; twice {
			return nil, secret.Usagef("--simulate %d names %s a second time", i+1, name)
		}
		outage[name] = secret.Class(class)
	}
	return outage, nil
}
