package app

import (
	"slices"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestAliases_HasBothWaysToWriteAStoredSecret(t *testing.T) {
	store := &Providers{Selected: Encrypted}
	second := &Providers{Selected: "vault", Chain: []string{"vault", Encrypted}}
	none := &Providers{Selected: "none"}
	for _, c := range []struct {
		providers *Providers
		ref       string
		want      []string
	}{
		{store, "api-key", []string{"api-key", "thv://api-key"}},
		{store, "thv://api-key", []string{"thv://api-key", "api-key"}},
		{second, "api-key", []string{"api-key"}}, // which vault has then
		{second, "thv://api-key", []string{"thv://api-key", "api-key"}},
		{none, "thv://api-key", []string{"thv://api-key"}},
		{none, "api-key", []string{"api-key"}},
		{store, "op://a/b/c", []string{"op://a/b/c"}},
	} {
		ref, err := secret.ParseRef(c.ref)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range c.providers.Aliases(ref) {
			got = append(got, one.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s with %s: %v, want %v", c.ref, c.providers.Selected, got, c.want)
		}
	}
	system, err := secret.ParseSystemRef("__thv_github_TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	if got := store.Aliases(system); len(got) != 1 || got[0] != system {
		t.Errorf("%v", got)
	}
}
