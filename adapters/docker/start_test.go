package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestStart_WhatCannotStartIsClassifiedAndLeavesNothing(t *testing.T) {
	direct, image := engine(t, Config{NoInit: true})
	withInit, _ := engine(t, Config{})
	tests := map[string]struct {
		runtime *Runtime
		change  func(*workload.Spec)
		want    error
		says    string
	}{
		"no command":         {direct, func(s *workload.Spec) { s.Image = bare(t, direct); s.Command = []string{"/nosuch"} }, workload.ErrNoCommand, "/nosuch"},
		"no command in PATH": {direct, func(s *workload.Spec) { s.Image = bare(t, direct); s.Command = []string{"nosuch"} }, workload.ErrNoCommand, "nosuch"},
		"not executable":     {direct, func(s *workload.Spec) { s.Image = bare(t, direct); s.Command = []string{"/plain"} }, workload.ErrCannotExecute, "/plain"},
		"no image":           {withInit, func(s *workload.Spec) { s.Image = "nosuch/image:1" }, secret.ErrNotFound, "pull nosuch/image:1"},
		"no image ID":        {withInit, func(s *workload.Spec) { s.Image = strings.Repeat("0a", 32); s.Pull = "" }, secret.ErrNotFound, "0a0a"},
		"no host directory":  {withInit, func(s *workload.Spec) { s.Volumes = []string{"/no/such/directory:/data"} }, workload.ErrInvalidSpec, "/no/such/directory"},
		"no network":         {withInit, func(s *workload.Spec) { s.Network = "nosuch" }, workload.ErrInvalidSpec, "nosuch"},
		"no user":            {withInit, func(s *workload.Spec) { s.User = "nosuch" }, workload.ErrInvalidSpec, "nosuch"},
		"too little memory":  {withInit, func(s *workload.Spec) { s.Memory = 1 }, workload.ErrInvalidSpec, "memory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := spec(t, image, "exit", "0")
			test.change(&s)
			if known, err := withInit.Describe(t.Context()); s.Memory != 0 && known.Rootless && err == nil {
				t.Skip("a rootless engine may pass limits over: on cgroups v1, Podman does")
			}
			_, err := test.runtime.Start(t.Context(), s, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v", err)
			}
			if left := containers(t, test.runtime, t.Name()); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// bare returns the ID of an image as the probe's, without an entry point.
func bare(t *testing.T, r *Runtime) string {
	t.Helper()
	return importImage(t, r, fmt.Sprintf("thv-test-bare:p%d", os.Getpid()), nil)
}

func TestStart_WithInitTheStatusSaysWhatCannotStart(t *testing.T) {
	r, _ := engine(t, Config{})
	for command, want := range map[string]int{"/nosuch": 127, "/plain": 126} {
		if got := run(t, r, spec(t, bare(t, r), command), nil); got.status != want || !r.isPodman() && !strings.Contains(got.err, command) {
			t.Errorf("%s: %+v", command, got)
		}
	}
}

func TestStart_TakenNameIsConflict(t *testing.T) {
	r, image := engine(t, Config{})
	s := spec(t, image, "sleep")
	s.Name = fmt.Sprintf("thv-test-taken-%d", os.Getpid())
	p := start(t, r, s, io.Discard)
	_, err := r.Start(t.Context(), s, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
	if !errors.Is(err, secret.ErrConflict) || !strings.Contains(err.Error(), "--filter name="+s.Name) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A start is cancelled at moments all over it: whatever it was doing, nothing
// may be left.
func TestStart_CancelledAtAnyMomentLeavesNoContainer(t *testing.T) {
	r, image := engine(t, Config{})
	for range 25 {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(time.Duration(rand.IntN(250))*time.Millisecond, cancel)
		p, err := r.Start(ctx, spec(t, image, "sleep"), workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
		if err == nil {
			cancel()
			_, err = p.Wait(ctx)
		}
		timer.Stop()
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if left := containers(t, r, t.Name()); len(left) > 0 {
			t.Fatalf("left: %v", left)
		}
	}
}

func TestWait_OutputThatNobodyTakesEndsTheWorkload(t *testing.T) {
	r, image := engine(t, Config{})
	p := start(t, r, spec(t, image, "flood", "10000000"), closed{})
	if _, err := p.Wait(t.Context()); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// Neither does output that is not even refused keep a workload from being ended.
func TestWait_CancelledWhileTheOutputIsBlocked(t *testing.T) {
	r, image := engine(t, Config{})
	unread, out := io.Pipe()
	p := start(t, r, spec(t, image, "flood", "10000000"), out)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_ = unread.Close()
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
