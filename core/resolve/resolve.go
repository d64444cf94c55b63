package resolve

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
)

// Resolve returns the values of refs, all or none, and the trace of how they were
// found. It returns the trace also with an error.
//
// Each distinct reference is looked up once at each of its candidates, in one batch
// if the provider is a [provider.Batcher]. The first failure for which the chain does
// not continue stops the other lookups, and Resolve returns it as a [*secret.Error].
// Of several failures it is that of the earliest reference: the lookups of later ones
// are canceled at once, those of earlier ones three seconds afterwards. If there is no
// such failure, the references that no provider has are reported together in a
// [*MissingError].
//
// If ctx is canceled, Resolve returns its error unchanged. If the deadline of ctx or
// [Config.Timeout] has passed, the *secret.Error wraps [context.DeadlineExceeded] and
// names the provider that did not respond; the chain does not continue then. Resolve
// returns even if a provider ignores its context: that lookup is abandoned and its
// result dropped. A provider's own time limit is a failure like any other. A zero
// reference and an unknown scheme are [secret.ErrInvalidRef]; no provider is asked
// then.
func (r *Resolver) Resolve(ctx context.Context, refs []secret.Ref) (*Resolution, error) {
	resolution, err := r.resolveAll(ctx, refs, true)
	if err != nil {
		resolution.values = nil
	}
	return resolution, err
}

// Explain is Resolve without the early stop: a failure does not cancel the other
// lookups, and the values that were found are returned also with an error. The error
// is the one that Resolve would return.
func (r *Resolver) Explain(ctx context.Context, refs []secret.Ref) (*Resolution, error) {
	return r.resolveAll(ctx, refs, false)
}

// resolveAll looks all of refs up. With stops, a failure cancels the other lookups.
func (r *Resolver) resolveAll(ctx context.Context, refs []secret.Ref, stops bool) (*Resolution, error) {
	lookups, err := r.plan(refs)
	if err != nil {
		return &Resolution{}, err
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	for depth := 0; ; depth++ {
		open := unresolved(lookups)
		if len(open) == 0 || r.round(limited, open, depth, stops) {
			return conclude(ctx, limited, lookups)
		}
		if err := limited.Err(); err != nil {
			for _, l := range unresolved(lookups) {
				l.ended(err)
			}
		}
	}
}

// lookup is the state of one reference while its steps are tried in order.
type lookup struct {
	ref   secret.Ref
	steps []step
	trace RefTrace
	value secret.Value
	// err decides so far: the last failure other than not found, since a provider
	// that failed may have the secret; else not found; nil if there is a value.
	err      error
	provider string // the provider that returned err
	done     bool
}

func (r *Resolver) plan(refs []secret.Ref) ([]*lookup, error) {
	var lookups []*lookup
	var errs []error
	seen := map[secret.Ref]bool{}
	for _, ref := range refs {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		steps, err := r.steps(ref)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lookups = append(lookups, &lookup{ref: ref, steps: steps, trace: RefTrace{Ref: ref, Candidates: candidates(steps), Class: secret.ClassCanceled}})
	}
	return lookups, errors.Join(errs...)
}

func candidates(steps []step) []Candidate {
	all := make([]Candidate, len(steps))
	for i, s := range steps {
		all[i] = Candidate{Provider: s.name, Simulated: s.simulated}
		if i+1 < len(steps) {
			all[i].On = s.on.Classes()
		}
	}
	return all
}

func unresolved(lookups []*lookup) []*lookup {
	var open []*lookup
	for _, l := range lookups {
		if !l.done {
			open = append(open, l)
		}
	}
	return open
}

// answered takes the result of the next step, and reports whether it is a failure
// that ends the resolution.
func (l *lookup) answered(s step, value secret.Value, err error) (failed bool) {
	if err == nil {
		l.value, l.err, l.done = value, nil, true
		l.trace.Class = secret.ClassOK
		return false
	}
	class := secret.ClassOf(err)
	if class != secret.ClassNotFound || l.err == nil {
		l.err, l.provider = err, s.name
	}
	last := len(l.trace.Attempts) == len(l.steps)
	if !last && s.on.Continues(class) {
		return false
	}
	l.done = true
	l.trace.Class = secret.ClassOf(l.err)
	return l.trace.Class != secret.ClassNotFound
}

// ended takes err, which ended the whole resolution, for a lookup that would have
// continued. It names the provider asked last, which used up the time.
func (l *lookup) ended(err error) {
	l.err, l.done = err, true
	l.provider = l.trace.Attempts[len(l.trace.Attempts)-1].Provider
	l.trace.Class = secret.ClassOf(err)
}

func (l *lookup) failure() error {
	return &secret.Error{Op: "get", Provider: l.provider, Ref: l.ref, Err: classified(l.err)}
}

// classified wraps an error without a class as [secret.ErrUnavailable], as package
// provider promises. The result still wraps err.
func classified(err error) error {
	if secret.ClassOf(err) == secret.ClassOther {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return err
}

// conclude makes the Resolution and the error of all lookups. A lookup that is not
// done was canceled by the failure of another. Of several failures the one after the
// fewest attempts is returned, since Resolve would not have reached a later one. The
// deadline of limited is returned only if there is no other failure.
func conclude(ctx, limited context.Context, lookups []*lookup) (*Resolution, error) {
	all := &Resolution{values: make(map[secret.Ref]secret.Value, len(lookups))}
	missing := &MissingError{}
	var failed, late *lookup
	for _, l := range lookups {
		all.trace = append(all.trace, l.trace)
		switch {
		case !l.done:
		case l.err == nil:
			all.values[l.ref] = l.value
		case l.trace.Class == secret.ClassNotFound:
			missing.add(l)
		case isContext(l.err) && limited.Err() != nil:
			late = earliest(late, l)
		default:
			failed = earliest(failed, l)
		}
	}
	switch {
	case failed != nil:
		return all, failed.failure()
	case late != nil && errors.Is(ctx.Err(), context.Canceled):
		return all, ctx.Err()
	case late != nil:
		return all, late.failure()
	case len(missing.Refs) > 0:
		return all, missing
	}
	return all, nil
}

func earliest(first, l *lookup) *lookup {
	if first != nil && len(first.trace.Attempts) <= len(l.trace.Attempts) {
		return first
	}
	return l
}
