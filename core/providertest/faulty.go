package providertest

import (
	"context"
	"iter"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Fault runs before a call reaches the store. If it returns nil, the call continues;
// otherwise the call returns its error.
type Fault func(ctx context.Context) error

// Fail returns a fault that fails with err.
func Fail(err error) Fault { return func(context.Context) error { return err } }

// Panic returns a fault that panics with thrown.
func Panic(thrown any) Fault { return func(context.Context) error { panic(thrown) } }

// Delay returns a fault that waits for d, or until the context is done.
func Delay(d time.Duration) Fault {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Hang returns a fault that ignores its context and waits until release is closed.
func Hang(release <-chan struct{}) Fault {
	return func(context.Context) error {
		<-release
		return secret.ErrUnavailable
	}
}

// Call is one call of a method of [Faulty].
type Call struct {
	// Op is get, put, delete, list, get-all or check.
	Op string
	// Refs are the references of the call, if it has any.
	Refs []secret.Ref
}

// Faulty is a provider with every capability that keeps its secrets in a [Memory] and
// fails as Plan returns. The zero Faulty never fails. Set its fields before its first
// use.
type Faulty struct {
	// Store has the secrets; calls that do not fail reach it.
	Store Memory
	// Plan returns the fault of a call, or nil. It must be safe for concurrent use, and
	// may count or record the calls.
	Plan func(Call) Fault
}

var (
	_ provider.Writer  = (*Faulty)(nil)
	_ provider.Deleter = (*Faulty)(nil)
	_ provider.Lister  = (*Faulty)(nil)
	_ provider.Batcher = (*Faulty)(nil)
	_ provider.Checker = (*Faulty)(nil)
)

// Get fails as planned, or returns the result of Store.
func (f *Faulty) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := f.fault(ctx, "get", ref); err != nil {
		return secret.Value{}, err
	}
	return f.Store.Get(ctx, ref)
}

// Put fails as planned, or returns the result of Store.
func (f *Faulty) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if err := f.fault(ctx, "put", ref); err != nil {
		return err
	}
	return f.Store.Put(ctx, ref, value)
}

// Delete fails as planned, or returns the result of Store.
func (f *Faulty) Delete(ctx context.Context, ref secret.Ref) error {
	if err := f.fault(ctx, "delete", ref); err != nil {
		return err
	}
	return f.Store.Delete(ctx, ref)
}

// List fails as planned, or yields the secrets of Store.
func (f *Faulty) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		if err := f.fault(ctx, "list"); err != nil {
			yield(secret.Info{}, err)
			return
		}
		f.Store.List(ctx)(yield)
	}
}

// GetAll fails as planned, or returns the results of Store.
func (f *Faulty) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	if err := f.fault(ctx, "get-all", refs...); err != nil {
		return nil, err
	}
	return f.Store.GetAll(ctx, refs)
}

// Check fails as planned, or returns nil.
func (f *Faulty) Check(ctx context.Context) error {
	if err := f.fault(ctx, "check"); err != nil {
		return err
	}
	return f.Store.Check(ctx)
}

func (f *Faulty) fault(ctx context.Context, op string, refs ...secret.Ref) error {
	if f.Plan == nil {
		return nil
	}
	fault := f.Plan(Call{Op: op, Refs: refs})
	if fault == nil {
		return nil
	}
	return fault(ctx)
}
