package providertest

import (
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

// MustRef parses text as a reference. If that fails, it ends the test.
func MustRef(t testing.TB, text string) secret.Ref {
	t.Helper()
	ref, err := secret.ParseRef(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return ref
}
