// Package providertest tests that a provider keeps the promises of package provider.
// The author of a provider writes a test of a few lines:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			New:     func(t testing.TB) provider.Provider { return open(t) },
//			Present: []secret.Ref{…, …},
//			Missing: …,
//		})
//	}
//
// Each promise is a subtest with its name. If the [Harness] lacks a function that a
// promise needs, the subtest is skipped and names the missing field. Promises of
// capabilities that the provider does not have are not tested.
//
// [RunKeySource] does the same for a provider.KeySource. [Memory] is a provider that
// keeps every promise, and [Faulty] is one whose failures a test can plan.
package providertest
