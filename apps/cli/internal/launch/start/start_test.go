package start_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/launchtest"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/start"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// names are the names in use, and the announcement of the run of a test.
type names struct {
	attended     bool
	apart        bool // what the last conflict was asked about
	conflict     error
	keeps        string
	attendErr    error
	container    string
	ended        []error
	attendedWith *[]string
}

func (n *names) Attended(string) bool { return n.attended }
func (n *names) Conflict(_ string, apart bool) error {
	n.apart = apart
	return n.conflict
}
func (n *names) Keeps(string) string { return n.keeps }

func (n *names) Attend(context.Context, workload.Runtime, runconfig.SaveTarget, workload.Spec) (start.Attendance, error) {
	*n.attendedWith = append(*n.attendedWith, "attend")
	return n, n.attendErr
}

func (n *names) Spec(spec workload.Spec) workload.Spec {
	if n.container != "" {
		spec.Name = n.container
	}
	return spec
}

func (n *names) End(err error) { n.ended = append(n.ended, err) }

// saved records in which order a run is saved.
type saved struct {
	// late is the error of a check after the first.
	check, late, grant, keep error
	kept                     runconfig.Kept
	did                      []string
}

func (s *saved) NameOf(runconfig.SaveTarget, workload.Spec) (string, error) { return "web", nil }

func (s *saved) Check(workload.Spec) error {
	again := slices.Contains(s.did, "check")
	s.did = append(s.did, "check")
	if again && s.late != nil {
		return s.late
	}
	return s.check
}

func (s *saved) Grant(string, []string) error {
	s.did = append(s.did, "grant")
	return s.grant
}

func (s *saved) KeepGranted(runconfig.SaveTarget, workload.Spec, []string) (runconfig.Kept, error) {
	s.did = append(s.did, "keep")
	return s.kept, s.keep
}

type fixture struct {
	user   *launchtest.User
	engine *launchtest.Engine
	names  *names
	saved  *saved
	start.Foreground
	plan describe.Plan
}

func given(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{user: &launchtest.User{}, engine: &launchtest.Engine{}, saved: &saved{}}
	f.names = &names{attendedWith: &f.saved.did}
	f.engine.Started = func() { f.saved.did = append(f.saved.did, "start") }
	configs := runconfig.New(t.TempDir())
	f.Foreground = start.Foreground{
		Parts:   launchtest.Parts(t, f.user, map[string]string{"api-key": "v"}),
		Consent: consent.Consent{Asker: f.user, Grants: configs}, RunConfigs: f.saved, Names: f.names,
		Streams: &terminal.Streams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}},
	}
	f.plan = describe.Plan{Prepare: inject.PrepareOptions{Container: true, Once: true}, Spec: workload.Spec{
		SchemaVersion: workload.SchemaVersion, Name: "web", Image: "example/web:1", Transport: workload.TransportStdio,
		Secrets: []string{"api-key,target=API_KEY"},
	}}
	return f
}

func (f *fixture) run(t *testing.T) error {
	t.Helper()
	return f.Run(t.Context(), f.engine, f.plan)
}

func TestRun_SavesOnceItHasStarted(t *testing.T) {
	t.Parallel()
	f := given(t)
	var announced string
	f.Announce = func(url string) { announced = url }
	f.plan.Spec.Transport, f.plan.Spec.Port = workload.TransportSSE, 8080
	if err := f.run(t); err != nil {
		t.Fatal(err)
	}
	if want := []string{"check", "attend", "check", "grant", "start", "keep"}; !slices.Equal(f.saved.did, want) {
		t.Errorf("got %q, want %q", f.saved.did, want)
	}
	if len(f.engine.Environments) != 1 || !slices.Contains(f.engine.Environments[0], "API_KEY=v") {
		t.Errorf("got the environments %q, want the secret", f.engine.Environments)
	}
	if announced != "http://127.0.0.1:8080/sse" || len(f.names.ended) != 1 || f.names.ended[0] != nil {
		t.Errorf("got the address %q and the ends %v, want it announced and ended once", announced, f.names.ended)
	}
}

func TestRun_AFailureBeforeTheStartLeavesNothing(t *testing.T) {
	t.Parallel()
	failure := errors.New("planted")
	for name, c := range map[string]struct {
		plant func(*fixture)
		did   []string // what is done before
		ends  int
	}{
		"the name is in use":        {func(f *fixture) { f.names.conflict = failure }, nil, 0},
		"it cannot be saved":        {func(f *fixture) { f.saved.check = failure }, []string{"check"}, 0},
		"a secret is missing":       {func(f *fixture) { f.plan.Spec.Secrets = []string{"gone,target=A"} }, []string{"check"}, 0},
		"it cannot be announced":    {func(f *fixture) { f.names.attendErr = failure }, []string{"check", "attend"}, 0},
		"it can no longer be saved": {func(f *fixture) { f.saved.late = failure }, []string{"check", "attend", "check"}, 1},
		"grants cannot be kept":     {func(f *fixture) { f.saved.grant = failure }, []string{"check", "attend", "check", "grant"}, 1},
		"the engine fails":          {func(f *fixture) { f.engine.Err = failure }, []string{"check", "attend", "check", "grant"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := given(t)
			c.plant(f)
			err := f.run(t)
			if err == nil || !slices.Equal(f.saved.did, c.did) || len(f.names.ended) != c.ends {
				t.Errorf("got %v after %q with %d ends, want an error after %q with %d", err, f.saved.did, len(f.names.ended), c.did, c.ends)
			}
			if c.ends == 1 && !errors.Is(f.names.ended[0], failure) {
				t.Errorf("got the end %v, want the failure", f.names.ended)
			}
		})
	}
}

func TestRun_AsksNothingAboutARunThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.user.Present, f.user.Yes = true, true
	f.plan.From, f.saved.check = "web.json", errors.New("planted")
	if err := f.run(t); !errors.Is(err, f.saved.check) || len(f.user.Asked()) > 0 {
		t.Errorf("got %v and the questions %q, want the error before a question", err, f.user.Asked())
	}
}

func TestRun_AFailedSaveEndsTheWorkload(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.saved.keep = errors.New("planted")
	if err := f.run(t); !errors.Is(err, f.saved.keep) {
		t.Errorf("got %v, want the error of saving", err)
	}
}

func TestRun_SaysWhyItIsNotSaved(t *testing.T) {
	t.Parallel()
	all := []string{"check", "attend", "check", "grant", "start"}
	for name, c := range map[string]struct {
		plant func(*fixture)
		did   []string
		says  string
	}{
		"another run has its name":         {func(f *fixture) { f.names.attended = true }, []string{"attend", "grant", "start"}, ""},
		"its container got another name":   {func(f *fixture) { f.names.container = "web-2" }, []string{"check", "attend", "grant", "start"}, ""},
		"a detached workload has its name": {func(f *fixture) { f.names.keeps = "web is detached." }, []string{"attend", "grant", "start"}, "This run is not saved: web is detached."},
		"the directory cannot be written":  {func(f *fixture) { f.saved.check = secret.ErrDenied }, all, "This run is not saved: "},
		"it can no longer be written":      {func(f *fixture) { f.saved.keep = secret.ErrUnavailable }, append(all, "keep"), "This run is not saved: "},
		"grants cannot be written":         {func(f *fixture) { f.saved.grant = secret.ErrUnavailable }, append(all, "keep"), "may be asked again"},
		"what was there cannot be read": {func(f *fixture) { f.saved.kept = runconfig.Kept{Name: "web", Aside: "/web.aside-1"} }, append(all, "keep"),
			"What was saved as web cannot be read, and is now /web.aside-1."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := given(t)
			c.plant(f)
			if err := f.run(t); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(f.saved.did, c.did) || !strings.Contains(f.user.Said(), c.says) {
				t.Errorf("got %q and %q, want %q and %q", f.saved.did, f.user.Said(), c.did, c.says)
			}
		})
	}
}

func TestExplain_AsksAndStartsNothing(t *testing.T) {
	t.Parallel()
	f := given(t)
	f.plan.From, f.plan.Spec.Network = "web.json", "host"
	report, err := f.Explain(t.Context(), f.plan)
	if err != nil || report.ExitCode != 0 || len(report.Secrets) != 1 {
		t.Errorf("got %+v and %v, want a report of one secret", report, err)
	}
	if len(f.user.Asked())+len(f.saved.did)+len(f.engine.Specs) > 0 || !strings.Contains(f.user.Said(), "A run asks first") {
		t.Errorf("got the questions %q, %q and %q; want what a run would ask, said", f.user.Asked(), f.saved.did, f.user.Said())
	}
}

// described is an engine with a name.
type described struct {
	workload.Runtime
	name string
}

func (d *described) Engine() workload.Engine { return workload.Engine{} }

func (d *described) Describe(context.Context) (workload.Engine, error) {
	return workload.Engine{Name: d.name}, nil
}

func TestCheckEngine_IsAskedOnlyAboutWhatNotEveryEngineHas(t *testing.T) {
	t.Parallel()
	opened := 0
	check := func(name string, volumes ...string) error {
		opened = 0
		open := func(context.Context) (workload.Runtime, error) { opened++; return &described{name: name}, nil }
		return start.CheckEngine(t.Context(), open, workload.Spec{Volumes: volumes})
	}
	if err := check("Docker", "/a:/b"); err != nil || opened != 0 {
		t.Errorf("got %v with %d engines opened, want neither", err, opened)
	}
	if err := check("Podman", "/a:/b:U"); err != nil || opened != 1 {
		t.Errorf("got %v with %d engines opened, want one that has it", err, opened)
	}
	if err := check("Docker", "/a:/b", "/c:/d:U"); !errors.Is(err, secret.ErrUsage) || !strings.Contains(err.Error(), "--volume 2") {
		t.Errorf("got %v, want a usage error about the second volume", err)
	}
}
