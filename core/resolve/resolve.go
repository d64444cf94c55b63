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
// ones are stopped without delay, those of earlier ones three seconds afterwards.
// Where there is no such failure, all that no provider has are reported
// together in a *MissingError.
//
// When ctx is canceled, its error comes back unchanged. When the time is out,
// ctx's or the Resolver's own, the *secret.Error wraps
// context.DeadlineExceeded and names who was waited for; no rule goes on then,
// since nobody can be asked any more. Resolve then returns also where a provider
// does not: that lookup is left behind, and its answer is dropped. A provider's
// own time limit that is over earlier is a failure like any other. A reference that is zero or has an unknown scheme is
// secret.ErrInvalidRef, and nobody is asked.
func (r *Resolver) Resolve(ctx context.Context, refs []secret.Ref) (*Resolution, error) {
	resolution, err := r.walk(ctx, refs, true)
	if err != nil {
		resolution.values = nil
	}
	return resolution, err
}

// Explain is Resolve for who wants to know of every reference: a failure does
// not stop the others, and the values that there are come also with an error.
// The error is the one that Resolve answers.
func (r *Resolver) Explain(ctx context.Context, refs []secret.Ref) (*Resolution, error) {
	return r.walk(ctx, refs, false)
}

// walk leads all of refs to their ends. With stops, a failure stops the rest.
func (r *Resolver) walk(ctx context.Context, refs []secret.Ref, stops bool) (*Resolution, error) {
	ways, err := r.plan(refs)
	if err != nil {
		return &Resolution{}, err
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	for depth := 0; ; depth++ {
		open := unresolved(ways)
		if len(open) == 0 || r.round(limited, open, depth, stops) {
			return conclude(ctx, limited, ways)
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
		ways = append(ways, &way{ref: ref, steps: steps, trace: RefTrace{Ref: ref, Way: links(steps), Class: secret.ClassCanceled}})
	}
	return ways, errors.Join(errs...)
}

func links(steps []step) []Link {
	all := make([]Link, len(steps))
	for i, s := range steps {
		all[i] = Link{Provider: s.name, Simulated: s.simulated}
		if i+1 < len(steps) {
			all[i].On = s.on.Classes()
		}
	}
	return all
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
// stopped by the failure of another. Of several failures the one counts that
// came after the fewest questions, since no later one would have been met; that
// the time for all of it, limited's, was out counts only where there is no other.
func conclude(ctx, limited context.Context, ways []*way) (*Resolution, error) {
	all := &Resolution{values: make(map[secret.Ref]secret.Value, len(ways))}
	missing := &MissingError{}
	var failed, late *way
	for _, w := range ways {
		all.trace = append(all.trace, w.trace)
		switch {
		case !w.done:
		case w.err == nil:
			all.values[w.ref] = w.value
		case w.trace.Class == secret.ClassNotFound:
			missing.add(w)
		case isContext(w.err) && limited.Err() != nil:
			late = earliest(late, w)
		default:
			failed = earliest(failed, w)
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

func earliest(first, w *way) *way {
	if first != nil && len(first.trace.Asks) <= len(w.trace.Asks) {
		return first
	}
	return w
}
