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

// Explain asks for subjects as a run would, with the providers in outage failing,
// and prints where each comes from. It ends with the exit code that a run would
// end with; what would go wrong is part of what it prints.
func Explain(ctx context.Context, a Parts, subjects []Subject, outage map[string]secret.Class) error {
	resolver, err := a.Resolver.Simulating(outage)
	if err != nil {
		return err
	}
	return explanation{subjects: subjects}.of(ctx, a, resolver)
}

// of asks resolver, and prints the rest of the explanation.
func (e explanation) of(ctx context.Context, a Parts, resolver *resolve.Resolver) (err error) {
	resolution, failure := resolver.Explain(ctx, refsOf(e.subjects))
	a.Close()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(resolution.Trace()) == 0 && failure != nil || errors.Is(failure, secret.ErrUsage) {
		return failure // nobody was asked, or nobody could be
	}
	e.resolution, e.failure, e.fingerprint = resolution, failure, fingerprints(a)
	if e.foresee != nil {
		e.asks, e.failure = e.foresee(failure)
	}
	r := e.report()
	if a.Output == terminal.JSON {
		err = terminal.WriteJSON(a.Streams.Out, r)
	} else {
		err = r.print(a.Streams.Out)
	}
	if err == nil && r.ExitCode != 0 {
		err = &terminal.StatusError{Status: r.ExitCode}
	}
	return err
}

// fingerprints returns what makes fingerprints. Where the key cannot be had there
// are none, and that is said.
func fingerprints(a Parts) func(secret.Ref, secret.Value) string {
	f, err := a.Fingerprints()
	if err != nil {
		fmt.Fprintf(a.Streams.Err, "No fingerprints: %v\n", err)
		return func(secret.Ref, secret.Value) string { return "" }
	}
	return f.Of
}

// explanation is what a report is made of.
type explanation struct {
	subjects []Subject
	// foresee says of the resolution's failure what a run would fail with, and what
	// it would ask a person for; nil where that is the same, and nothing.
	foresee     func(failure error) (asks []string, err error)
	asks        []string
	resolution  *resolve.Resolution
	failure     error
	fingerprint func(secret.Ref, secret.Value) string
}

func (e *explanation) report() report {
	traces := map[secret.Ref]resolve.RefTrace{}
	for _, trace := range e.resolution.Trace() {
		traces[trace.Ref] = trace
	}
	var r report
	var environment workload.Environment
	for _, s := range e.subjects {
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
	for _, s := range e.subjects {
		if value, ok := e.resolution.Value(s.Ref); ok {
			values = append(values, value)
		}
	}
	return values
}
