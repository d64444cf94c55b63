package protocol_test

import (
	"context"
	"os"
	"strings"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// A program reads requests from its standard input; here they are a text.
func ExampleServe() {
	requests := strings.NewReader(`{"id":1,"op":"hello","versions":[1],"scheme":"memory"}
{"id":2,"op":"get","ref":"api-key"}
`)
	err := protocol.Serve(context.Background(), requests, os.Stdout, protocol.Server{
		Name: "example",
		New: func(ctx context.Context, _ protocol.Hello) (provider.Provider, error) {
			memory := &providertest.Memory{}
			ref, err := secret.ParseRef("api-key")
			if err != nil {
				return nil, err
			}
			// A Get and nothing else: what a provider can do is told by its methods.
			return struct{ provider.Provider }{memory}, memory.Put(ctx, ref, secret.NewValue([]byte("s3cr3t")))
		},
	})
	if err != nil {
		os.Exit(1)
	}
	// Output:
	// {"id":1,"version":1,"name":"example","capabilities":[]}
	// {"id":2,"value":"czNjcjN0"}
}
