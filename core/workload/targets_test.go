package workload

import (
	"errors"
	"slices"
	"strings"
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

func TestValidate_RefusesPathsThatDriveATerminal(t *testing.T) {
	for name, spec := range map[string]Spec{
		"env_files[1]": {Image: "a/b", EnvFiles: []string{"/ok.env", "/a\x1b[2Jb"}},
		"env_files[0]": {Image: "a/b", EnvFiles: []string{"/a\nb"}},
		"env_file_dir": {Image: "a/b", EnvFileDir: "/a\rb"},
		"image":        {Image: "a/b\x1b[2J"},
	} {
		var fault *FieldError
		if err := spec.Validate(); !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), name+": ") || strings.ContainsAny(err.Error(), "\x1b\r\n") {
			t.Errorf("%s: got %q, want a FieldError of this field on one line", name, err)
		}
	}
}
