package supervisor

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// A program that cannot be executed is a start that failed, and is not tried again
// whatever the policy is, also where the engine cannot tell.
func TestRun_WhatCannotBeExecutedIsAFailedStart(t *testing.T) {
	for code, class := range map[int]error{127: workload.ErrNoCommand, 126: workload.ErrCannotExecute} {
		for _, unknown := range []error{nil, secret.ErrUnavailable, os.ErrProcessDone} {
			b := newBench(t)
			b.runtime.executed = func(p *fakeProcess) (bool, error) {
				print(p.streams.Err, "[init] exec nosuch failed\n")
				if errors.Is(unknown, os.ErrProcessDone) { // its removal takes its time
					time.AfterFunc(2*unknownWait, func() { p.end(code, nil) })
				} else {
					p.end(code, nil)
				}
				return false, unknown
			}
			b.begin(t.Context())
			if err := <-b.ended; !errors.Is(err, class) || !strings.Contains(err.Error(), "exec nosuch failed") {
				t.Errorf("%d, %v: %v", code, unknown, err)
			}
			st, err := b.config.Statuses.Read("web")
			if err != nil || st.State != status.Failed || st.ShouldRun || st.LastEnd.ExitCode != code || b.runtime.count() != 1 {
				t.Errorf("%d, %v: %+v %v, started %d times", code, unknown, st, err, b.runtime.count())
			}
		}
	}
}

// One that ends before it was seen to run, with another status, has run.
func TestRun_AProgramThatEndsAtOnceHasRun(t *testing.T) {
	b := newBench(t)
	b.config.Spec.Restart = workload.RestartOnFailure
	b.runtime.executed = func(p *fakeProcess) (bool, error) {
		p.end(0, nil)
		return false, os.ErrProcessDone
	}
	b.run(t.Context())
	b.over(status.Stopped)
}

// A later start that cannot be executed, as after the image was changed, is the last.
func TestRun_ARestartThatCannotBeExecutedIsTheLast(t *testing.T) {
	b := newBench(t)
	b.run(t.Context())
	b.runtime.mu.Lock()
	b.runtime.executed = func(p *fakeProcess) (bool, error) {
		p.end(127, nil)
		return false, nil
	}
	b.runtime.mu.Unlock()
	b.runtime.last().end(1, nil)
	if st := b.over(status.Failed); st.LastEnd.ExitCode != 127 || b.runtime.count() != 2 {
		t.Errorf("%+v, started %d times", st, b.runtime.count())
	}
}
