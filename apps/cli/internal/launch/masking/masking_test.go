package masking

import (
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestWarnings_NameTargetsAndNoValue(t *testing.T) {
	environment := workload.NewEnvironment(map[string]string{"PLAIN": "true"})
	for name, value := range map[string]string{
		"EMPTY": "", "SHORT": "k7!", "PORT": "5432\n", "USER": "postgres", "KEY": "canary-9f3a7b21c4", "PASSWORD": "p4ss",
	} {
		if err := environment.SetSecret(name, secret.NewValue([]byte(value))); err != nil {
			t.Fatal(err)
		}
	}
	if err := environment.SetFile("/run/secrets/flag", 0o400, secret.NewValue([]byte("true"))); err != nil {
		t.Fatal(err)
	}
	got := Warnings(environment)
	if len(got) != 2 || !strings.Contains(got[0], "of SHORT is not masked") || !strings.Contains(got[1], " PORT, USER, /run/secrets/flag is masked") {
		t.Errorf("got %q", got)
	}
	for _, value := range []string{"k7!", "5432", "postgres", "canary", "p4ss", "true"} {
		if strings.Contains(strings.Join(got, "\n"), value) {
			t.Errorf("%q says %s", got, value)
		}
	}
	if got := Warnings(workload.NewEnvironment(nil)); got != nil {
		t.Errorf("no secrets: %q", got)
	}
}
