package resolve

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/internal/defect"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// round is one question about each of ways, to the step at the same depth of
// each. Way i belongs to lookup i of the brake.
type round struct {
	*Resolver
	*brake
	// opening outlives a single lookup, so that a provider which others wait
	// for too is not given up with the one that opens it.
	opening context.Context
	ways    []*way
	depth   int
	// stops is whether a failure ends the lookups of the others.
	stops bool
}

// round asks the providers side by side, and reports whether a failure ended
// the resolution, which it does only with stops.
func (r *Resolver) round(ctx context.Context, open []*way, depth int, stops bool) (failed bool) {
	q := &round{Resolver: r, brake: newBrake(ctx, len(open)), opening: ctx, ways: open, depth: depth, stops: stops}
	defer q.release()
	groups := map[*source][]int{}
	for i, w := range open {
		s := w.steps[depth].source
		groups[s] = append(groups[s], i)
	}
	var all sync.WaitGroup
	for s, group := range groups {
		all.Go(func() { q.ask(s, group) })
	}
	all.Wait()
	return q.pulled()
}

// ask puts the questions of group to one provider.
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
	ctx, ref, began := q.lookups[i], q.ways[i].ref, time.Now()
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
	q.note(ctx, i, result, Ask{Took: time.Since(began)})
}

// askBatch reports false where the provider cannot answer a batch. It ends with
// the earliest reference's lookup, since all others are stopped before that.
func (q *round) askBatch(s *source, group []int) bool {
	refs := make([]secret.Ref, len(group))
	for n, i := range group {
		refs[n] = q.ways[i].ref
	}
	ctx, began := q.lookups[group[0]], time.Now()
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
	ask := Ask{Took: time.Since(began), Batch: true}
	for n, i := range group {
		result := provider.Result{Err: err}
		if err == nil {
			result = results[n]
		}
		q.note(ctx, i, result, ask)
	}
	return true
}

// note takes the answer about way i, which came under ctx. With an error, the
// value does not count.
func (q *round) note(ctx context.Context, i int, result provider.Result, ask Ask) {
	w, s := q.ways[i], q.ways[i].steps[q.depth]
	ask.Provider, ask.Class, ask.Cached = s.name, secret.ClassOf(result.Err), result.Cached
	if result.Err != nil {
		ask.Detail = result.Err.Error()
	}
	w.trace.Asks = append(w.trace.Asks, ask)
	q.log.Debug("get", "ref", w.ref.String(), "provider", s.name, "class", string(ask.Class), "took", ask.Took, "batch", ask.Batch)
	if ask.Class == secret.ClassCanceled && stopped(ctx) {
		return
	}
	if w.answered(s, result.Value, result.Err) && q.stops {
		q.pull(i)
	}
}

// getOne asks p for one reference: in a batch of one where p knows batches, since
// only those say whether an answer comes from memory.
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

// getAll asks p for many references. An answer of another length than the
// question is a defect that must not shift values to other references.
func getAll(ctx context.Context, p provider.Provider, refs []secret.Ref) ([]provider.Result, error) {
	batcher, ok := p.(provider.Batcher)
	if !ok {
		return nil, secret.ErrUnsupported
	}
	results, err := batcher.GetAll(ctx, refs)
	if err == nil && len(results) != len(refs) {
		err = defect.New("answered %d of %d references", len(results), len(refs))
	}
	return results, err
}
