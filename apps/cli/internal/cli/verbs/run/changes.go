package run

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// The options about changed secrets.
const (
	onChange = "on-secret-change"
	interval = "secret-interval"
)

// changes is what a changed secret does to a detached workload.
type changes struct{ action, interval string }

func (c *changes) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.action, onChange, "", "with -d: what a changed secret does: ignore, restart or `signal=NAME` (default: ignore; restart is recommended)")
	flags.StringVar(&c.interval, interval, "", "with -d: how often a provider that tells of no change is asked, and the least `time` between two restarts (default: 15m, and 10s)")
}

// describe writes the options into spec, as they are saved.
func (c changes) describe(spec *workload.Spec) error {
	change, err := workload.ParseSecretChange(c.action)
	if err != nil {
		return secret.Usagef("--%s is %w", onChange, err)
	}
	if _, err := workload.ParseSecretInterval(c.interval); err != nil {
		return secret.Usagef("--%s is %w", interval, err)
	}
	if c.interval != "" && change.Ignores() {
		return secret.Usagef("--%s goes with --%s restart or signal=NAME", interval, onChange)
	}
	if c.action != "" {
		spec.OnSecretChange = change.String()
	}
	spec.SecretInterval = c.interval
	return nil
}

// check refuses the options where nothing is there to notice a change: only a
// detached workload has a supervisor.
func (c changes) check(detached bool) error {
	option := onChange
	if c.action == "" {
		option = interval
	}
	if detached || c == (changes{}) {
		return nil
	}
	return secret.Usagef("--%s goes with -d: a workload in the foreground keeps its secrets until it ends", option)
}

// sayKept says which variables of the workload name a signal brings no new value to.
func (o options) sayKept(name string, spec workload.Spec, subjects []inject.Subject) {
	change, _ := workload.ParseSecretChange(spec.OnSecretChange) // which was looked at
	var variables []string
	for _, s := range subjects {
		if s.Mode == 0 {
			variables = append(variables, s.Target)
		}
	}
	if change.Signal == "" || len(variables) == 0 {
		return
	}
	o.app.Streams.Say("A running process can be given no other variables: %s keeps its value until thv restart %s. A file (target=/run/secrets/NAME) is written anew; --%s restart suits both.",
		strings.Join(variables, ", "), name, onChange)
}
