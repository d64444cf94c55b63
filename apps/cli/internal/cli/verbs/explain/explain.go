// Package explain is thv explain: where each value comes from, without a value.
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

type options struct {
	app      *app.App
	names    []string
	secrets  []string
	from     string
	simulate []string
	// allowReserved is run's and exec's.
	allowReserved bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "explain [NAME…] [flags]",
		Short: "Say where each secret comes from, without its value",
		Long: `Ask for secrets as a run would, and say for each one which providers are on its
way, who was asked, what each answered and how long that took, who decided, and
who would be asked next. No value is printed: a fingerprint tells whether the
secret is the same as before.

The secrets are NAMEs, parameters as for run and exec, and those of a RunConfig.
The exit code is the one that a run would end with.

With --simulate, a provider is not asked and fails with the class given, as in
an outage. The classes are those of the fallback table: not-found, denied,
locked, unavailable, timeout, invalid-ref, unsupported, corrupt, too-large,
conflict, canceled, usage and other.`,
		Example: `  thv explain api-key
  thv explain --secret api-key,target=API_KEY --secret op://vault/item/field,target=TOKEN
  thv explain --from-config server.json --simulate 1password=unavailable`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.names = args
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.secrets, "secret", nil, "a secret as run takes it: `NAME[,target=ENV|/PATH[,mode=0400]]`")
	flags.StringVar(&o.from, "from-config", "", "a RunConfig `file` in JSON, '-' for standard input")
	flags.BoolVar(&o.allowReserved, "allow-reserved-target", false, "let a secret's target be PATH, LD_* and the like")
	flags.StringArrayVar(&o.simulate, "simulate", nil, "have a provider fail: `PROVIDER=CLASS`")
	return cmd
}

func run(ctx context.Context, o options) error {
	if len(o.names)+len(o.secrets) == 0 && o.from == "" {
		return secret.Usagef("nothing to explain: give NAME, --secret or --from-config; see: thv explain --help")
	}
	subjects, err := o.subjects()
	if err != nil {
		return err
	}
	outage, err := parseOutage(o.simulate)
	if err != nil {
		return err
	}
	return inject.Explain(ctx, o.app.Parts(), subjects, outage)
}

func (o options) subjects() ([]inject.Subject, error) {
	var subjects []inject.Subject
	for _, name := range o.names {
		ref, err := command.ParseRef(name, false)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, inject.Subject{Ref: ref})
	}
	given, err := inject.Prepare(o.app.Parts(), &workload.Spec{Secrets: o.secrets}, inject.Terms{Reserved: o.allowReserved, Container: true})
	if err != nil {
		return nil, err
	}
	subjects = append(subjects, given.Subjects()...)
	if o.from == "" {
		return subjects, nil
	}
	config, err := o.app.RunConfigs.Read(o.from, o.app.Streams.In)
	if err != nil {
		return nil, err
	}
	saved, err := inject.Prepare(o.app.Parts(), &config.Spec, inject.Terms{Reserved: o.allowReserved, Container: true, System: config.Name != ""})
	if err != nil {
		return nil, fmt.Errorf("--from-config %s: %w", o.from, err)
	}
	return append(subjects, saved.Subjects()...), nil
}

// parseOutage reads --simulate. What it names is checked by who knows the
// providers and the classes.
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
