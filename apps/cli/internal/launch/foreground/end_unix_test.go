//go:build !windows

package foreground

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/workload"
)

const roleVariable = "THV_FOREGROUND_ROLE"

// TestMain makes the test program also a command whose output has no reader.
func TestMain(m *testing.M) {
	role, ok := os.LookupEnv(roleVariable)
	if !ok {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT) // which nohup ignores, and tests send
		os.Exit(m.Run())
	}
	e := &engine{prints: "this is not read"}
	w, _ := attached(e, role == "masked")
	w.Streams = terminal.System()
	err := Run(context.Background(), w)
	if !e.waited {
		os.Exit(1)
	}
	os.Exit(terminal.ExitCode(err))
}

func TestRun_OutputThatNobodyReadsEndsTheWorkload(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"masked", "plain"} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = reader.Close()
		cmd := exec.Command(program)
		cmd.Env, cmd.Stdout = append(os.Environ(), roleVariable+"="+role), writer
		var said strings.Builder
		cmd.Stderr = &said
		_ = cmd.Run()
		_ = writer.Close()
		if cmd.ProcessState.ExitCode() != 141 || said.Len() > 0 {
			t.Errorf("%s: %v, %s", role, cmd.ProcessState, said.String())
		}
	}
}

func TestAnswer_OfABrokenPipe(t *testing.T) {
	broken := &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	left := errors.Join(broken, workload.ErrInvalidSpec, context.DeadlineExceeded)
	for _, test := range []struct {
		status       int
		err, closing error
		want         error
	}{
		{0, broken, broken, &terminal.StatusError{Status: 141}},
		{0, nil, broken, &terminal.StatusError{Status: 141}},
		{3, nil, broken, &terminal.StatusError{Status: 3}},
		{0, left, broken, left},
	} {
		got := answer(test.status, test.err, test.closing)
		if got == nil || got.Error() != test.want.Error() {
			t.Errorf("%d, %v, %v: got %v", test.status, test.err, test.closing, got)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestRun_SaysAWritersErrorOnce(t *testing.T) {
	w, _ := attached(&engine{prints: "a line\n"}, true)
	w.Streams.Out = fullDisk{}
	err := Run(context.Background(), w)
	if !errors.Is(err, syscall.ENOSPC) || strings.Count(err.Error(), syscall.ENOSPC.Error()) != 1 {
		t.Errorf("err = %v", err)
	}
}

// The terminal goes away after the workload has got it.
func TestRun_WithoutRawModeNothingRunsOn(t *testing.T) {
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keyboard.Close() }()
	e := resident()
	var output io.Writer
	e.onStart = func(s workload.Streams) {
		output = s.Out
		_ = screen.Close()
	}
	w, _ := attached(e, true)
	w.Streams = &terminal.Streams{In: screen, Out: screen, Err: screen}
	if err := Run(context.Background(), w); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if !e.waited {
		t.Error("the workload runs on")
	}
	if _, err := output.Write([]byte("late")); err == nil {
		t.Error("what is printed late is taken")
	}
}

func TestMasked_WriteAfterCloseIsErrClosed(t *testing.T) {
	w := masked(func() *mask.Masker { return mask.New(nil) }, io.Discard)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("late")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("err = %v", err)
	}
}

func TestRun_SignalsEndAStart(t *testing.T) {
	for sig, want := range map[syscall.Signal]int{
		syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129, syscall.SIGQUIT: 131,
	} {
		e := &engine{starting: make(chan struct{})}
		w, _ := attached(e, true)
		ended := make(chan error, 1)
		go func() { ended <- Run(context.Background(), w) }()
		<-e.starting
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		err := <-ended
		if terminal.ExitCode(err) != want || err.Error() != "interrupted" || !errors.Is(err, context.Canceled) {
			t.Errorf("%v: %v, status %d", sig, err, terminal.ExitCode(err))
		}
	}
}

// Once it was told to end, a workload that has started nevertheless is ended.
func TestStart_InterruptedTooLateEndsWhatHasStarted(t *testing.T) {
	e := resident()
	w, _ := attached(e, true)
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	_, err := start(context.Background(), Workload{Runtime: late{e}, Streams: w.Streams}, workload.Streams{Out: io.Discard}, signals)
	if terminal.ExitCode(err) != 143 || err.Error() != "interrupted" || !e.waited {
		t.Errorf("%v, waited %v", err, e.waited)
	}
}

// late starts whether it is interrupted or not.
type late struct{ *engine }

func (l late) Start(ctx context.Context, spec workload.Spec, environment workload.Environment, s workload.Streams) (workload.Process, error) {
	<-ctx.Done()
	_, _ = l.engine.Start(ctx, spec, environment, s)
	return l.engine, nil
}
