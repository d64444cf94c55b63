package resolve

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/internal/safecall"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// round is one attempt at each of lookups, at the step of the same depth. Lookup i
// runs under context i of the failFast.
type round struct {
	*Resolver
	*failFast
	// opening outlives a single lookup: the opening of a provider that other
	// lookups also wait for must not be canceled with the lookup that began it.
	opening context.Context
	lookups []*lookup
	depth   int
	// stops is whether a failure cancels the other lookups.
	stops bool
}

// round asks the providers concurrently, and reports whether a failure ended the
// resolution, which happens only with stops.
func (r *Resolver) round(ctx context.Context, open []*lookup, depth int, stops bool) (failed bool) {
	q := &round{Resolver: r, failFast: newFailFast(ctx, len(open)), opening: ctx, lookups: open, depth: depth, stops: stops}
	defer q.release()
	groups := map[*source][]int{}
	for i, l := range open {
		s := l.steps[depth].source
		groups[s] = append(groups[s], i)
	}
	var all sync.WaitGroup
	for s, group := range groups {
		all.Go(func() { q.ask(s, group) })
	}
	all.Wait()
	return q.failed()
}

// ask looks up the references of group at one provider.
func (q *round) ask(s *source, group []int) {
	if len(group) > 1 && q.askBatch(s, group) {
		return
	}
	var all sync.WaitGroup
	for _, i := range group {
		all.Go(func() { q.askOne(s, i) })
	}
	all.Wait()
}

func (q *round) askOne(s *source, i int) {
	ctx, ref, began := q.contexts[i], q.lookups[i].ref, time.Now()
	result, err := bounded(ctx, func() (result provider.Result, err error) {
		err = s.call(ctx, q.opening, func(p provider.Provider) error {
			result = getOne(ctx, p, ref)
			return nil
		})
		return result, err
	})
	if err != nil {
		result = provider.Result{Err: err}
	}
	q.note(ctx, i, result, Attempt{Took: time.Since(began)})
}

// askBatch returns false if the provider does not support batches. It runs under the
// context of the earliest reference, since those of the others are canceled before it.
func (q *round) askBatch(s *source, group []int) bool {
	refs := make([]secret.Ref, len(group))
	for n, i := range group {
		refs[n] = q.lookups[i].ref
	}
	ctx, began := q.contexts[group[0]], time.Now()
	results, err := bounded(ctx, func() (results []provider.Result, err error) {
		err = s.call(ctx, q.opening, func(p provider.Provider) error {
			results, err = getAll(ctx, p, refs)
			return err
		})
		return results, err
	})
	if errors.Is(err, secret.ErrUnsupported) {
		return false
	}
	attempt := Attempt{Took: time.Since(began), Batch: true}
	for n, i := range group {
		result := provider.Result{Err: err}
		if err == nil {
			result = results[n]
		}
		q.note(ctx, i, result, attempt)
	}
	return true
}

// note records the result of lookup i, which ran under ctx. If result has an error,
// its value is ignored.
func (q *round) note(ctx context.Context, i int, result provider.Result, attempt Attempt) {
	l, s := q.lookups[i], q.lookups[i].steps[q.depth]
	attempt.Provider, attempt.Class, attempt.Cached = s.name, secret.ClassOf(result.Err), result.Cached
	if result.Err != nil {
		attempt.Detail = result.Err.Error()
	}
	l.trace.Attempts = append(l.trace.Attempts, attempt)
	q.log.Debug("get", "ref", l.ref.String(), "provider", s.name, "class", string(attempt.Class), "took", attempt.Took, "batch", attempt.Batch)
	if attempt.Class == secret.ClassCanceled && stopped(ctx) {
		return
	}
	if l.answered(s, result.Value, result.Err) && q.stops {
		q.fail(i)
	}
}

// getOne asks p for one reference: in a batch of one if p is a [provider.Batcher],
// since only a batch's result says whether it comes from a cache.
func getOne(ctx context.Context, p provider.Provider, ref secret.Ref) provider.Result {
	results, err := getAll(ctx, p, []secret.Ref{ref})
	switch {
	case errors.Is(err, secret.ErrUnsupported):
		value, err := p.Get(ctx, ref)
		return provider.Result{Value: value, Err: err}
	case err != nil:
		return provider.Result{Err: err}
	}
	return results[0]
}

// getAll asks p for many references. If p returns a different number of results it is
// at fault, and no value is taken, since it could belong to another reference.
func getAll(ctx context.Context, p provider.Provider, refs []secret.Ref) ([]provider.Result, error) {
	batcher, ok := p.(provider.Batcher)
	if !ok {
		return nil, secret.ErrUnsupported
	}
	results, err := batcher.GetAll(ctx, refs)
	if err == nil && len(results) != len(refs) {
		err = safecall.Misbehaved("answered %d of %d references", len(results), len(refs))
	}
	return results, err
}
