package providertest

import (
	"context"
	"errors"
	"iter"
	"sync"
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
	w.get, w.put, w.remove, w.check = w.rightGet, w.rightPut, w.rightDelete, w.ready
	w.list, w.getAll = w.rightList, w.rightGetAll
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

// ready stands before every right method.
func (w *wrong) ready(ctx context.Context) error {
	if w.hanging.Load() {
		<-ctx.Done()
	}
	if ctx.Err() == nil && w.broken.Load() {
		return secret.ErrUnavailable
	}
	return ctx.Err()
}

func (w *wrong) rightGet(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := w.ready(ctx); err != nil {
		return secret.Value{}, err
	}
	return w.store.Get(ctx, ref)
}

func (w *wrong) rightPut(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if err := w.ready(ctx); err != nil {
		return err
	}
	if value.Equal(unstorable) {
		return secret.ErrUnsupported
	}
	return w.store.Put(ctx, ref, value)
}

func (w *wrong) rightDelete(ctx context.Context, ref secret.Ref) error {
	if err := w.ready(ctx); err != nil {
		return err
	}
	return w.store.Delete(ctx, ref)
}

func (w *wrong) rightList(ctx context.Context, yield func(secret.Info, error) bool) {
	if err := w.ready(ctx); err != nil {
		yield(secret.Info{}, err)
		return
	}
	w.store.List(ctx)(yield)
}

func (w *wrong) rightGetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	if err := w.ready(ctx); err != nil {
		return nil, err
	}
	return w.store.GetAll(ctx, refs)
}

// instead has method op answer what before does, unless that is nil.
func instead(op string, before func(context.Context, *wrong) error) func(*wrong) {
	return func(w *wrong) {
		switch op {
		case "Get":
			w.get = func(ctx context.Context, ref secret.Ref) (secret.Value, error) {
				if err := before(ctx, w); err != nil {
					return secret.Value{}, err
				}
				return w.rightGet(ctx, ref)
			}
		case "Put":
			w.put = func(ctx context.Context, ref secret.Ref, value secret.Value) error {
				if err := before(ctx, w); err != nil {
					return err
				}
				return w.rightPut(ctx, ref, value)
			}
		case "Delete":
			w.remove = func(ctx context.Context, ref secret.Ref) error {
				if err := before(ctx, w); err != nil {
					return err
				}
				return w.rightDelete(ctx, ref)
			}
		case "List":
			w.list = func(ctx context.Context, yield func(secret.Info, error) bool) {
				if err := before(ctx, w); err != nil {
					yield(secret.Info{}, err)
					return
				}
				w.rightList(ctx, yield)
			}
		case "GetAll":
			w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
				if err := before(ctx, w); err != nil {
					return nil, err
				}
				return w.rightGetAll(ctx, refs)
			}
		case "Check":
			w.check = func(ctx context.Context) error {
				if err := before(ctx, w); err != nil {
					return err
				}
				return w.ready(ctx)
			}
		}
	}
}

// absent claims that what a broken backend was asked for is not there.
func absent(ctx context.Context, w *wrong) error {
	if ctx.Err() == nil && w.broken.Load() {
		return secret.ErrNotFound
	}
	return nil
}

// hidden ends with its context, and does not say so.
func hidden(ctx context.Context, w *wrong) error {
	if w.hanging.Load() {
		<-ctx.Done()
		return secret.ErrUnavailable
	}
	return nil
}

// single serves one goroutine at a time.
func single(_ context.Context, w *wrong) error {
	defer w.busy.Add(-1)
	if w.busy.Add(1) > 1 {
		return secret.ErrUnavailable
	}
	<-tick()
	return nil
}

// says has a broken backend's errors read as err does.
func says(err func(*wrong) error) func(context.Context, *wrong) error {
	return func(ctx context.Context, w *wrong) error {
		if ctx.Err() == nil && w.broken.Load() {
			return err(w)
		}
		return nil
	}
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
	errs := make([]error, len(promises))
	var all sync.WaitGroup
	for i, p := range promises {
		all.Go(func() { errs[i] = p.keep(t) })
	}
	all.Wait()
	var names []string
	for i, p := range promises {
		err := errs[i]
		if reason := skipped(""); errors.As(err, &reason) {
			t.Errorf("%s: %v", p.name, err)
		}
		if err != nil {
			names = append(names, p.name)
		}
	}
	return names
}
