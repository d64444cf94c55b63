package describe

import (
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// The options about changed secrets.
const (
	OnSecretChange = "on-secret-change"
	SecretInterval = "secret-interval"
)

// Changes has the options for the reaction of a detached workload to a changed secret; empty
// if they are not given.
type Changes struct{ Action, Interval string }

// describe writes the options into spec, as they are saved.
func (c Changes) describe(spec *workload.Spec) error {
	change, err := workload.ParseSecretChange(c.Action)
	if err != nil {
		return secret.Usagef("--%s is %w", OnSecretChange, err)
	}
	if _, err := workload.ParseSecretInterval(c.Interval); err != nil {
		return secret.Usagef("--%s is %w", SecretInterval, err)
	}
	if c.Interval != "" && change.Ignores() {
		return secret.Usagef("--%s goes with --%s restart or signal=NAME", SecretInterval, OnSecretChange)
	}
	if c.Action != "" {
		spec.OnSecretChange = change.String()
	}
	spec.SecretInterval = c.Interval
	return nil
}

// check refuses the options for a workload in the foreground: only a detached one has a
// supervisor, which notices a change.
func (c Changes) check(detached bool) error {
	option := OnSecretChange
	if c.Action == "" {
		option = SecretInterval
	}
	if detached || c == (Changes{}) {
		return nil
	}
	return secret.Usagef("--%s goes with -d: a workload in the foreground keeps its secrets until it ends", option)
}
