package provider

import (
	"context"
	"iter"

	"github.com/thv-secrets/thv/core/secret"
)

// None is the provider that has nothing and keeps nothing: every Get is
// secret.ErrNotFound, every Put and Delete is accepted, List is empty. It is
// for tests and for switching a chain off, and the one Writer that does not
// answer what was put.
type None struct{}

var (
	_ Writer  = None{}
	_ Deleter = None{}
	_ Lister  = None{}
	_ Checker = None{}
)

// Get answers secret.ErrNotFound.
func (None) Get(ctx context.Context, _ secret.Ref) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	return secret.Value{}, secret.ErrNotFound
}

// Put accepts the value and keeps it nowhere.
func (None) Put(ctx context.Context, _ secret.Ref, _ secret.Value) error { return ctx.Err() }

// Delete accepts.
func (None) Delete(ctx context.Context, _ secret.Ref) error { return ctx.Err() }

// List yields nothing.
func (None) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(secret.Info{}, err)
		}
	}
}

// Check is always ready.
func (None) Check(ctx context.Context) error { return ctx.Err() }
