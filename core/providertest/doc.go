// Package providertest proves that a provider keeps the promises of package
// provider. The author of one writes a test of a few lines:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			New:     func(t testing.TB) provider.Provider { return open(t) },
//			Present: []secret.Ref{…, …},
//			Missing: …,
//		})
//	}
//
// Every promise is a subtest of its own, named for it. A promise that a harness
// gives no means to test is skipped, and the subtest says what is missing;
// those of a capability that the provider does not have are not there at all.
//
// RunKeySource does the same for a provider.KeySource. Memory is a provider that
// keeps every promise, Faulty one that fails as a test tells it to.
package providertest
