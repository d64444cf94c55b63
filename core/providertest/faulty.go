package providertest

import (
	"context"
	"iter"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Fault is what goes wrong with one call, before it reaches the store. A nil
// error lets the call go on.
type Fault func(ctx context.Context) error

// Fail is a call that ends with err.
func Fail(err error) Fault { return func(context.Context) error { return err } }

// Panic is a call that panics with thrown.
func Panic(thrown any) Fault { return func(context.Context) error { panic(thrown) } }

// Delay is a call that takes its time, and minds its context.
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

// Hang is a call that does not end, whatever its context says, until release is
// closed.
func Hang(release <-chan struct{}) Fault {
	return func(context.Context) error {
		<-release
		return secret.ErrUnavailable
	}
}

// Call is one call of a Faulty's method.
type Call struct {
	// Op is get, put, delete, list, get-all or check.
	Op string
	// Refs are those of the call, if it has any.
	Refs []secret.Ref
}

// Faulty is a provider with every capability over a Memory that fails as Plan
// says. The zero Faulty never fails. Its fields are set before it is used.
type Faulty struct {
	// Store is what calls reach that do not fail.
	Store Memory
	// Plan returns the fault of a call, or nil. It may be called by many
	// goroutines at once, and may count or note the calls.
	Plan func(Call) Fault
}

var (
	_ provider.Writer  = (*Faulty)(nil)
	_ provider.Deleter = (*Faulty)(nil)
	_ provider.Lister  = (*Faulty)(nil)
	_ provider.Batcher = (*Faulty)(nil)
	_ provider.Checker = (*Faulty)(nil)
)

// Get fails as planned, or answers what Store does.
func (f *Faulty) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := f.fault(ctx, "get", ref); err != nil {
		return secret.Value{}, err
	}
	return f.Store.Get(ctx, ref)
}

// Put fails as planned, or does what Store does.
func (f *Faulty) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if err := f.fault(ctx, "put", ref); err != nil {
		return err
	}
	return f.Store.Put(ctx, ref, value)
}

// Delete fails as planned, or does what Store does.
func (f *Faulty) Delete(ctx context.Context, ref secret.Ref) error {
	if err := f.fault(ctx, "delete", ref); err != nil {
		return err
	}
	return f.Store.Delete(ctx, ref)
}

// List fails as planned, or yields what Store does.
func (f *Faulty) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		if err := f.fault(ctx, "list"); err != nil {
			yield(secret.Info{}, err)
			return
		}
		f.Store.List(ctx)(yield)
	}
}

// GetAll fails as planned, or answers what Store does.
func (f *Faulty) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	if err := f.fault(ctx, "get-all", refs...); err != nil {
		return nil, err
	}
	return f.Store.GetAll(ctx, refs)
}

// Check fails as planned, or answers nil.
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
