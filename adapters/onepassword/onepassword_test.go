package onepassword

import (
	"errors"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// harness is what is the same for both transports. Values are texts in 1Password.
func harness(t testing.TB) providertest.Harness {
	var values []secret.Value
	for _, text := range []string{"plain", "two\nlines\n", " spaces ", "käse 🧀", `"quoted" \ ${x} 'y'`, "\x00\r\n\x7f"} {
		values = append(values, secret.NewValue([]byte(text)))
	}
	return providertest.Harness{
		Present: refs(t, "op://Work/GitHub/token", "op://Work/GitHub/Admin Area/token", "api-key",
			"op://Work/Pay%2FPal%20%28EU%29/k%C3%A4y%3F", "op://b%26b/Mail/password"),
		Missing: ref(t, "op://Work/GitHub/missing"),
		Unreadable: refs(t, "op://Work/GitHub", "op://Work", "op://a/b/c/d/e", "op://a//c", "op://a/b/%zz", "op://a/b/c?x=y",
			"op://a/b/c?", "op://a/b(c)/d", "op://a/b/%0A", "op://a/b/%FF"),
		Unholdable: refs(t, "a/b", "käse", "what?"),
		Values:     values,
	}
}

// seedable reads ref as the provider under test does.
func seedable(t testing.TB, ref secret.Ref) reference {
	r, err := read(ref, "Names")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestProvider_Conforms(t *testing.T) {
	behind := map[provider.Provider]*service{}
	h := harness(t)
	h.New = func(t testing.TB) provider.Provider {
		s := &service{}
		p := over(s.client(t), Config{Vault: "Names"})
		behind[p] = s
		return p
	}
	h.Values = append(h.Values, secret.Value{})
	h.Seed = func(t testing.TB, p provider.Provider, ref secret.Ref, value secret.Value) {
		behind[p].put(seedable(t, ref), string(value.Bytes()))
	}
	h.Reopen = func(t testing.TB, p provider.Provider) provider.Provider {
		return over(behind[p].client(t), Config{Vault: "Names"})
	}
	h.Break = func(_ testing.TB, p provider.Provider) {
		s := behind[p]
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fail = errors.New("Canary: an unknown failure")
		if len(s.All) > 0 {
			s.fail = errors.New("Canary: not found " + s.All[0].Value)
		}
	}
	h.Hang = func(t testing.TB, p provider.Provider) {
		s, over := behind[p], make(chan struct{})
		t.Cleanup(func() { close(over) })
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hang = over
	}
	providertest.Run(t, h)
}

func TestProvider_HasTheCapabilitiesOfAReader(t *testing.T) {
	if got, want := provider.Capabilities(New(Config{})), provider.CanGetAll|provider.CanList|provider.CanCheck; got != want {
		t.Errorf("Provider can %v", got)
	}
	if got, want := provider.Capabilities(NewCLI(CLIConfig{})), provider.CanList|provider.CanCheck; got != want {
		t.Errorf("CLI can %v", got)
	}
}
