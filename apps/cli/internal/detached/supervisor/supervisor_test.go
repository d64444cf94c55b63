package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestRun_LabelsAndStops(t *testing.T) {
	b := newBench(t)
	b.run(t.Context())
	p := b.runtime.last()
	owner, err := b.config.Statuses.Owner()
	want := fmt.Sprint(map[string]string{"own": "1", Label: "true", LabelName: "web", LabelOwner: owner})
	if err != nil || fmt.Sprint(p.spec.Labels) != want || p.spec.Name != "web" {
		t.Errorf("labels %v, name %s, want %v (%v)", p.spec.Labels, p.spec.Name, want, err)
	}
	if len(b.config.Spec.Labels) != 1 {
		t.Error("the caller's labels were changed")
	}
	if st := b.until(is(status.Running)); st.Container != p.id || !st.ShouldRun || st.Socket != b.socket {
		t.Errorf("%+v", st)
	}
	if _, err := New(b.config); !errors.Is(err, status.ErrHeld) {
		t.Errorf("a second one: %v", err)
	}
	if _, err := b.call("dance"); !errors.Is(err, secret.ErrUnsupported) {
		t.Error(err)
	}
	b.stop()
	if st, _ := b.config.Statuses.Read("web"); st.ShouldRun || p.status != 143 {
		t.Errorf("%+v, ended with %d", st, p.status)
	}
}

func TestRun_MasksNewValuesAndOld(t *testing.T) {
	b := newBench(t)
	b.run(t.Context())
	b.value = func() (string, error) { return "canary-two", nil }
	answer, err := b.call(control.Restart)
	if err != nil || answer.Container != "container-1" {
		t.Fatalf("%v %v", answer, err)
	}
	p := b.runtime.last()
	print(p.streams.Out, "canary-one canary-two\n")
	print(p.streams.Err, "canary-two canary-one\n")
	b.stop()
	if text := b.log(); strings.Contains(text, "canary") || strings.Count(text, secret.Redacted) != 4 {
		t.Error(text)
	}
	if got := b.runtime.starts; len(got) != 2 || got[0] == got[1] {
		t.Error(got)
	}
}

func TestRun_AFailedResolutionLeavesTheOldWorkload(t *testing.T) {
	b := newBench(t)
	b.run(t.Context())
	b.value = func() (string, error) { return "", secret.ErrLocked }
	if _, err := b.call(control.Restart); !errors.Is(err, secret.ErrLocked) {
		t.Error(err)
	}
	select {
	case <-b.runtime.last().over:
		t.Error("it was ended")
	default:
	}
	if st := b.until(is(status.Running)); st.Container != "container-0" {
		t.Errorf("%+v", st)
	}
	b.stop()
}

func TestRun_FollowsThePolicy(t *testing.T) {
	for _, test := range []struct {
		policy string
		exit   int
		want   status.State
	}{
		{workload.RestartNo, 0, status.Stopped}, {workload.RestartNo, 3, status.Failed}, {workload.RestartOnFailure, 0, status.Stopped}, {"", 0, status.Stopped},
		{"", 3, status.Restarting}, {workload.RestartOnFailure, 3, status.Restarting}, {workload.RestartAlways, 0, status.Restarting}, {workload.RestartAlways, 3, status.Restarting},
	} {
		t.Run(fmt.Sprintf("%s-%d", test.policy, test.exit), func(t *testing.T) {
			b := newBench(t)
			b.config.Spec.Restart = test.policy
			b.run(t.Context())
			b.runtime.last().end(test.exit, nil)
			if test.want != status.Restarting {
				if st := b.over(test.want); st.ShouldRun || st.LastEnd.ExitCode != test.exit {
					t.Errorf("%+v", st)
				}
				return
			}
			st := b.until(is(status.Restarting))
			if st.NextTry == nil || st.LastEnd.ExitCode != test.exit || !st.ShouldRun || st.Container != "" {
				t.Errorf("%+v", st)
			}
			if st := b.until(is(status.Running)); st.Restarts != 1 || st.Container != "container-1" {
				t.Errorf("%+v", st)
			}
			b.stop()
		})
	}
}

func TestRun_KeepsInputOpenForStdioOnly(t *testing.T) {
	b := newBench(t)
	b.config.Spec.Transport = workload.TransportStdio
	b.run(t.Context())
	ended := make(chan error)
	go func() {
		_, err := io.ReadAll(b.runtime.last().streams.In)
		ended <- err
	}()
	b.stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	b = newBench(t)
	b.config.Spec.Transport = "sse"
	b.run(t.Context())
	if b.runtime.last().streams.In != nil {
		t.Error("a server over HTTP has an input")
	}
	b.stop()
}

func TestRun_AStartThatFailsLeavesItsReason(t *testing.T) {
	b := newBench(t)
	b.runtime.begin = func(context.Context, int) error { return fmt.Errorf("%w: no image", secret.ErrNotFound) }
	b.begin(t.Context())
	if err := <-b.ended; !errors.Is(err, secret.ErrNotFound) {
		t.Error(err)
	}
	if st := b.until(is(status.Failed)); st.ShouldRun || st.LastEnd.ExitCode != terminal.ExitNotFound {
		t.Errorf("%+v", st)
	}
}

func TestRun_PersistsWhereTheEngineIsNotThereYet(t *testing.T) {
	b := newBench(t)
	b.config.Persist = true
	b.runtime.begin = func(_ context.Context, n int) error {
		if n == 0 {
			return secret.ErrUnavailable
		}
		return nil
	}
	b.begin(t.Context())
	if err := <-b.told; !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	b.until(is(status.Running))
	b.stop()
}

func TestRun_StopEndsAStart(t *testing.T) {
	b := newBench(t)
	entered := make(chan struct{})
	b.runtime.begin = func(ctx context.Context, _ int) error { close(entered); <-ctx.Done(); return ctx.Err() }
	b.begin(t.Context())
	<-entered
	if _, err := b.call(control.Stop); err != nil {
		t.Error(err)
	}
	if err := <-b.ended; !errors.Is(err, errStopped) {
		t.Error(err)
	}
	b.until(is(status.Stopped))
}

func TestRun_AStarterThatGoesAwayLeavesNothing(t *testing.T) {
	for _, former := range []status.State{"", status.Stopped, status.Lost} {
		b := newBench(t)
		if former != "" {
			if err := b.config.Statuses.Write(status.Status{Name: "web", State: former, Restarts: 7}); err != nil {
				t.Fatal(err)
			}
		}
		gone, entered := make(chan struct{}), make(chan struct{})
		b.config.Abandoned = gone
		b.runtime.begin = func(ctx context.Context, _ int) error { close(entered); <-ctx.Done(); return ctx.Err() }
		b.begin(t.Context())
		<-entered
		close(gone)
		if err := <-b.ended; !errors.Is(err, ErrAbandoned) {
			t.Error(err)
		}
		st, err := b.config.Statuses.Read("web")
		if former == "" && !errors.Is(err, secret.ErrNotFound) || former != "" && st.Restarts != 7 {
			t.Errorf("after %q: %+v %v", former, st, err)
		}
	}
}

// A run that would have replaced what is saved, and does not start, leaves what is said
// of the one that is saved.
func TestRun_AFailedReplacementLeavesTheFormerStatus(t *testing.T) {
	for _, former := range []status.State{"", status.Stopped, status.Failed, status.Lost, status.Running} {
		for _, stop := range []bool{false, true} {
			b := newBench(t)
			b.config.Replaces = true
			if stop { // an earlier workload has left a log
				if err := os.WriteFile(b.config.LogPath, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if former != "" {
				if err := b.config.Statuses.Write(status.Status{Name: "web", State: former, Image: "example/old:1", ShouldRun: true}); err != nil {
					t.Fatal(err)
				}
			}
			entered := make(chan struct{})
			b.runtime.begin = func(ctx context.Context, _ int) error {
				close(entered)
				if stop {
					<-ctx.Done()
				}
				return fmt.Errorf("%w: no image", secret.ErrNotFound)
			}
			b.begin(t.Context())
			<-entered
			if stop {
				if _, err := b.call(control.Stop); err != nil {
					t.Error(err)
				}
			}
			if err := <-b.ended; err == nil {
				t.Error("it has started")
			}
			st, err := b.config.Statuses.Read("web")
			want := former
			if former == status.Running {
				want = status.Stopped
			}
			if former == "" && !errors.Is(err, secret.ErrNotFound) || former != "" && (st.State != want || st.Image != "example/old:1" || st.ShouldRun == stop) {
				t.Errorf("after %q, stopped %v: %+v %v", former, stop, st, err)
			}
			if _, err := os.Stat(b.config.LogPath); stop != (err == nil) {
				t.Errorf("after %q, stopped %v: got %v of the log, want it only if it was there before", former, stop, err)
			}
		}
	}
}

func TestRun_AStarterGoesAwayAfterItWasTold(t *testing.T) {
	b := newBench(t)
	gone := make(chan struct{})
	b.config.Abandoned = gone
	told := b.config.Started
	b.config.Started = func(st status.Status, err error) { close(gone); told(st, err) }
	b.run(t.Context())
	if _, err := b.call(control.Restart); err != nil {
		t.Error(err)
	}
	b.stop()
}

func TestRun_ASignalLeavesItWanted(t *testing.T) {
	b := newBench(t)
	ctx, end := context.WithCancel(t.Context())
	b.run(ctx)
	end()
	if st := b.over(status.Stopped); !st.ShouldRun {
		t.Errorf("%+v", st)
	}
}

func TestRun_TakesThePlaceOfWhatIsLeft(t *testing.T) {
	b := newBench(t)
	if err := b.config.Statuses.Write(status.Status{Name: "web", State: status.Running}); err != nil {
		t.Fatal(err)
	}
	b.runtime.found = []workload.Instance{{ID: "left"}}
	b.run(t.Context())
	if got := b.runtime.removed; len(got) != 1 || b.runtime.count() != 1 {
		t.Errorf("removed %v, %d starts", got, b.runtime.count())
	}
	b.stop()
}

func TestRun_ANameThatIsTaken(t *testing.T) {
	for _, own := range []bool{true, false} {
		b := newBench(t)
		b.runtime.begin = func(_ context.Context, n int) error {
			if n == 0 || !own {
				return fmt.Errorf("%w: name taken", secret.ErrConflict)
			}
			return nil
		}
		if own {
			b.runtime.found = []workload.Instance{{ID: "left"}}
			b.run(t.Context())
			b.stop()
			continue
		}
		b.begin(t.Context())
		if err := <-b.ended; !errors.Is(err, secret.ErrConflict) || b.runtime.count() != 1 {
			t.Errorf("%v, %d starts", err, b.runtime.count())
		}
	}
}

// What is left where the engine went away is removed first, and where that cannot
// be done, it is said.
func TestRun_TheEngineGoesAway(t *testing.T) {
	b := newBench(t)
	b.run(t.Context())
	b.runtime.mu.Lock()
	b.runtime.find = secret.ErrUnavailable
	b.runtime.mu.Unlock()
	b.runtime.last().end(0, fmt.Errorf("%w: gone", secret.ErrUnavailable))
	b.until(func(st status.Status) bool {
		return st.State == status.Restarting && st.LastEnd.ExitCode == terminal.ExitUnavailable
	})
	if _, err := b.call(control.Stop); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	if st := b.over(status.Unknown); st.ShouldRun || b.runtime.count() != 1 {
		t.Errorf("%+v, %d starts", st, b.runtime.count())
	}
	b.runtime.find, b.runtime.found = nil, []workload.Instance{{ID: "left"}}
	b.run(t.Context())
	if len(b.runtime.removed) != 1 {
		t.Error(b.runtime.removed)
	}
	b.stop()
}
