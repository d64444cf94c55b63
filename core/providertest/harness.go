package providertest

import (
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Harness describes a provider to the suite. New, Present and Missing are required,
// and so is Seed if the provider is not a provider.Writer. All other fields are
// optional; each one enables more tests.
type Harness struct {
	// New returns a provider with its own empty store, and is called for each subtest.
	// If it cannot, it ends the test.
	New func(t testing.TB) provider.Provider
	// Seed stores value under ref in p's backend. The default is p's Put.
	Seed func(t testing.TB, p provider.Provider, ref secret.Ref, value secret.Value)
	// Reopen returns a second provider with p's store, as another process would open
	// it after p's process was killed.
	Reopen func(t testing.TB, p provider.Provider) provider.Provider

	// Present are references to at least two different secrets, which the suite seeds.
	Present []secret.Ref
	// Missing is a valid reference that is not seeded.
	Missing secret.Ref
	// Foreign is a reference with a scheme of another provider. By default the suite
	// invents one.
	Foreign secret.Ref
	// Unreadable are references with the provider's scheme and a path that it cannot
	// parse.
	Unreadable []secret.Ref
	// Unholdable are bare names under which the provider can never store a secret.
	Unholdable []secret.Ref

	// Values are stored and read back byte for byte. The suite's default includes an
	// empty one and one that is not text.
	Values []secret.Value
	// Unstorable are values that the backend's format cannot represent.
	Unstorable []secret.Value
	// MaxValue is the size of the largest value, in bytes. If it is 0, the limit is not
	// tested.
	MaxValue int

	// Break makes p's backend fail from now on (stopped, corrupt, denied).
	Break func(t testing.TB, p provider.Provider)
	// Hang makes p's backend stop responding until the test ends.
	Hang func(t testing.TB, p provider.Provider)
}

func (h Harness) foreign() secret.Ref {
	if h.Foreign != (secret.Ref{}) {
		return h.Foreign
	}
	return mustRef("providertest-foreign://a/b/c")
}

func (h Harness) values() []secret.Value {
	if h.Values != nil {
		return h.Values
	}
	var values []secret.Value
	for _, text := range []string{"plain", "", "two\nlines\n", " spaces ", "käse 🧀", `"quoted" \ ${x} 'y'`, "\x00\xff\xfe binary \r\n"} {
		values = append(values, secret.NewValue([]byte(text)))
	}
	return values
}

func mustRef(text string) secret.Ref {
	ref, err := secret.ParseRef(text)
	if err != nil {
		panic(err)
	}
	return ref
}
