package workload

import (
	"errors"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestReferences_RefusesOneInsideALongerValue(t *testing.T) {
	for text, refused := range map[string]bool{
		"Bearer thv://Hunter2":          true,
		`{"a": "thv://Hunter2"}`:        true,
		"https://x/?to=op://v/i/f":      true,
		"https://example.com/x":         false,
		"other-thv://Hunter2":           false,
		"refs begin with thv://":        false,
		"postgres://user@host/database": false,
	} {
		refs, err := References(map[string]string{"A": text}, []string{"thv", "op"})
		if errors.Is(err, secret.ErrInvalidRef) != refused || len(refs) > 0 {
			t.Errorf("%q: got %v, %v, want an error: %v", text, refs, err, refused)
		}
		if err != nil && (strings.Contains(err.Error(), "Hunter2") || !strings.Contains(err.Error(), "variable A")) {
			t.Errorf("%q: the error is %v", text, err)
		}
	}
}
