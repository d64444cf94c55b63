package provider

import (
	"context"
	"iter"

	"github.com/thv-secrets/thv/core/secret"
)

// None is a provider without secrets: Get returns [secret.ErrNotFound], Put and Delete
// succeed and do nothing, and List is empty. It is for tests and for disabling a chain.
// It is the only [Writer] whose Get does not return what was put.
type None struct{}

var (
	_ Writer  = None{}
	_ Deleter = None{}
	_ Lister  = None{}
	_ Checker = None{}
)

// Get returns [secret.ErrNotFound].
func (None) Get(ctx context.Context, _ secret.Ref) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	return secret.Value{}, secret.ErrNotFound
}

// Put returns nil and stores nothing.
func (None) Put(ctx context.Context, _ secret.Ref, _ secret.Value) error { return ctx.Err() }

// Delete returns nil.
func (None) Delete(ctx context.Context, _ secret.Ref) error { return ctx.Err() }

// List yields nothing.
func (None) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(secret.Info{}, err)
		}
	}
}

// Check returns nil.
func (None) Check(ctx context.Context) error { return ctx.Err() }
