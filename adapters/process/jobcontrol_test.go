//go:build unix

package process

import (
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// halts waits for a stop.
func (r *run) halts(t *testing.T, want os.Signal) {
	t.Helper()
	select {
	case got := <-r.Process.(workload.JobControlled).Stops():
		if got != want {
			t.Errorf("stopped by %v, want %v", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("it is not stopped: %q", r.out.String())
	}
}

func (r *run) goesOn(t *testing.T, foreground bool) {
	t.Helper()
	if err := r.Process.(workload.JobControlled).Continue(foreground); err != nil {
		t.Fatal(err)
	}
}

func TestStops_OfAProcessWithAPseudoTerminal(t *testing.T) {
	in, feed := io.Pipe()
	r := shell(t, workload.Streams{In: in, Terminal: true}, "echo ready; read line; echo got $line; exit 3")
	r.out.await(t, "ready")
	_, _ = feed.Write([]byte{26})
	r.halts(t, syscall.SIGTSTP)
	r.goesOn(t, false)
	r.halts(t, syscall.SIGTTIN) // it still reads
	r.goesOn(t, true)
	_, _ = io.WriteString(feed, "typed\n")
	r.out.await(t, "got typed")
	if code := r.wait(t); code != 3 {
		t.Error(code)
	}
	_ = feed.Close()
}

// What it printed before is there when the stop is told.
func TestStops_ComeAfterTheOutput(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		for range 20 {
			r := shell(t, workload.Streams{In: endless(t), Terminal: terminal}, "echo cleared; kill -TSTP $$; exit 4")
			r.halts(t, syscall.SIGTSTP)
			if got := r.out.String(); got != "cleared\n" && got != "cleared\r\n" {
				t.Errorf("terminal %v: %q", terminal, got)
			}
			r.goesOn(t, true)
			if code := r.wait(t); code != 4 {
				t.Error(code)
			}
		}
	}
}

// A process of which thv does not follow SIGSTOP is stopped and continued by others.
func TestStops_LeaveOutSIGSTOPWithoutATerminal(t *testing.T) {
	r := shell(t, workload.Streams{In: endless(t)}, "echo ready; kill -STOP $$; kill -TSTP $$; exit 5")
	r.out.await(t, "ready")
	pid := r.Process.(*running).pid
	eventually(t, "it is stopped", func() bool { return stillStopped(pid) })
	if err := r.Signal(t.Context(), syscall.SIGCONT); err != nil {
		t.Error(err)
	}
	r.halts(t, syscall.SIGTSTP)
	r.goesOn(t, false)
	if code := r.wait(t); code != 5 {
		t.Error(code)
	}
}

func TestSignal_EndsAProcessThatIsStopped(t *testing.T) {
	r := shell(t, workload.Streams{In: endless(t)}, "kill -TTIN $$; sleep 600")
	r.halts(t, syscall.SIGTTIN)
	if err := r.Process.(workload.JobControlled).Continue(true); !errors.Is(err, secret.ErrUnsupported) {
		t.Errorf("it has no terminal to read: %v", err)
	}
	if err := r.Signal(t.Context(), syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if code := r.wait(t); code != 143 {
		t.Error(code)
	}
}

func TestStart_ErrorsComeFromBelowAMonitor(t *testing.T) {
	config := Config{Environ: os.Environ(), Monitor: self(t)}
	spec := workload.Spec{Command: []string{"./process.go"}}
	_, err := New(config).Start(t.Context(), spec, workload.NewEnvironment(nil), workload.Streams{Out: io.Discard, Err: io.Discard, Terminal: true})
	if !errors.Is(err, workload.ErrCannotExecute) {
		t.Error(err)
	}
}
