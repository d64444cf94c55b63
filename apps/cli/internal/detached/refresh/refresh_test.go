package refresh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// lines is a store whose file has a NAME=VALUE on each line.
type lines string

func (l lines) Get(_ context.Context, ref secret.Ref) (secret.Value, error) {
	text, err := os.ReadFile(string(l))
	if err != nil {
		return secret.Value{}, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), "="); name == ref.Path() {
			return secret.NewValue([]byte(value)), nil
		}
	}
	return secret.Value{}, fmt.Errorf("%w: here", secret.ErrNotFound)
}

// applied is what a workload was given.
type applied struct {
	variables []string
	targets   []string
}

type fixture struct {
	resolver  *Resolver
	directory string
	got       chan applied
	closed    *counter
	// refused is a reference that is not consented to.
	refused string
	reports chan rotation.State
}

func (f *fixture) consent(_ context.Context, items []access.Item) error {
	for _, item := range items {
		if f.refused != "" && item.Name == f.refused {
			return &access.UngrantedError{Workload: "web", Image: "image", Items: []access.Item{item}, Running: true}
		}
	}
	return nil
}

type counter struct {
	mu sync.Mutex
	n  int
}

// newFixture returns a Resolver of a workload with API_KEY from the store, OTP which is
// another one each time, and what the env file says, and starts it once.
func newFixture(t *testing.T, onChange string) *fixture {
	t.Helper()
	f := &fixture{directory: t.TempDir(), got: make(chan applied, 10), closed: &counter{}, reports: make(chan rotation.State, 10)}
	f.write(t, "store", "api-key=one\nother=two\notp=1\n")
	f.write(t, ".env", "TOKEN=thv://api-key\nPLAIN=a\n")
	store := lines(filepath.Join(f.directory, "store"))
	open := func(context.Context) (provider.Provider, error) { return store, nil }
	resolver, err := resolve.New(resolve.Config{
		Chain:   []resolve.Step{{Provider: "store", Open: open}},
		Schemes: map[string]resolve.Step{"thv": {Provider: "store", Open: open}},
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := inject.Parts{
		Dialog: &terminal.Streams{Err: &bytes.Buffer{}}, Environ: procenv.New(nil), Resolver: resolver,
		KeepOutOfLogs: func([]secret.Value) {},
		Close:         func() { f.closed.mu.Lock(); f.closed.n++; f.closed.mu.Unlock() },
	}
	f.resolver, err = New(Config{
		Parts: parts, Files: []string{string(store)}, Detection: func(string) rotation.Detection { return rotation.Watched },
		Volatile: func(ref secret.Ref) bool { return ref.Path() == "otp" },
		Prepare:  inject.PrepareOptions{System: true, Detached: true}, Consent: f.consent,
		Spec: workload.Spec{
			Image: "image", Secrets: []string{"api-key,target=API_KEY", "otp,target=OTP"},
			EnvFiles: []string{filepath.Join(f.directory, ".env")}, OnSecretChange: onChange,
		},
		Apply: func(_ context.Context, e workload.Environment, d rotate.Decision) error {
			f.got <- applied{e.Strings(), d.Changed}
			return nil
		},
		Report: func(s rotation.State) { f.reports <- s },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.resolver.Environment(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(f.directory, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) next(t *testing.T) applied {
	t.Helper()
	select {
	case got := <-f.got:
		return got
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was applied")
		return applied{}
	}
}

func TestResolver_AppliesAChangeOfTheStore(t *testing.T) {
	f := newFixture(t, "restart")
	go f.resolver.Watch(t.Context())
	f.write(t, "store", "api-key=one\nother=changed\notp=2\n") // no change for this workload
	f.write(t, "store", "api-key=new\nother=two\notp=3\n")
	got := f.next(t)
	if want := []string{"API_KEY=new", "OTP=3", "PLAIN=a", "TOKEN=new"}; !slices.Equal(got.variables, want) {
		t.Errorf("%v", got.variables)
	}
	if want := []string{"API_KEY", "TOKEN"}; !slices.Equal(got.targets, want) {
		t.Errorf("changed are %v, want %v", got.targets, want)
	}
	f.closed.mu.Lock()
	defer f.closed.mu.Unlock()
	if f.closed.n < 3 {
		t.Errorf("providers were closed %d times, and asked three times", f.closed.n)
	}
}

func TestResolver_AppliesAnotherReferenceInAnEnvFile(t *testing.T) {
	f := newFixture(t, "restart")
	go f.resolver.Watch(t.Context())
	f.write(t, ".env", "TOKEN=thv://api-key\nPLAIN=b\n") // whose plain value is no secret
	f.write(t, ".env", "TOKEN=thv://other\nPLAIN=b\n")
	got := f.next(t)
	if want := []string{"API_KEY=one", "OTP=1", "PLAIN=b", "TOKEN=two"}; !slices.Equal(got.variables, want) {
		t.Errorf("%v", got.variables)
	}
	if want := []string{"TOKEN"}; !slices.Equal(got.targets, want) {
		t.Errorf("changed are %v, want %v", got.targets, want)
	}
}

func TestResolver_GivesNothingThatIsNotConsentedTo(t *testing.T) {
	f := newFixture(t, "restart")
	f.refused = "thv://other"
	f.write(t, "store", "api-key=one\nother=two\notp=1\n")
	f.write(t, ".env", "TOKEN=thv://other\nPLAIN=b\n")
	go f.resolver.Watch(t.Context())
	select {
	case s := <-f.reports:
		if s.Failure == nil || s.Failure.Class != secret.ClassDenied || !slices.Equal(s.Failure.References, []string{"thv://other"}) ||
			!strings.Contains(s.Failure.Message, "thv restart web") {
			t.Errorf("reported is %+v", s.Failure)
		}
	case got := <-f.got:
		t.Errorf("applied is %+v", got)
	case <-time.After(30 * time.Second):
		t.Fatal("nothing is reported")
	}
	if _, err := f.resolver.Environment(t.Context()); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("a start is %v", err)
	}
}

func TestResolver_WatchesNothingIfChangesAreIgnored(t *testing.T) {
	for _, ignored := range []string{"", "ignore"} {
		f := newFixture(t, ignored)
		f.resolver.Watch(t.Context()) // which returns
	}
}

func TestNew_RefusesWhatNoChangeCanDo(t *testing.T) {
	for _, spec := range []workload.Spec{{OnSecretChange: "reboot"}, {OnSecretChange: "restart", SecretInterval: "1s"}} {
		if _, err := New(Config{Spec: spec}); err == nil {
			t.Errorf("%+v", spec)
		}
	}
}
