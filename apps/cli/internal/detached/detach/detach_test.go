package detach_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/detach"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/handoff"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/launchtest"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

type fixture struct {
	detach.Detacher
	user  *launchtest.User
	plan  describe.Plan
	state string
	// handed is what a supervisor was handed, which replies st and err.
	handed []handoff.Launch
	st     status.Status
	err    error
}

func given(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{user: &launchtest.User{}, state: t.TempDir()}
	configs := runconfig.New(f.state)
	f.Detacher = detach.Detacher{
		Parts:      launchtest.Parts(t, f.user, map[string]string{"api-key": "v"}),
		Consent:    consent.Consent{Asker: f.user, Grants: configs},
		Describer:  describe.Describer{RunConfigs: configs, Say: f.user.Say},
		RunConfigs: configs, Statuses: status.New(filepath.Join(f.state, "statuses")),
		EnginePath: func() (string, error) { return "/engine", nil },
		Args:       []string{"--no-resident"}, Env: []string{"A=1"},
		Unlocked: func() secret.Value { return secret.NewValue([]byte("password")) },
		HandOver: func(_ context.Context, l handoff.Launch) (status.Status, error) {
			f.handed = append(f.handed, l)
			return f.st, f.err
		},
	}
	f.plan = describe.Plan{Prepare: inject.PrepareOptions{Container: true}, Spec: workload.Spec{
		SchemaVersion: workload.SchemaVersion, Name: "web", Image: "example/web:1", Transport: workload.TransportStdio,
		Secrets: []string{"api-key,target=API_KEY"}, OnSecretChange: "signal=HUP",
	}}
	return f
}

// save saves the plan, as a run of it does once it runs.
func (f *fixture) save(t *testing.T, granted bool) {
	t.Helper()
	var keys []string
	if granted {
		request := access.Request{Spec: f.plan.Spec, Secrets: []access.Binding{{Ref: "api-key", Target: "API_KEY"}}}
		keys = access.Granted(request.Items())
	}
	if _, err := f.RunConfigs.KeepGranted(runconfig.SaveTarget{Name: "web"}, f.plan.Spec, keys); err != nil {
		t.Fatal(err)
	}
}

func TestRun_HandsTheDescriptionToASupervisor(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.st = status.Status{Name: "web", State: status.Running}
	st, err := f.Run(t.Context(), f.plan)
	if err != nil || st.Name != "web" || len(f.handed) != 1 {
		t.Fatalf("got %+v, %v and %d starts, want one start of web", st, err, len(f.handed))
	}
	l := f.handed[0]
	if l.Path != "/engine" || l.Name != "web" || !slices.Equal(l.Args, []string{"--no-resident"}) || string(l.Request.Password.Bytes()) != "password" || l.Request.Persist || !l.Request.Replaces {
		t.Errorf("got %+v, want the engine, the options and the password handed over", l)
	}
	if l.Request.Spec == nil || l.Request.Spec.Image != "example/web:1" || strings.Contains(strings.Join(l.Request.Spec.Secrets, ""), "=v") {
		t.Errorf("got %+v, want the description without a value", l.Request.Spec)
	}
	if !slices.ContainsFunc(l.Request.Granted, func(key string) bool { return strings.Contains(key, "api-key") }) {
		t.Errorf("got the grants %q, want the secret's", l.Request.Granted)
	}
	if !strings.Contains(f.user.Said(), "API_KEY keeps its value until thv restart web") {
		t.Errorf("got %q, want what a signal does not bring", f.user.Said())
	}
	// It is saved by the supervisor once it runs, and not before.
	if _, err := f.RunConfigs.Load("web"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("got %v, want nothing saved yet", err)
	}
}

func TestRun_NoSupervisorIsStartedForARunThatFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(*testing.T, *fixture)
		is    error
	}{
		"a short name":        {func(_ *testing.T, f *fixture) { f.plan.Spec.Name = "w" }, secret.ErrUsage},
		"a secret is missing": {func(_ *testing.T, f *fixture) { f.plan.Spec.Secrets = []string{"gone,target=A"} }, secret.ErrNotFound},
		"no engine": {func(_ *testing.T, f *fixture) {
			f.EnginePath = func() (string, error) { return "", secret.ErrUnavailable }
		}, secret.ErrUnavailable},
		"no consent":                {func(_ *testing.T, f *fixture) { f.plan.From = "web.json" }, terminal.ErrNoTerminal},
		"it runs already":           {func(t *testing.T, f *fixture) { f.plan.From = "web.json"; hold(t, f) }, secret.ErrConflict},
		"it runs in the foreground": {func(t *testing.T, f *fixture) { f.plan.From = "web.json"; announce(t, f) }, secret.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := given(t)
			c.plant(t, f)
			if _, err := f.Run(t.Context(), f.plan); !errors.Is(err, c.is) {
				t.Errorf("got %v, want %v", err, c.is)
			}
			if len(f.handed) != 0 {
				t.Errorf("got %d starts, want none", len(f.handed))
			}
		})
	}
}

// hold makes web a workload with a supervisor.
func hold(t *testing.T, f *fixture) {
	t.Helper()
	lock, err := f.Statuses.Lock("web")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lock.Release)
	if err := f.Statuses.Write(status.Status{Name: "web", State: status.Running, ShouldRun: true}); err != nil {
		t.Fatal(err)
	}
}

// announce makes web a run in the foreground.
func announce(t *testing.T, f *fixture) *status.Presence {
	t.Helper()
	presence, err := f.Statuses.Announce(t.Context(), status.Run{Name: "web", Container: "web", Image: "example/web:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { presence.End(true) })
	return presence
}

func TestStart_OfWhatIsSaved(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.save(t, true)
	f.st = status.Status{Name: "web", State: status.Running}
	st, err := f.Start(t.Context(), "web", detach.Options{})
	if err != nil || st.State != status.Running || len(f.handed) != 1 || f.handed[0].Request.Replaces || f.handed[0].Request.Persist {
		t.Errorf("got %+v, %v and %+v, want one start that replaces nothing", st, err, f.handed)
	}
	if len(f.user.Asked()) > 0 {
		t.Errorf("got the questions %q, want none about what was granted", f.user.Asked())
	}
}

func TestStart_AsksAboutWhatWasNotGranted(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.save(t, false)
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, terminal.ErrNoTerminal) || len(f.handed) != 0 {
		t.Errorf("got %v and %d starts, want a refusal without a terminal", err, len(f.handed))
	}
	f.user.Present, f.user.Yes = true, true
	if _, err := f.Start(t.Context(), "web", detach.Options{}); err != nil || len(f.handed) != 1 {
		t.Errorf("got %v and %d starts, want one after yes", err, len(f.handed))
	}
}

func TestStart_PersistsWhileTheEngineDoesNotRespond(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.save(t, true)
	f.st, f.err = status.Status{Name: "web", State: status.Restarting}, secret.ErrUnavailable
	if st, err := f.Start(t.Context(), "web", detach.Options{Persist: true}); err != nil || st.State != status.Restarting || !f.handed[0].Request.Persist {
		t.Errorf("got %+v and %v, want a supervisor that tries again", st, err)
	}
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("got %v, want the error without Persist", err)
	}
}

func TestStart_PersistsWhileAProviderDoesNotRespond(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.save(t, true)
	var err error
	f.Parts.Resolver, err = resolve.New(resolve.Config{Chain: []resolve.Step{{Provider: "down", Open: func(context.Context) (provider.Provider, error) {
		return nil, secret.ErrUnavailable
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, secret.ErrUnavailable) || len(f.handed) != 0 {
		t.Errorf("got %v and %d starts, want the error and none", err, len(f.handed))
	}
	if _, err := f.Start(t.Context(), "web", detach.Options{Persist: true}); err != nil || len(f.handed) != 1 {
		t.Errorf("got %v and %d starts, want a supervisor that tries again", err, len(f.handed))
	}
}

func TestStart_SaysWhyThereIsNothingToStart(t *testing.T) {
	t.Parallel()
	f := given(t)
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	presence := announce(t, f)
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, secret.ErrNotFound) || !strings.Contains(err.Error(), "runs in the foreground") {
		t.Errorf("got %v, want the run in the foreground", err)
	}
	presence.End(false)
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, secret.ErrNotFound) || !strings.Contains(err.Error(), "was killed before it was saved") {
		t.Errorf("got %v, want the run that was killed", err)
	}
	hold(t, f)
	if _, err := f.Start(t.Context(), "web", detach.Options{}); !errors.Is(err, status.ErrHeld) {
		t.Errorf("got %v, want held", err)
	}
}

func TestGrantMore_IsRememberedOnceAnswered(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.save(t, true)
	request := access.Request{Spec: f.plan.Spec, Secrets: []access.Binding{{Ref: "other", Target: "OTHER"}}}
	refused := &access.UngrantedError{Workload: "web", Image: "example/web:1", Items: request.Items()[:1]}
	ungranted := func() int {
		left, err := f.RunConfigs.UngrantedTo("web", "example/web:1", refused.Items)
		if err != nil {
			t.Fatal(err)
		}
		return len(left)
	}
	f.user.Present = true
	if err := f.GrantMore(t.Context(), refused); !errors.Is(err, terminal.ErrNothingDone) || ungranted() != 1 {
		t.Errorf("no: got %v and %d ungranted, want nothing done", err, ungranted())
	}
	f.user.Yes = true
	if err := f.GrantMore(t.Context(), refused); err != nil || ungranted() != 0 {
		t.Errorf("yes: got %v and %d ungranted, want it remembered", err, ungranted())
	}
}

func TestRun_AStateDirectoryThatIsAFileIsSaidBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	f := given(t)
	if err := os.WriteFile(filepath.Join(f.state, "runconfigs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.plan.From, f.user.Present, f.user.Yes = "web.json", true, true
	if _, err := f.Run(t.Context(), f.plan); err == nil || len(f.handed) != 0 || len(f.user.Asked()) != 0 {
		t.Errorf("got %v, %d starts and the questions %q, want an error before a question", err, len(f.handed), f.user.Asked())
	}
}
