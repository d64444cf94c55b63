package exec_test

import (
	"context"
	"fmt"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/core/secret"
)

func Example() {
	p, err := exec.Open(context.Background(), exec.Config{
		Name: "team", Scheme: "vault",
		Command: []string{"/usr/local/libexec/thv-provider-vault", "--mount", "kv"},
		Env:     []string{"VAULT_ADDR=https://vault.example"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = p.Close() }()
	ref, err := secret.ParseRef("vault://team/api-key")
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := p.Get(context.Background(), ref)
	fmt.Println(value, err)
	// Output: unavailable: no program /usr/local/libexec/thv-provider-vault; install it or correct secrets.providers.team.command
}
