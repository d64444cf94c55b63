package providertest

import (
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Harness tells the suite about one provider. New, Present and Missing must be
// set, and Seed for a provider that is no provider.Writer. All other fields are
// optional; more of them prove more.
type Harness struct {
	// New makes a provider over an empty store of its own, once for each
	// subtest. It ends the test where it cannot.
	New func(t testing.TB) provider.Provider
	// Seed stores value under ref behind p's back; nil is p's own Put.
	Seed func(t testing.TB, p provider.Provider, ref secret.Ref, value secret.Value)
	// Reopen makes a second provider over p's store, as another process would
	// after p's was killed.
	Reopen func(t testing.TB, p provider.Provider) provider.Provider

	// Present are at least two references of different secrets; the suite
	// seeds them.
	Present []secret.Ref
	// Missing is a reference that the provider can read and that is not seeded.
	Missing secret.Ref
	// Foreign has a scheme that is not the provider's; zero is one that the
	// suite makes up.
	Foreign secret.Ref
	// Unreadable have the provider's scheme and a path that it cannot read.
	Unreadable []secret.Ref
	// Unholdable are bare names under which the provider can never hold a secret.
	Unholdable []secret.Ref

	// Values are read back byte for byte; nil are some of the suite's, among
	// them an empty one and one that is no text.
	Values []secret.Value
	// Unstorable are values that the backend's format cannot hold.
	Unstorable []secret.Value
	// MaxValue is the largest value's size in bytes; 0 is not tested.
	MaxValue int

	// Break makes p's backend fail from now on (stopped, corrupt, denied).
	Break func(t testing.TB, p provider.Provider)
	// Hang makes p's backend answer nothing any more until the test ends.
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
