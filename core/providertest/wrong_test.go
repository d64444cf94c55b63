package providertest

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// subject under test: a right provider over a Memory, each of whose methods a
// case can make wrong. unstorable is the value that its format cannot hold.
type wrong struct {
	store           Memory
	broken, hanging atomic.Bool
	busy            atomic.Int32

	get    func(context.Context, secret.Ref) (secret.Value, error)
	put    func(context.Context, secret.Ref, secret.Value) error
	remove func(context.Context, secret.Ref) error
	list   func(context.Context, func(secret.Info, error) bool)
	getAll func(context.Context, []secret.Ref) ([]provider.Result, error)
	check  func(context.Context) error
	reopen func() *wrong
}

var unstorable = secret.NewValue([]byte("unstorable"))

func newWrong() *wrong {
	w := &wrong{}
	w.get, w.put, w.remove, w.check = w.rightGet, w.rightPut, w.store.Delete, w.ready
	w.list = func(ctx context.Context, yield func(secret.Info, error) bool) { w.store.List(ctx)(yield) }
	w.getAll = w.store.GetAll
	w.reopen = func() *wrong { return w }
	return w
}

func (w *wrong) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	return w.get(ctx, ref)
}
func (w *wrong) Delete(ctx context.Context, ref secret.Ref) error { return w.remove(ctx, ref) }
func (w *wrong) Check(ctx context.Context) error                  { return w.check(ctx) }
func (w *wrong) Put(ctx context.Context, ref secret.Ref, v secret.Value) error {
	return w.put(ctx, ref, v)
}
func (w *wrong) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	return w.getAll(ctx, refs)
}
func (w *wrong) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) { w.list(ctx, yield) }
}

func (w *wrong) ready(ctx context.Context) error {
	if ctx.Err() == nil && w.broken.Load() {
		return secret.ErrUnavailable
	}
	return ctx.Err()
}

func (w *wrong) rightGet(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if w.hanging.Load() {
		<-ctx.Done()
	}
	if err := w.ready(ctx); err != nil {
		return secret.Value{}, err
	}
	return w.store.Get(ctx, ref)
}

func (w *wrong) rightPut(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if ctx.Err() == nil && value.Equal(unstorable) {
		return secret.ErrUnsupported
	}
	return w.store.Put(ctx, ref, value)
}

// harness has the means to test everything.
func wrongHarness(spoil func(*wrong)) Harness {
	return Harness{
		New: func(testing.TB) provider.Provider {
			w := newWrong()
			spoil(w)
			return w
		},
		Seed: func(t testing.TB, p provider.Provider, ref secret.Ref, value secret.Value) {
			if err := p.(*wrong).store.Put(t.Context(), ref, value); err != nil {
				t.Fatal(err)
			}
		},
		Reopen:     func(_ testing.TB, p provider.Provider) provider.Provider { return p.(*wrong).reopen() },
		Present:    []secret.Ref{mustRef("api-key"), mustRef("other")},
		Missing:    mustRef("missing"),
		Unreadable: []secret.Ref{mustRef("memory:///x")},
		Unholdable: []secret.Ref{mustRef(".hidden")},
		Unstorable: []secret.Value{unstorable},
		MaxValue:   MemoryMaxValue,
		Break:      func(_ testing.TB, p provider.Provider) { p.(*wrong).broken.Store(true) },
		Hang:       func(_ testing.TB, p provider.Provider) { p.(*wrong).hanging.Store(true) },
	}
}

// broken returns the names of the promises that do not hold.
func broken(t *testing.T, promises []promise) []string {
	t.Helper()
	var names []string
	for _, p := range promises {
		err := p.keep(t)
		if reason := skipped(""); errors.As(err, &reason) {
			t.Errorf("%s: %v", p.name, err)
		}
		if err != nil {
			names = append(names, p.name)
		}
	}
	return names
}
