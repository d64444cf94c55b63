package keyring

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// emptyService returns what empties a service of the Secret Service.
func emptyService(t *testing.T, service string) func(testing.TB) {
	t.Helper()
	s, err := sessionConfig().open(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	empty := func(t testing.TB) {
		found, _, err := s.searchService(service)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range found {
			if err := s.remove(item); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Cleanup(func() {
		empty(t)
		s.close()
	})
	return empty
}

func TestProvider_Conforms(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	const service = "thv-test-conformance"
	empty := emptyService(t, service)
	ref := func(account string) secret.Ref { return providertest.MustRef(t, "keyring://"+service+"/"+account) }
	providertest.Run(t, providertest.Harness{
		New: func(t testing.TB) provider.Provider {
			empty(t)
			return NewProvider(sessionConfig())
		},
		Reopen:     func(testing.TB, provider.Provider) provider.Provider { return NewProvider(sessionConfig()) },
		Present:    []secret.Ref{ref("a"), ref("b%2Fc"), ref("A")},
		Missing:    ref("missing"),
		Unreadable: []secret.Ref{providertest.MustRef(t, "keyring://one"), providertest.MustRef(t, "keyring://a/b/c"), providertest.MustRef(t, "keyring://a/%zz")},
		Unholdable: []secret.Ref{providertest.MustRef(t, "bare")},
		Break: func(t testing.TB, p provider.Provider) {
			p.(*Provider).items.config = Config{BusAddress: "unix:path=" + filepath.Join(t.TempDir(), "none")}
		},
		MaxValue: maxItemLen,
		Hang: func(t testing.TB, p provider.Provider) {
			p.(*Provider).items.config = Config{RuntimeDir: silentBus(t), Timeout: time.Hour}
		},
	})
}

func TestOS_Conforms(t *testing.T) {
	if !inSession(t, "unlocked") {
		return
	}
	config := sessionConfig()
	config.Service = "thv-test-conformance-os"
	empty := emptyService(t, config.Service)
	providertest.RunKeySource(t, providertest.KeyHarness{
		New: func(t testing.TB) provider.KeySource {
			empty(t)
			return NewOS(config)
		},
		Reopen: func(testing.TB, provider.KeySource) provider.KeySource { return NewOS(config) },
		Absent: func(testing.TB) provider.KeySource { return NewOS(Config{}) },
		Break: func(t testing.TB, k provider.KeySource) {
			k.(*OS).items.config = Config{BusAddress: "unix:path=" + filepath.Join(t.TempDir(), "none")}
		},
		Hang: func(t testing.TB, k provider.KeySource) {
			k.(*OS).items.config = Config{RuntimeDir: silentBus(t), Timeout: time.Hour}
		},
	})
}

func TestKernel_Conforms(t *testing.T) {
	k := testKernel(t)
	accounts := []string{"toolhive", "toolhive-0123456789abcdef"}
	empty := func() {
		for _, account := range accounts {
			_ = k.erase(k.description(account))
		}
	}
	t.Cleanup(empty)
	providertest.RunKeySource(t, providertest.KeyHarness{
		New: func(testing.TB) provider.KeySource {
			empty()
			return k
		},
		Reopen:   func(testing.TB, provider.KeySource) provider.KeySource { return NewKernel(k.config) },
		Accounts: accounts,
	})
}
