package k8s_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/thv-secrets/thv/adapters/k8s"
	"github.com/thv-secrets/thv/core/secret"
)

// The application hands over what it found in KUBECONFIG, or the place in the
// home folder.
func Example() {
	p, err := k8s.New(k8s.Config{Kubeconfig: filepath.SplitList("/home/me/.kube/config")})
	if err != nil {
		fmt.Println(err)
		return
	}
	ref, err := secret.ParseRef("k8s://default/github/token")
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := p.Get(context.Background(), ref)
	switch {
	case err == nil:
		fmt.Println(value.Len(), "bytes")
	case errors.Is(err, secret.ErrNotFound):
		fmt.Println("ask the next provider")
	default:
		fmt.Println("stop:", err)
	}
	// Output: not supported: there is no kubeconfig at /home/me/.kube/config; write one there, or configure its place
}
