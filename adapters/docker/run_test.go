package docker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestRun_OutputErrorAndStatusAreTheWorkloads(t *testing.T) {
	r, image := engine(t, Config{})
	tests := map[string]struct {
		args []string
		in   io.Reader
		want result
	}{
		"output":      {[]string{"echo", "to out", "to err"}, nil, result{"to out", "to err", 0}},
		"status":      {[]string{"exit", "42"}, nil, result{"", "", 42}},
		"input":       {[]string{"cat"}, strings.NewReader("a\x00b\xff\r\n"), result{"a\x00b\xff\r\n", "end of input", 0}},
		"nil input":   {[]string{"cat"}, nil, result{"", "end of input", 0}},
		"empty input": {[]string{"cat"}, strings.NewReader(""), result{"", "end of input", 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, r, spec(t, image, test.args...), test.in)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRun_OutputOf100MBArrivesWhole(t *testing.T) {
	r, image := engine(t, Config{})
	const size = 100 << 20
	got, want := sha256.New(), sha256.New()
	pattern := make([]byte, 251*4096)
	for i := range pattern {
		pattern[i] = byte(i % 251)
	}
	for left := size; left > 0; {
		n, _ := want.Write(pattern[:min(left, len(pattern))])
		left -= n
	}
	counter := &count{to: got}
	p, err := r.Start(t.Context(), spec(t, image, "flood", fmt.Sprint(size)), workload.Environment{},
		workload.Streams{Out: counter, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(t.Context()); status != 0 || err != nil {
		t.Fatal(status, err)
	}
	if counter.n != size || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("%d bytes of %d, or others", counter.n, size)
	}
}

type count struct {
	to io.Writer
	n  int
}

func (c *count) Write(p []byte) (int, error) {
	c.n += len(p)
	return c.to.Write(p)
}

// Each line is answered before the next one is sent, as in MCP's stdio.
func TestRun_EachLineIsAnsweredAtOnce(t *testing.T) {
	r, image := engine(t, Config{})
	in, lines := io.Pipe()
	out := &sink{}
	p, err := r.Start(t.Context(), spec(t, image, "lines"), workload.Environment{}, workload.Streams{In: in, Out: out, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := fmt.Fprintf(lines, "%d\n", i); err != nil {
			t.Fatal(err)
		}
		out.await(t, fmt.Sprintf("got %d\n", i))
	}
	_ = lines.Close()
	if status, err := p.Wait(t.Context()); status != 0 || err != nil {
		t.Error(status, err)
	}
}

func TestRun_EndsWhileTheInputIsOpen(t *testing.T) {
	r, image := engine(t, Config{})
	in, hold := io.Pipe()
	defer func() { _ = hold.Close() }()
	if got := run(t, r, spec(t, image, "exit", "5"), in); got.status != 5 {
		t.Errorf("status %d", got.status)
	}
}

func TestRun_ClosedOutputIsNoEnd(t *testing.T) {
	r, image := engine(t, Config{})
	if got := run(t, r, spec(t, image, "mute"), nil); got.status != 3 {
		t.Errorf("status %d", got.status)
	}
}

func TestRun_SpecReachesTheContainer(t *testing.T) {
	r, image := engine(t, Config{})
	s := spec(t, image, "where")
	s.Workdir, s.User = "/etc", "app"
	s.Memory, s.CPUs, s.Name = 64<<20, 0.5, fmt.Sprintf("thv-test-%d", os.Getpid())
	if got := run(t, r, s, nil); !strings.HasPrefix(got.out, "/etc 1234:") {
		t.Errorf("%q", got.out)
	}
	file := filepath.Join(hostDirectory(t, r), "file")
	if err := os.WriteFile(file, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	give(t, r, file)
	s = spec(t, image, "file", "/data/file")
	s.Volumes = []string{filepath.Dir(file) + ":/data:ro"}
	if got := run(t, r, s, nil); got.out != "hello <nil> false" {
		t.Errorf("%q", got.out)
	}
	s.Volumes = []string{filepath.Dir(file) + ":/data"}
	if got := run(t, r, s, nil); got.out != "hello <nil> true" {
		t.Errorf("%q", got.out)
	}
}

func TestRun_EnvironmentReachesTheWorkloadOnly(t *testing.T) {
	const canary = "canary-5d1f\n\"quoted\" é"
	var log bytes.Buffer
	r, image := engine(t, Config{Logger: debugLogger(&log)})
	environment := workload.NewEnvironment(map[string]string{"PLAIN": "1"})
	if err := environment.SetSecret("API_KEY", secret.NewValue([]byte(canary))); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p, err := r.Start(t.Context(), spec(t, image, "env", "API_KEY"), environment, workload.Streams{Out: &out, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.String() != canary {
		t.Errorf("%q", out.String())
	}
	if !strings.Contains(log.String(), r.program()+" start") || strings.Contains(log.String(), "canary") {
		t.Errorf("log: %s", log.String())
	}
}

func TestSignal_ReachesTheWorkload(t *testing.T) {
	for _, noInit := range []bool{false, true} {
		t.Run(fmt.Sprint("no init ", noInit), func(t *testing.T) {
			r, image := engine(t, Config{NoInit: noInit})
			out := &sink{}
			p := start(t, r, spec(t, image, "trap"), out)
			out.await(t, "ready")
			if err := p.Signal(t.Context(), syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if status, err := p.Wait(t.Context()); status != 7 || err != nil {
				t.Fatal(status, err)
			}
			if !strings.Contains(out.String(), "terminated") {
				t.Errorf("%q", out.String())
			}
			if err := p.Signal(t.Context(), os.Interrupt); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("after the end: %v", err)
			}
		})
	}
}

func TestSignal_EndByOneIsStatus128More(t *testing.T) {
	r, image := engine(t, Config{})
	for sig, want := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGKILL: 137} {
		out := &sink{}
		p := start(t, r, spec(t, image, "sleep"), out)
		out.await(t, "ready")
		if err := p.Signal(t.Context(), sig); err != nil {
			t.Fatal(err)
		}
		if status, err := p.Wait(t.Context()); status != want || err != nil {
			t.Errorf("%v: status %d, %v", sig, status, err)
		}
	}
}

func TestWait_CancelledLeavesNoContainer(t *testing.T) {
	r, image := engine(t, Config{})
	out := &sink{}
	p := start(t, r, spec(t, image, "sleep"), out)
	out.await(t, "ready")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) || secret.ClassOf(err) != secret.ClassCanceled {
		t.Error(err)
	}
	if left := containers(t, r, t.Name()); len(left) > 0 {
		t.Error(left)
	}
}

func start(t *testing.T, r *Runtime, s workload.Spec, out io.Writer) workload.Process {
	t.Helper()
	p, err := r.Start(t.Context(), s, workload.Environment{}, workload.Streams{Out: out, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cancelled ends a workload.
func cancelled(t *testing.T, p workload.Process) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) || secret.ClassOf(err) != secret.ClassCanceled {
		t.Error(err)
	}
}

func TestTerminal_SizeAndKeysReachTheWorkload(t *testing.T) {
	r, image := engine(t, Config{})
	in, keys := io.Pipe()
	defer func() { _ = keys.Close() }()
	out := &sink{}
	p, err := r.Start(t.Context(), spec(t, image, "size", "101"), workload.Environment{}, workload.Streams{
		In: in, Out: out, Err: io.Discard, Terminal: true, Size: workload.Size{Columns: 101, Rows: 43},
	})
	if err != nil {
		t.Fatal(err)
	}
	out.await(t, "101x43\r\n")
	if err := p.Resize(t.Context(), workload.Size{Columns: 55, Rows: 12}); err != nil {
		t.Fatal(err)
	}
	out.await(t, "55x12\r\n")
	// The Engine's usual detach keys: the terminal echoes them, no more.
	if _, err := keys.Write([]byte("\x10\x11x")); err != nil {
		t.Fatal(err)
	}
	out.await(t, "^Px")
	if _, err := keys.Write([]byte("\r")); err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(t.Context()); status != 0 || err != nil {
		t.Error(status, err)
	}
}

func TestTerminal_CtrlCEndsTheWorkload(t *testing.T) {
	r, image := engine(t, Config{})
	in, keys := io.Pipe()
	defer func() { _ = keys.Close() }()
	out := &sink{}
	p, err := r.Start(t.Context(), spec(t, image, "sleep"), workload.Environment{},
		workload.Streams{In: in, Out: out, Err: io.Discard, Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	out.await(t, "ready")
	if _, err := keys.Write([]byte("\x03")); err != nil {
		t.Fatal(err)
	}
	if status, err := p.Wait(t.Context()); status != 130 || err != nil {
		t.Error(status, err)
	}
}
