package onepassword_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/adapters/onepassword"
	"github.com/thv-secrets/thv/core/secret"
)

// The application hands over the token that it found in its environment; here it
// found none. No request was made.
func ExampleNew() {
	p := onepassword.New(onepassword.Config{Token: secret.NewValue(nil), IntegrationName: "example"})
	ref, err := secret.ParseRef("op://Work/GitHub%20%28EU%29/token")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = p.Get(context.Background(), ref)
	fmt.Println(errors.Is(err, secret.ErrLocked))
	fmt.Println(err)
	// Output:
	// true
	// locked: 1Password needs unlocking: set OP_SERVICE_ACCOUNT_TOKEN to a service account's token
}

func ExampleNewCLI() {
	c := onepassword.NewCLI(onepassword.CLIConfig{Path: "/usr/bin/op", Environ: []string{"HOME=/home/me"}})
	ref, err := secret.ParseRef("op://Work/GitHub")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Get(context.Background(), ref)
	fmt.Println(errors.Is(err, secret.ErrInvalidRef))
	// Output: true
}
