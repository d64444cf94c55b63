package export

import (
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

var keyPattern = regexp.MustCompile(`^[-._a-zA-Z0-9]{1,253}$`)

// FuzzManifest: whatever a RunConfig says, each reference has a key of its own that
// Kubernetes takes, and what is quoted for YAML and the shell is read as it was.
func FuzzManifest(f *testing.F) {
	f.Add("api-key", "api_key", "yes", "web")
	f.Add("..", "./x", "null", "A_b")
	f.Add("it's", "it`s", "é\u2028: #", "9")
	f.Fuzz(func(t *testing.T, first, second, value, name string) {
		spec := workload.Spec{Image: "i", Command: []string{value}, Secrets: []string{"thv://" + first + ",target=A", "env://" + second + ",target=B"}}
		bindings, err := secret.ParseBindings(spec.Secrets)
		if err != nil || strings.ToValidUTF8(value, "?") != value || name == "" {
			return
		}
		m, err := newManifest("n"+name, spec, nil, func(string) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		a, b := m.server.Spec.Secrets[0].Key, m.server.Spec.Secrets[1].Key
		if !keyPattern.MatchString(string(a)) || !keyPattern.MatchString(string(b)) || a == b || a[0] == '.' || b[0] == '.' {
			t.Errorf("%q and %q have the keys %q and %q", first, second, a, b)
		}
		if label := m.server.Metadata.Name; !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(string(label)) {
			t.Errorf("%q is named %q", name, label)
		}
		text, err := m.yaml()
		if err != nil {
			t.Fatal(err)
		}
		var back struct{ Spec struct{ Args []string } }
		if err := yaml.Unmarshal(text, &back); err != nil || len(back.Spec.Args) != 1 || back.Spec.Args[0] != value {
			t.Errorf("%q becomes %q: %v\n%s", value, back.Spec.Args, err, text)
		}
		if commands := strings.Join(m.commands(), "\n"); !strings.Contains(commands, quote(bindings[0].Ref.String())) {
			t.Errorf("the commands do not name %s:\n%s", bindings[0].Ref, commands)
		}
	})
}
