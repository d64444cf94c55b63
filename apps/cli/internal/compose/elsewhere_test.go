package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/root"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const elsewhereToken = "ELSEWHERE_TOKEN"

// elsewhere is a provider that no other part of the program has heard of. It has one
// secret, api-key, and fails its check.
type elsewhere struct{}

func (elsewhere) Get(_ context.Context, ref secret.Ref) (secret.Value, error) {
	if ref.Path() != "api-key" {
		return secret.Value{}, fmt.Errorf("%w: elsewhere", secret.ErrNotFound)
	}
	return secret.NewValue([]byte("from-elsewhere")), nil
}

func (elsewhere) Check(context.Context) error { return fmt.Errorf("%w: elsewhere", secret.ErrDenied) }

func newElsewhere(file string) wiring {
	return wiring{
		Descriptor: app.Descriptor{
			Name: "elsewhere", Scheme: "else", Former: []string{"nowhere"}, Unlocking: []string{elsewhereToken},
			Detection: rotation.Watched, Volatile: func(ref secret.Ref) bool { return ref.Path() == "volatile" },
			Advice: map[secret.Class]string{secret.ClassDenied: "elsewhere login"},
		},
		open:  func(*openers, context.Context) (provider.Provider, error) { return elsewhere{}, nil },
		files: func(*openers) []string { return []string{file} },
	}
}

// house is the program with elsewhere, in a home of its own.
type house struct {
	compose app.Compose
	config  string
	file    string
}

func newHouse(t *testing.T, configuration string) house {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, home)
	}
	t.Setenv(elsewhereToken, "canary")
	xdg.Reload()
	t.Cleanup(xdg.Reload) // runs before the variables are set back
	h := house{config: filepath.Join(home, folder, "config.yaml"), file: filepath.Join(home, "elsewhere.db")}
	if err := os.MkdirAll(filepath.Dir(h.config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.config, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	engine := func(app.Globals, *procenv.Environ, *slog.Logger) app.ContainerOpener {
		return func(context.Context) (workload.Runtime, error) { return nil, secret.ErrUnavailable }
	}
	fetcher := func(app.Globals, *procenv.Environ) registry.Fetch { return nil }
	h.compose = composeWith(engine, fetcher, append(builtin(), newElsewhere(h.file)))
	return h
}

// thv runs a command line, and returns what it prints and its exit code.
func (h house) thv(args ...string) (out, said string, code int) {
	var stdout, stderr bytes.Buffer
	code = root.Main(args, &terminal.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, h.compose)
	return stdout.String(), stderr.String(), code
}

// A new provider is described in one place, and everything that depends on providers
// knows it then.
func TestDescriptor_IsAllThatANewProviderNeeds(t *testing.T) {
	h := newHouse(t, "secrets:\n  chain: [elsewhere, environment]\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"chain":                   {[]string{"secret", "provider"}, "elsewhere\nenvironment\n"},
		"chain, a value":          {[]string{"secret", "get", "api-key"}, "from-elsewhere"},
		"scheme":                  {[]string{"secret", "get", "else://api-key"}, "from-elsewhere"},
		"explain":                 {[]string{"explain", "api-key"}, "elsewhere"},
		"explain, scheme":         {[]string{"explain", "else://api-key"}, "elsewhere"},
		"completion of providers": {[]string{"__complete", "secret", "provider", ""}, "elsewhere\n"},
		"completion of a flag":    {[]string{"__complete", "secret", "setup", "--provider", ""}, "elsewhere\n"},
		"completion of schemes":   {[]string{"__complete", "secret", "list", ""}, "else://\n"},
	} {
		if out, said, code := h.thv(c.args...); code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%s: got %q and %q with exit code %d, want %q", name, out, said, code, c.want)
		}
	}
	// It keeps nothing, so that it is not offered.
	if out, _, _ := h.thv("__complete", "secret", "provider", ""); strings.Contains(out, "none\n") {
		t.Errorf("got %q, want no provider none", out)
	}
}

func TestDescriptor_TellsDoctorWhatToAdvise(t *testing.T) {
	h := newHouse(t, "secrets:\n  chain: [elsewhere, environment]\n")
	type finding struct{ Subject, Status, Fix string }
	for want, args := range map[finding][]string{
		{"elsewhere", "failure", "elsewhere login"}: {"doctor", "--output", "json"},
		{"elsewhere", "skipped", ""}:                {"doctor", "--offline", "--output", "json"},
	} {
		out, said, _ := h.thv(args...)
		var report struct{ Findings []finding }
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatalf("%v: %q, %q", err, out, said)
		}
		if !slices.Contains(report.Findings, want) {
			t.Errorf("got %+v, want %+v among them", report.Findings, want)
		}
	}
}

func TestDescriptor_TellsHowAChangeIsNoticed(t *testing.T) {
	h := newHouse(t, "")
	a, err := h.compose(app.Globals{PasswordFD: -1}, &terminal.Streams{}, procenv.New(nil))
	if err != nil {
		t.Fatal(err)
	}
	volatile, err := secret.ParseRef("else://volatile")
	if err != nil {
		t.Fatal(err)
	}
	p := a.Providers
	if p.ChangeDetection("elsewhere") != rotation.Watched || !slices.Contains(p.Files(), h.file) || !p.Volatile(volatile) {
		t.Errorf("got detection %v, files %v and volatile %v", p.ChangeDetection("elsewhere"), p.Files(), p.Volatile(volatile))
	}
}

func TestDescriptor_KeepsItsNamesAndItsVariables(t *testing.T) {
	h := newHouse(t, "secrets:\n  providers:\n    else:\n      command: [/x]\n")
	if _, said, code := h.thv("secret", "provider"); code != 2 || !strings.Contains(said, "belongs to thv") {
		t.Errorf("a program takes the scheme: got %q with exit code %d", said, code)
	}
	h = newHouse(t, "")
	if _, said, code := h.thv("secret", "provider", "nowhere"); code != 2 || !strings.Contains(said, "elsewhere has replaced") {
		t.Errorf("the former name: got %q with exit code %d", said, code)
	}
	if out, said, code := h.thv("secret", "get", "env://"+elsewhereToken); code != 3 {
		t.Errorf("its token is had by a reference: got %q and %q with exit code %d", out, said, code)
	}
	a, err := h.compose(app.Globals{PasswordFD: -1}, &terminal.Streams{}, procenv.Capture())
	if err != nil {
		t.Fatal(err)
	}
	if inherited := a.Environ.ForWorkload(); slices.Contains(inherited, elsewhereToken+"=canary") {
		t.Error("a workload gets its token")
	}
}
