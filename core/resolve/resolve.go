package resolve

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
)

// Resolve answers the values of refs, all or none, and the trace of how they
// were found; the trace also comes with an error.
//
// Each distinct reference is asked once at each provider on its way, in one
// batch where the provider has one. The first failure that does not go on to
// the next provider stops the rest, and is the answer as a *secret.Error. Of
// several at once it is that of the earliest reference: the lookups of later
// ones are stopped without delay, those of earlier ones a moment afterwards.
// Where there is no such failure, all that no provider has are reported
// together in a *MissingError.
//
// When ctx is canceled, its error comes back unchanged. When the time is out,
// ctx's or the Resolver's own, the *secret.Error wraps
// context.DeadlineExceeded and names who was waited for; no rule goes on then,
// since nobody can be asked any more. Resolve then returns also where a provider
// does not: that lookup is left behind, and its answer is dropped. A provider's
// own time limit that is over earlier is a failure like any other, of
// secret.ClassTimeout. A reference that is zero or has an unknown scheme is
// secret.ErrInvalidRef, and nobody is asked.
func (r *Resolver) Resolve(ctx context.Context, refs []secret.Ref) (*Resolution, error) {
	ways, err := r.plan(refs)
	if err != nil {
		return &Resolution{}, err
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	for depth := 0; ; depth++ {
		open := unresolved(ways)
		if len(open) == 0 || r.round(limited, open, depth) {
			return conclude(ctx, ways)
		}
		if err := limited.Err(); err != nil {
			for _, w := range unresolved(ways) {
				w.ended(err)
			}
		}
	}
}

// way is a reference on its way along the steps at which it may be found.
type way struct {
	ref   secret.Ref
	steps []step
	trace RefTrace
	value secret.Value
	// err is what decides so far: the last failure that is no absence, since
	// what one provider could not say is not known to be absent; else the
	// absence; nil where there is a value.
	err      error
	provider string // the one that answered err
	done     bool
}

func (r *Resolver) plan(refs []secret.Ref) ([]*way, error) {
	var ways []*way
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
		ways = append(ways, &way{ref: ref, steps: steps, trace: RefTrace{Ref: ref, Class: secret.ClassCanceled}})
	}
	return ways, errors.Join(errs...)
}

func unresolved(ways []*way) []*way {
	var open []*way
	for _, w := range ways {
		if !w.done {
			open = append(open, w)
		}
	}
	return open
}

// answered takes the next answer, and reports whether it is a failure that ends
// the resolution.
func (w *way) answered(s step, value secret.Value, err error) (failed bool) {
	if err == nil {
		w.value, w.err, w.done = value, nil, true
		w.trace.Class = secret.ClassOK
		return false
	}
	class := secret.ClassOf(err)
	if class != secret.ClassNotFound || w.err == nil {
		w.err, w.provider = err, s.name
	}
	last := len(w.trace.Asks) == len(w.steps)
	if !last && s.on.GoesOn(class) {
		return false
	}
	w.done = true
	w.trace.Class = secret.ClassOf(w.err)
	return w.trace.Class != secret.ClassNotFound
}

// ended takes err, the resolution's own end, for a way that would go on. It is
// the provider asked last that took the time.
func (w *way) ended(err error) {
	w.err, w.done = err, true
	w.provider = w.trace.Asks[len(w.trace.Asks)-1].Provider
	w.trace.Class = secret.ClassOf(err)
}

func (w *way) failure() error {
	return &secret.Error{Op: "get", Provider: w.provider, Ref: w.ref, Err: classified(w.err)}
}

// classified gives an error that wraps no sentinel the class that package
// provider promises for it. What it wraps is still found in it.
func classified(err error) error {
	if secret.ClassOf(err) == secret.ClassOther {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return err
}

// conclude makes the answer of the ways' ends. A way that is not done was
// stopped by the failure of another.
func conclude(ctx context.Context, ways []*way) (*Resolution, error) {
	all := &Resolution{values: make(map[secret.Ref]secret.Value, len(ways))}
	missing := &MissingError{}
	var failure, timeout error
	for _, w := range ways {
		all.trace = append(all.trace, w.trace)
		switch {
		case !w.done:
		case w.err == nil:
			all.values[w.ref] = w.value
		case w.trace.Class == secret.ClassNotFound:
			missing.add(w)
		case isContext(w.err):
			timeout = earliest(timeout, w)
		default:
			failure = earliest(failure, w)
		}
	}
	switch {
	case failure != nil:
		return withoutValues(all), failure
	case timeout != nil && errors.Is(ctx.Err(), context.Canceled):
		return withoutValues(all), ctx.Err()
	case timeout != nil:
		return withoutValues(all), timeout
	case len(missing.Refs) > 0:
		return withoutValues(all), missing
	}
	return all, nil
}

func earliest(failure error, w *way) error {
	if failure != nil {
		return failure
	}
	return w.failure()
}

func withoutValues(r *Resolution) *Resolution { return &Resolution{trace: r.trace} }
