package providertest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// fixed is a provider that reads from a map, under bare names only.
type fixed map[string]secret.Value

func (f fixed) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	value, found := f[ref.Path()]
	switch {
	case !ref.Bare():
		return secret.Value{}, fmt.Errorf("%w: %s: only names without a scheme are known here", secret.ErrInvalidRef, ref)
	case !found:
		return secret.Value{}, fmt.Errorf("%w: %s", secret.ErrNotFound, ref)
	}
	return value, nil
}

// conformance is the first test of a provider, TestFixed_Conforms in its package.
func conformance(t *testing.T) {
	ref := func(name string) secret.Ref {
		ref, err := secret.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	providertest.Run(t, providertest.Harness{
		New: func(testing.TB) provider.Provider { return fixed{} },
		// What cannot be put is stored behind the provider's back.
		Seed: func(_ testing.TB, p provider.Provider, ref secret.Ref, value secret.Value) {
			p.(fixed)[ref.Path()] = value
		},
		Present: []secret.Ref{ref("api-key"), ref("other")},
		Missing: ref("missing"),
	})
}

// Run tests what a provider promises by its methods.
func ExampleRun() {
	fmt.Println(provider.Capabilities(fixed{}))
	_ = conformance
	// Output: get
}
