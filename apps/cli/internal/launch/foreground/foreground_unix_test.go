//go:build !windows

package foreground

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// engine starts itself: it prints and then does what its fields say.
type engine struct {
	prints   string
	startErr error
	status   int
	onStart  func(workload.Streams)
	// starting is closed in a Start that lasts until it is interrupted.
	starting chan struct{}
	broken   error
	waited   bool
	// until ends Wait; nil ends it at once.
	until chan struct{}

	mu      sync.Mutex
	signals []os.Signal
	got     chan os.Signal
	running chan struct{}
}

// resident is an engine whose workload runs until it is told to end.
func resident() *engine {
	return &engine{until: make(chan struct{}), got: make(chan os.Signal, 8), running: make(chan struct{})}
}

func (e *engine) Check(context.Context) error { return nil }

func (e *engine) Start(ctx context.Context, _ workload.Spec, _ workload.Environment, s workload.Streams) (workload.Process, error) {
	if e.startErr != nil {
		return nil, e.startErr
	}
	if e.starting != nil {
		close(e.starting)
		<-ctx.Done()
		return nil, fmt.Errorf("pull: %w", ctx.Err())
	}
	if e.onStart != nil {
		e.onStart(s)
	}
	if _, err := io.WriteString(s.Out, e.prints); err != nil {
		e.broken = fmt.Errorf("writing the output: %w", err)
	}
	return e, ctx.Err()
}

func (e *engine) Wait(ctx context.Context) (int, error) {
	e.waited = true
	if e.broken != nil {
		return 0, e.broken
	}
	if e.until == nil {
		return e.status, nil
	}
	close(e.running)
	select {
	case <-e.until:
		return e.status, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (e *engine) Signal(_ context.Context, sig os.Signal) error {
	e.mu.Lock()
	e.signals = append(e.signals, sig)
	e.mu.Unlock()
	e.got <- sig
	return nil
}

func (e *engine) Resize(context.Context, workload.Size) error { return nil }

func attached(e *engine, masking bool) (Workload, *bytes.Buffer) {
	var out bytes.Buffer
	environment := workload.NewEnvironment(nil)
	if err := environment.SetSecret("KEY", secret.NewValue([]byte("canary-51"))); err != nil {
		panic(err)
	}
	return Workload{
		Runtime: e, Environment: environment, Masking: masking,
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: &out, Err: io.Discard},
	}, &out
}

func TestRun_MasksWhatIsPrinted(t *testing.T) {
	for masking, want := range map[bool]string{true: "a [redacted] b", false: "a canary-51 b"} {
		w, out := attached(&engine{prints: "a canary-51 b"}, masking)
		if err := Run(context.Background(), w); err != nil || out.String() != want {
			t.Errorf("masking %v: %q, %v", masking, out, err)
		}
	}
}

func TestRun_WritesWhatIsHeldBackAtTheEnd(t *testing.T) {
	w, out := attached(&engine{prints: "ends like canary-"}, true)
	if err := Run(context.Background(), w); err != nil || out.String() != "ends like canary-" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestRun_AnswersTheWorkloadsStatus(t *testing.T) {
	w, _ := attached(&engine{status: 42}, true)
	var status *terminal.StatusError
	if err := Run(context.Background(), w); !errors.As(err, &status) || status.Status != 42 {
		t.Errorf("err = %v", err)
	}
}

func TestRun_AnswersWhyItDidNotStart(t *testing.T) {
	w, _ := attached(&engine{startErr: workload.ErrNoCommand}, true)
	if err := Run(context.Background(), w); !errors.Is(err, workload.ErrNoCommand) {
		t.Errorf("err = %v", err)
	}
}

func TestRun_StartsNothingOnceInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w, _ := attached(&engine{}, true)
	if err := Run(ctx, w); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestRun_PassesSignalsOn(t *testing.T) {
	e := resident()
	w, _ := attached(e, true)
	ended := make(chan error, 1)
	go func() { ended <- Run(context.Background(), w) }()
	sent := []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGINT}
	<-e.running
	for _, sig := range sent {
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		if got := <-e.got; got != sig {
			t.Errorf("got %v, want %v", got, sig)
		}
	}
	close(e.until)
	if err := <-ended; err != nil {
		t.Errorf("after its end: %v", err)
	}
}

func TestRun_ThreeInterruptsEndWhatDoesNotHeedThem(t *testing.T) {
	e := resident()
	w, _ := attached(e, true)
	ended := make(chan error, 1)
	go func() { ended <- Run(context.Background(), w) }()
	<-e.running
	for i := range maxInterrupts {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if i < maxInterrupts-1 {
			<-e.got
		}
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.signals) != maxInterrupts-1 {
		t.Errorf("passed on: %v", e.signals)
	}
}
