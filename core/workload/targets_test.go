package workload

import (
	"slices"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestEnvironment_SecretTargetsAreThoseOfSecrets(t *testing.T) {
	e := NewEnvironment(map[string]string{"PLAIN": "x"})
	for _, name := range []string{"B", "A"} {
		if err := e.SetSecret(name, secret.NewValue([]byte(name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.SetFile("/run/secrets/c", 0o400, secret.NewValue([]byte("c"))); err != nil {
		t.Fatal(err)
	}
	var targets []string
	var values []secret.Value
	for target, value := range e.SecretTargets() {
		targets, values = append(targets, target), append(values, value)
	}
	if !slices.Equal(targets, []string{"A", "B", "/run/secrets/c"}) || !slices.EqualFunc(values, e.Secrets(), secret.Value.Equal) {
		t.Errorf("targets %q, values %v", targets, values)
	}
	for range e.SecretTargets() {
		break
	}
}
