package providertest

import (
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

// MustRef returns the reference that text is. The test ends if it is not one.
func MustRef(t testing.TB, text string) secret.Ref {
	t.Helper()
	ref, err := secret.ParseRef(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return ref
}
