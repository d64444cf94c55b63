package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestSideBySide_KeepsTheOrderAndLeavesBehindWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		got := sideBySide(ctx, []check{
			{"slow", func(context.Context) []finding {
				return []finding{{Subject: "a", Status: ok}, {Subject: "b", Status: ok}}
			}},
			{"hangs", func(context.Context) []finding { <-end; return nil }},
			{"polite", func(ctx context.Context) []finding { <-ctx.Done(); return []finding{{Subject: "c", Status: warning}} }},
		})
		want := []finding{
			{Check: "slow", Subject: "a", Status: ok},
			{Check: "slow", Subject: "b", Status: ok},
			{Check: "hangs", Subject: "hangs", Status: failure, Detail: "did not end in time"},
			{Check: "polite", Subject: "c", Status: warning},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestReport_WorstFindingCountsAndSkippedDoesNot(t *testing.T) {
	for _, c := range []struct {
		found []status
		want  status
	}{
		{nil, ok},
		{[]status{ok, skipped}, ok},
		{[]status{ok, warning, skipped}, warning},
		{[]status{warning, failure, warning}, failure},
	} {
		var findings []finding
		for _, s := range c.found {
			findings = append(findings, finding{Status: s})
		}
		if got := newReport(findings).Status; got != c.want {
			t.Errorf("%v: %s", c.found, got)
		}
	}
}

func TestReport_TextHasALineForEachFindingAndItsFixBelow(t *testing.T) {
	r := newReport([]finding{
		{Check: "files", Subject: "a", Status: ok},
		{Check: "ladder", Subject: "longer", Status: failure, Detail: "two\n  lines\n", Fix: "fix it"},
	})
	want := strings.Join([]string{
		"ok       files   a",
		"FAILURE  ladder  longer  two; lines",
		"         fix it",
		"1 ok, 0 warning, 1 failure, 0 skipped",
		"",
	}, "\n")
	if diff := cmp.Diff(want, r.text()); diff != "" {
		t.Error(diff)
	}
}

func TestReport_JSONWithoutFindingsIsAList(t *testing.T) {
	var out strings.Builder
	if err := newReport([]finding{}).write(&out, terminal.JSON); err != nil || !strings.Contains(out.String(), `"findings": []`) {
		t.Errorf("%s, %v", out.String(), err)
	}
}

func TestTold_TakesTheCommandOutOfTheText(t *testing.T) {
	for text, want := range map[string][2]string{
		"nothing to fix it": {"nothing to fix it", ""},
		"others can read x (mode 0644); run: chmod 600 x":         {"others can read x (mode 0644)", "chmod 600 x"},
		"x is not yours; if it is yours, run: sudo chown 1 'x y'": {"x is not yours; if it is yours", "sudo chown 1 'x y'"},
	} {
		if detail, fix := told(errors.New(text)); detail != want[0] || fix != want[1] {
			t.Errorf("%q: %q, %q", text, detail, fix)
		}
	}
	carried := &secret.Error{Op: "check", Provider: "p", Err: secret.ErrLocked}
	if detail, _ := told(carried); detail != secret.ErrLocked.Error() {
		t.Errorf("carried: %q", detail)
	}
}

func TestEngine_IsNeverAFailure(t *testing.T) {
	denied := fmt.Errorf("%w: no permission", secret.ErrDenied)
	for name, c := range map[string]struct {
		examination examination
		host        string
		want        status
		fix         bool
	}{
		"answers":            {examination{runtime: anEngine{}}, "", ok, false},
		"does not":           {examination{runtime: anEngine{err: secret.ErrUnavailable}}, "", warning, true},
		"refuses":            {examination{runtime: anEngine{err: denied}}, "unix:///x", warning, true},
		"is not installed":   {examination{engineErr: &app.MissingError{Path: "/x"}}, "", warning, true},
		"has a bad address":  {examination{engineErr: workload.ErrInvalidSpec}, "nonsense", warning, true},
		"far, offline":       {examination{runtime: far(denied), offline: true}, "tcp://x:1", skipped, false},
		"far, does not":      {examination{runtime: far(secret.ErrUnavailable)}, "tcp://x:1", warning, true},
		"near, offline":      {examination{runtime: anEngine{}, offline: true}, "unix:///x", ok, false},
		"not there, offline": {examination{engineErr: &app.MissingError{Path: "/x"}, offline: true}, "tcp://x:1", warning, true},
	} {
		c.examination.app = &app.App{Environ: procenv.New([]string{"DOCKER_HOST=" + c.host})}
		got := c.examination.engine(t.Context())
		if len(got) != 1 || got[0].Status != c.want || (got[0].Fix != "") != c.fix {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
