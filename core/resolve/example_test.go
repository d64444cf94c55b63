package resolve_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// A bare name is looked up along the chain, and a reference with a scheme in its
// provider only. All that are missing are one error, and nothing is resolved then.
func ExampleNew() {
	ctx := context.Background()
	team, mine := &providertest.Memory{}, &providertest.Memory{}
	apiKey, _ := secret.ParseRef("api-key")
	_ = mine.Put(ctx, apiKey, secret.NewValue([]byte("s3cr3t")))

	open := func(p provider.Provider) provider.Opener {
		return func(context.Context) (provider.Provider, error) { return p, nil }
	}
	resolver, err := resolve.New(resolve.Config{
		Chain:   []resolve.Step{{Provider: "team", Open: open(team)}, {Provider: "mine", Open: open(mine)}},
		Schemes: map[string]resolve.Step{"memory": {Provider: "team", Open: open(team)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = resolver.Close() }()

	resolution, err := resolver.Resolve(ctx, []secret.Ref{apiKey})
	if err != nil {
		fmt.Println(err)
		return
	}
	value, _ := resolution.Value(apiKey)
	fmt.Printf("%s has it, %d bytes: %v\n", resolution.Trace()[0].DecidedBy(), value.Len(), value)

	other, _ := secret.ParseRef("memory://other")
	_, err = resolver.Resolve(ctx, []secret.Ref{apiKey, other})
	fmt.Println(errors.Is(err, secret.ErrNotFound))
	// Output:
	// mine has it, 6 bytes: [redacted]
	// true
}
