package attend_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/attend"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/launchtest"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// engine has found what earlier runs have left.
type engine struct {
	launchtest.Engine
	found   []workload.Instance
	removed []string
}

func (e *engine) Find(_ context.Context, labels map[string]string) ([]workload.Instance, error) {
	var all []workload.Instance
	for _, f := range e.found {
		has := true
		for key, value := range labels {
			has = has && f.Labels[key] == value
		}
		if has {
			all = append(all, f)
		}
	}
	return all, nil
}

func (e *engine) Remove(_ context.Context, id string, _ time.Duration) error {
	e.removed = append(e.removed, id)
	return nil
}

func given(t *testing.T) (attend.Names, *launchtest.User) {
	t.Helper()
	state, user := t.TempDir(), &launchtest.User{}
	return attend.Names{Statuses: status.New(filepath.Join(state, "statuses")), RunConfigs: runconfig.New(state), Say: user.Say}, user
}

var web = workload.Spec{Name: "web", Image: "example/web:1", Labels: map[string]string{"team": "a"}}

func TestAttend_IsKnownUntilItsEnd(t *testing.T) {
	t.Parallel()
	n, _ := given(t)
	here, err := n.Attend(t.Context(), &engine{}, runconfig.SaveTarget{Name: "web"}, web)
	if err != nil {
		t.Fatal(err)
	}
	started := here.Spec(web)
	if started.Name != "web" || started.Labels["team"] != "a" || started.Labels[supervisor.LabelName] != "web" || started.Labels[supervisor.LabelForeground] == "" || len(web.Labels) != 1 {
		t.Errorf("got %+v, want the labels of the run beside its own", started)
	}
	if !n.Attended("web") || n.Attended("other") {
		t.Error("got the run not known by its name, want it known")
	}
	here.End(nil)
	if n.Attended("web") {
		t.Error("got the run known after its end")
	}
}

func TestAttend_ASecondRunGetsANameOfItsOwn(t *testing.T) {
	t.Parallel()
	n, user := given(t)
	var runs []string
	for range 2 {
		here, err := n.Attend(t.Context(), &engine{}, runconfig.SaveTarget{Name: "web"}, web)
		if err != nil {
			t.Fatal(err)
		}
		defer here.End(nil)
		runs = append(runs, here.Spec(web).Name)
	}
	if runs[0] != "web" || runs[1] != "web-2" || !strings.Contains(user.Said(), "this container is web-2, and this run is not saved") {
		t.Errorf("got %q and %q, want web and web-2", runs, user.Said())
	}
}

func TestAttend_RemovesWhatAKilledRunOfItsNameHasLeft(t *testing.T) {
	t.Parallel()
	n, user := given(t)
	owner, err := n.Statuses.Owner()
	if err != nil {
		t.Fatal(err)
	}
	killed, err := n.Statuses.Announce(t.Context(), status.Run{Name: "web", Container: "web"})
	if err != nil {
		t.Fatal(err)
	}
	killed.End(false)
	left := func(id, name, owner string) workload.Instance {
		return workload.Instance{ID: id, Labels: supervisor.LabelledForeground(nil, name, owner, killed.ID)}
	}
	e := &engine{found: []workload.Instance{left("mine", "web", owner), left("of another name", "other", owner), left("of another user", "web", "x")}}
	here, err := n.Attend(t.Context(), e, runconfig.SaveTarget{Name: "web"}, web)
	if err != nil {
		t.Fatal(err)
	}
	here.End(nil)
	if len(e.removed) != 1 || e.removed[0] != "mine" || !strings.Contains(user.Said(), "Removed a container of web") {
		t.Errorf("got %q removed and %q, want this user's of this name", e.removed, user.Said())
	}
}

func TestAttend_WithoutAStateDirectoryRunsAllTheSame(t *testing.T) {
	t.Parallel()
	n, user := given(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	n.Statuses = status.New(filepath.Join(file, "statuses"))
	here, err := n.Attend(t.Context(), &engine{}, runconfig.SaveTarget{Name: "web"}, web)
	if err != nil {
		t.Fatal(err)
	}
	if got := here.Spec(web); got.Labels[supervisor.LabelForeground] != "" || !strings.Contains(user.Said(), "thv does not find it") {
		t.Errorf("got %+v and %q, want the run as it is, and what that means said", got, user.Said())
	}
	here.End(nil)
}

func TestConflict_AndKeeps(t *testing.T) {
	t.Parallel()
	n, _ := given(t)
	if err := n.Conflict("web", false); err != nil || n.Keeps("web") != "" {
		t.Errorf("free: got %v and %q, want neither", err, n.Keeps("web"))
	}
	if err := n.Statuses.Write(status.Status{Name: "web", State: status.Stopped, ShouldRun: true}); err != nil {
		t.Fatal(err)
	}
	if err := n.Conflict("web", false); !errors.Is(err, secret.ErrConflict) || !strings.Contains(err.Error(), "is a detached workload; thv stop web") {
		t.Errorf("wanted: got %v, want a conflict", err)
	}
	if err := n.Conflict("web", true); err != nil {
		t.Errorf("wanted, and the run is apart: got %v, want nil", err)
	}
	if !strings.Contains(n.Keeps("web"), "is a detached workload") {
		t.Errorf("wanted: got %q, want why it stays", n.Keeps("web"))
	}
	lock, err := n.Statuses.Lock("web")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if err := n.Statuses.Write(status.Status{Name: "web", State: status.Running, ShouldRun: true}); err != nil {
		t.Fatal(err)
	}
	if err := n.Conflict("web", true); !errors.Is(err, secret.ErrConflict) || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("runs: got %v, want a conflict also for a run apart", err)
	}
}
