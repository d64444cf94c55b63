package resolve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Put stores value under ref: a bare name in the chain's first provider, another
// reference in its scheme's. Where that provider cannot write it is
// secret.ErrUnsupported. Put has no time limit of its own, and waits for a
// change that is under way, so that its outcome is known.
func (r *Resolver) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	return r.change(ctx, "put", ref, func(p provider.Provider) error {
		writer, ok := p.(provider.Writer)
		if !ok {
			return cannot("store secrets")
		}
		return writer.Put(ctx, ref, value)
	})
}

// Writable reports whether Put can store something under ref, as far as that is known
// before there is a value: it is Put's error if ref's provider cannot be opened, or
// cannot write.
func (r *Resolver) Writable(ctx context.Context, ref secret.Ref) error {
	return r.change(ctx, "put", ref, func(p provider.Provider) error {
		if _, ok := p.(provider.Writer); !ok {
			return cannot("store secrets")
		}
		return nil
	})
}

// Delete removes ref from the provider that Put would store it in, as Put does.
func (r *Resolver) Delete(ctx context.Context, ref secret.Ref) error {
	return r.change(ctx, "delete", ref, func(p provider.Provider) error {
		deleter, ok := p.(provider.Deleter)
		if !ok {
			return cannot("delete secrets")
		}
		return deleter.Delete(ctx, ref)
	})
}

// List answers what the provider of scheme has, or, for the empty scheme, the
// chain's first one, sorted by name. It has no time limit of its own, and returns
// at the latest when ctx is done. An unknown scheme is secret.ErrInvalidRef.
func (r *Resolver) List(ctx context.Context, scheme string) ([]secret.Info, error) {
	from := r.chain[0]
	if scheme != "" {
		var known bool
		if from, known = r.schemes[scheme]; !known {
			return nil, r.noProvider(scheme)
		}
	}
	return bounded(ctx, func() (infos []secret.Info, err error) {
		err = r.at(ctx, from, "list", secret.Ref{}, func(p provider.Provider) error {
			infos, err = list(ctx, p)
			return err
		})
		return infos, err
	})
}

// Check reports whether the chain's first provider is ready; one that cannot
// tell is taken to be. Its time is bounded as List's.
func (r *Resolver) Check(ctx context.Context) error { return r.check(ctx, r.chain[0]) }

func (r *Resolver) change(ctx context.Context, op string, ref secret.Ref, call func(provider.Provider) error) error {
	steps, err := r.steps(ref)
	if err != nil {
		return err
	}
	return r.at(ctx, steps[0], op, ref, call)
}

// at makes one call that is no lookup.
func (r *Resolver) at(ctx context.Context, s step, op string, ref secret.Ref, call func(provider.Provider) error) error {
	err := s.call(ctx, ctx, call)
	r.log.Debug(op, "ref", ref.String(), "provider", s.name, "class", string(secret.ClassOf(err)))
	if err == nil || isContext(err) {
		return err
	}
	return &secret.Error{Op: op, Provider: s.name, Ref: ref, Err: classified(err)}
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
