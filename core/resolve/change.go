package resolve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Put stores value under ref: a bare name in the first provider of the chain, any other
// reference in the provider of its scheme. If that provider is not a [provider.Writer],
// Put returns [secret.ErrUnsupported]. Put has no time limit of its own, and does not
// return before the provider does, so that the outcome is known.
func (r *Resolver) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	return r.change(ctx, call{op: "put"}, ref, func(p provider.Provider) error {
		writer, ok := p.(provider.Writer)
		if !ok {
			return cannot("store secrets")
		}
		return writer.Put(ctx, ref, value)
	})
}

// Writable returns the error that [Resolver.Put] would return because the provider of
// ref cannot be opened or cannot write, and nil otherwise. It stores nothing.
func (r *Resolver) Writable(ctx context.Context, ref secret.Ref) error {
	return r.change(ctx, call{op: "put", logged: "check before put"}, ref, func(p provider.Provider) error {
		if _, ok := p.(provider.Writer); !ok {
			return cannot("store secrets")
		}
		return nil
	})
}

// Delete removes ref from the provider that [Resolver.Put] would store it in. Its errors
// and limits are those of Put.
func (r *Resolver) Delete(ctx context.Context, ref secret.Ref) error {
	return r.change(ctx, call{op: "delete"}, ref, func(p provider.Provider) error {
		deleter, ok := p.(provider.Deleter)
		if !ok {
			return cannot("delete secrets")
		}
		return deleter.Delete(ctx, ref)
	})
}

// List returns the secrets of the provider of scheme, or of the first provider of the
// chain if scheme is empty, sorted by name. It has no time limit of its own, and returns
// at the latest when ctx is done. An unknown scheme is [secret.ErrInvalidRef].
func (r *Resolver) List(ctx context.Context, scheme string) ([]secret.Info, error) {
	from := r.chain[0]
	if scheme != "" {
		var known bool
		if from, known = r.schemes[scheme]; !known {
			return nil, r.noProvider(scheme)
		}
	}
	return bounded(ctx, func() (infos []secret.Info, err error) {
		err = r.at(ctx, from, call{op: "list"}, secret.Ref{}, func(p provider.Provider) error {
			infos, err = list(ctx, p)
			return err
		})
		return infos, err
	})
}

// Check is [Resolver.CheckProvider] of the first provider of the chain.
func (r *Resolver) Check(ctx context.Context) error { return r.check(ctx, r.chain[0]) }

// call is a call other than a lookup.
type call struct {
	// op is the operation in an error.
	op string
	// logged is what was done in fact, if that is less than op.
	logged string
}

func (r *Resolver) change(ctx context.Context, c call, ref secret.Ref, work func(provider.Provider) error) error {
	steps, err := r.steps(ref)
	if err != nil {
		return err
	}
	return r.at(ctx, steps[0], c, ref, work)
}

// at makes one call, and logs it.
func (r *Resolver) at(ctx context.Context, s step, c call, ref secret.Ref, work func(provider.Provider) error) error {
	err := s.call(ctx, ctx, work)
	r.log.Debug(cmp.Or(c.logged, c.op), "ref", ref.String(), "provider", s.name, "class", string(secret.ClassOf(err)))
	if err == nil || isContext(err) {
		return err
	}
	return &secret.Error{Op: c.op, Provider: s.name, Ref: ref, Err: classified(err)}
}

func list(ctx context.Context, p provider.Provider) ([]secret.Info, error) {
	lister, ok := p.(provider.Lister)
	if !ok {
		return nil, cannot("list secrets")
	}
	var infos []secret.Info
	for info, err := range lister.List(ctx) {
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	slices.SortFunc(infos, func(a, b secret.Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

func cannot(verb string) error {
	return fmt.Errorf("%w: this provider cannot %s; choose another with `thv secret provider`", secret.ErrUnsupported, verb)
}
