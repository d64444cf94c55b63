package env_test

import (
	"context"
	"fmt"
	"os"

	"github.com/thv-secrets/thv/adapters/env"
	"github.com/thv-secrets/thv/core/secret"
)

func Example() {
	_ = os.Setenv("TOOLHIVE_SECRET_API_KEY", "s3cr3t")
	p, err := env.New(env.Config{Lookup: os.LookupEnv})
	if err != nil {
		fmt.Println(err)
		return
	}
	ref, err := secret.ParseRef("api-key")
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := p.Get(context.Background(), ref)
	fmt.Println(value, value.Len(), err)
	// Output: [redacted] 6 <nil>
}
