package inject

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Explain resolves secrets as a run would, with the providers in outage failing, and returns a
// report of the source of each. Failures are part of the report; an error means that no
// provider was asked.
func Explain(ctx context.Context, a Parts, secrets []BoundSecret, outage map[string]secret.Class) (Report, error) {
	resolver, err := a.Resolver.Simulating(outage)
	if err != nil {
		return Report{}, err
	}
	return explanation{secrets: secrets}.of(ctx, a, resolver)
}

// Explain is the function [Explain] for the secrets of p.
func (p *Prepared) Explain(ctx context.Context) (Report, error) {
	return explanation{secrets: p.allSecrets(), variablesToAsk: p.variablesToAsk}.of(ctx, p.parts, p.parts.Resolver)
}

// of asks resolver, and reports the rest of the explanation.
func (e explanation) of(ctx context.Context, a Parts, resolver *resolve.Resolver) (Report, error) {
	resolution, failure := resolver.Explain(ctx, refsOf(e.secrets))
	a.Close()
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	if len(resolution.Trace()) == 0 && failure != nil || errors.Is(failure, secret.ErrUsage) {
		return Report{}, failure // no provider was asked, or none could be
	}
	e.resolution, e.failure, e.fingerprint = resolution, failure, fingerprints(a)
	if e.variablesToAsk != nil {
		e.asks, e.failure = e.variablesToAsk(failure)
	}
	return e.report(), nil
}

// fingerprints returns a function that computes fingerprints. If the key cannot be read or
// created, it reports that to the user, and the function returns "".
func fingerprints(a Parts) func(secret.Ref, secret.Value) string {
	f, err := a.Fingerprints()
	if err != nil {
		a.Dialog.Say("No fingerprints: %v", err)
		return func(secret.Ref, secret.Value) string { return "" }
	}
	return f.Of
}

// explanation is the input for a report.
type explanation struct {
	secrets []BoundSecret
	// variablesToAsk returns what a run would ask the user for and fail with, given the failure of
	// the resolution; if it is nil a run asks for nothing and fails with that.
	variablesToAsk func(failure error) (asks []string, err error)
	asks           []string
	resolution     *resolve.Resolution
	failure        error
	fingerprint    func(secret.Ref, secret.Value) string
}

func (e *explanation) report() Report {
	traces := map[secret.Ref]resolve.RefTrace{}
	for _, trace := range e.resolution.Trace() {
		traces[trace.Ref] = trace
	}
	var r Report
	var environment workload.Environment
	for _, s := range e.secrets {
		row := newRow(s, traces[s.Ref])
		if value, ok := e.resolution.Value(s.Ref); ok {
			row.Fingerprint = e.fingerprint(s.Ref, value)
			if err := s.into(&environment, value); err != nil {
				row.Problem = err.Error()
				if e.failure == nil {
					e.failure = fmt.Errorf("secret %q: %w", s.Ref, err)
				}
			}
		}
		r.Secrets = append(r.Secrets, row)
	}
	r.Asks = e.asks
	r.Outcome, r.ExitCode = secret.ClassOf(e.failure), terminal.ExitCode(e.failure)
	if e.failure != nil {
		r.Message = e.failure.Error()
	}
	r.mask(e.values())
	return r
}

// values are all that were found.
func (e *explanation) values() []secret.Value {
	var values []secret.Value
	for _, s := range e.secrets {
		if value, ok := e.resolution.Value(s.Ref); ok {
			values = append(values, value)
		}
	}
	return values
}
