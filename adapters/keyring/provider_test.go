package keyring

import (
	"errors"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestProvider_PutsDeletesAndChecksAndDoesNotList(t *testing.T) {
	want := provider.CanPut | provider.CanDelete | provider.CanCheck
	if got := provider.Capabilities(NewProvider(Config{})); got != want {
		t.Errorf("capabilities %v, want %v", got, want)
	}
}

// A reference of another provider is refused without a call to the bus.
func TestProvider_RefusesWhatItCannotHold(t *testing.T) {
	p := NewProvider(Config{Service: "Own"})
	for text, want := range map[string]struct{ get, put error }{
		"bare":                {secret.ErrNotFound, secret.ErrInvalidRef},
		"other://a/b":         {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a":         {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a/b/c":     {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a/":        {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring:///b":        {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a/%":       {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a/%0a":     {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a%00/b":    {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://a/%ff":     {secret.ErrInvalidRef, secret.ErrInvalidRef},
		"keyring://own/x":     {secret.ErrDenied, secret.ErrDenied},
		"keyring://%4fWN/own": {secret.ErrDenied, secret.ErrDenied},
	} {
		ref := providertest.MustRef(t, text)
		value, err := p.Get(t.Context(), ref)
		if !errors.Is(err, want.get) || value.Len() != 0 {
			t.Errorf("Get(%s) = %d bytes, %v; want %v", text, value.Len(), err, want.get)
		}
		if err := p.Delete(t.Context(), ref); !errors.Is(err, want.get) {
			t.Errorf("Delete(%s) = %v; want %v", text, err, want.get)
		}
		if err := p.Put(t.Context(), ref, secret.NewValue([]byte("x"))); !errors.Is(err, want.put) {
			t.Errorf("Put(%s) = %v; want %v", text, err, want.put)
		}
	}
}

func TestProvider_DecodesBothParts(t *testing.T) {
	p := NewProvider(Config{})
	for text, want := range map[string][2]string{
		"keyring://service/account":             {"service", "account"},
		"keyring://https%3A%2F%2Fhost/me+you":   {"https://host", "me+you"},
		"keyring://a%20b/100%25":                {"a b", "100%"},
		"keyring://sérvice/%C3%A9":              {"sérvice", "é"},
		"keyring://toolhive2/toolhive?x#y&z=:@": {"toolhive2", "toolhive?x#y&z=:@"},
	} {
		service, account, err := p.split(providertest.MustRef(t, text))
		if err != nil || service != want[0] || account != want[1] {
			t.Errorf("%s is %q and %q, %v; want %q", text, service, account, err, want)
		}
	}
}
