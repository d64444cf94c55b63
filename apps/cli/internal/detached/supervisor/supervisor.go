// Package supervisor runs one detached workload until it is stopped: it restarts the
// workload by its policy, writes its log and its status, and serves requests on its
// socket.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// DefaultGrace is the default time for a workload to exit after its signal.
const DefaultGrace = 10 * time.Second

// Config configures a [Supervisor].
type Config struct {
	Name    string
	Spec    workload.Spec
	URL     string
	Runtime workload.Runtime
	// Resolve returns a freshly resolved environment.
	Resolve  func(context.Context) (workload.Environment, error)
	Statuses *status.Store
	// LogPath is the log's file.
	LogPath string
	// SocketFolders are tried in this order.
	SocketFolders []string
	// Progress receives messages of the first start for the user; nil discards them.
	Progress func(string)
	// Started is called once, when the workload runs or, with Persist, is tried
	// again because of err.
	Started func(st status.Status, err error)
	// Commit saves the workload after its first start; nil does nothing. After an error the
	// workload is stopped, and the start has failed.
	Commit func() error
	// Replaces is true if another run, or none, is saved under the name until Commit. A first
	// start that fails keeps the status of that run, or leaves neither status nor log.
	Replaces bool
	// Persist tries a first start again that fails because the engine or a
	// provider is unavailable.
	Persist bool
	// Abandoned, if it is closed before Started is called, ends the supervisor as if it
	// had never been started.
	Abandoned <-chan struct{}
}

// Supervisor runs one workload. Make it with New, and call Run once.
type Supervisor struct {
	config   Config
	owner    string
	lock     *status.Lock
	listener *net.UnixListener
	log      *logfile.Log
	orders   chan order
	// reported is closed once Started is called, and ran is whether the workload ever
	// has.
	reported chan struct{}
	ran      bool
	// committed is true after Commit was called, and failed is why the last start failed.
	committed bool
	failed    error
	// former is the status that was there before.
	former    status.Status
	hadFormer bool
	hadLog    bool // whether there was a log before this start
	// orphanPossible is true if there may be a container that this supervisor does not know.
	orphanPossible bool
	backOff        backOff

	record record
	values []secret.Value // of all starts, since output may come late
	masker *mask.Masker
}

// order is a request with the channel for its answer.
type order struct {
	control.Request
	answer chan control.Answer
	// change, if not nil, is ordered instead of Request, and its outcome goes to
	// result.
	change *change
	result chan error
}

// ErrAbandoned is the end of a supervisor whose starter went away.
var ErrAbandoned = fmt.Errorf("%w: the command that started the workload went away", context.Canceled)

// New takes the lock of the workload. If another supervisor holds it, the error is
// status.ErrHeld.
func New(c Config) (*Supervisor, error) {
	lock, err := c.Statuses.Lock(c.Name)
	if err != nil {
		return nil, err
	}
	s := &Supervisor{config: c, lock: lock, orders: make(chan order), reported: make(chan struct{})}
	if c.Progress == nil {
		s.config.Progress = func(string) {}
	}
	s.former, err = c.Statuses.Read(c.Name)
	s.hadFormer = err == nil
	s.orphanPossible = !errors.Is(err, secret.ErrNotFound) && (err != nil || uncertain(s.former.State)) || leftBehind(c.Statuses, c.Name)
	if s.owner, err = c.Statuses.Owner(); err != nil {
		lock.Release()
		return nil, err
	}
	if s.listener, err = control.Listen(c.SocketFolders, s.owner, c.Name); err != nil {
		lock.Release()
		return nil, err
	}
	_, err = os.Lstat(c.LogPath)
	s.hadLog = err == nil
	s.log = logfile.New(c.LogPath, s.logProblem)
	s.record = record{store: c.Statuses, unwritten: s.logUnwritten, status: status.Status{
		Schema: status.Schema, Name: c.Name, Image: c.Spec.Image, Transport: c.Spec.Transport, URL: c.URL,
		Restart: string(policy(c.Spec)), ShouldRun: true, PID: os.Getpid(), Socket: s.listener.Addr().String(),
	}}
	s.config.Spec.Name = c.Name
	s.config.Spec.Labels = labelled(c.Spec.Labels, c.Name, s.owner)
	return s, nil
}

// leftBehind reports whether a foreground run of name was killed, and may have left
// its container.
func leftBehind(statuses *status.Store, name string) bool {
	_, gone, _ := statuses.Runs() // what cannot be read says nothing
	return slices.ContainsFunc(gone, func(r status.Run) bool { return r.Name == name })
}

// policy is spec's, which has been validated.
func policy(spec workload.Spec) workload.RestartPolicy {
	kind, _ := workload.ParseRestartPolicy(spec.Restart)
	return kind
}

// Run runs the workload until it is stopped, has ended for good, or ctx is done,
// which leaves it wanted. The error is that of a start which failed before Started
// was called.
func (s *Supervisor) Run(ctx context.Context) error {
	defer s.lock.Release()
	defer s.log.Close()
	serving, done := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan struct{})
	go func() { defer close(served); control.Serve(serving, s.listener, s.handleRequest) }()
	defer func() { // answer the request to stop before the process exits
		_ = s.listener.Close()
		done()
		<-served
	}()
	go func() { _ = Sweep(serving, s.config.Runtime, s.config.Statuses) }() // the next command tries again
	if s.config.Abandoned != nil {
		var abandon context.CancelCauseFunc
		ctx, abandon = context.WithCancelCause(ctx)
		defer abandon(nil)
		go s.watchStarter(ctx, abandon)
	}
	return s.run(ctx)
}

// watchStarter ends ctx with ErrAbandoned if the starter goes away before the start is
// reported to it.
func (s *Supervisor) watchStarter(ctx context.Context, abandon context.CancelCauseFunc) {
	select {
	case <-ctx.Done():
	case <-s.reported:
	case <-s.config.Abandoned:
		select {
		case <-s.reported: // it has its report
		default:
			abandon(ErrAbandoned)
		}
	}
}

// handleRequest passes a request on to the loop, and waits for what comes of it.
func (s *Supervisor) handleRequest(ctx context.Context, r control.Request) control.Answer {
	o := order{Request: r, answer: make(chan control.Answer, 1)}
	select {
	case s.orders <- o:
	case <-ctx.Done():
		return answerWhileExiting(r)
	}
	select {
	case a := <-o.answer:
		return a
	case <-ctx.Done():
		select {
		case a := <-o.answer:
			return a
		default:
			return answerWhileExiting(r)
		}
	}
}

// answerWhileExiting returns the answer to a request that arrived while the supervisor was exiting: the
// workload no longer runs.
func answerWhileExiting(r control.Request) control.Answer {
	if r.Verb == control.Stop {
		return control.Answer{}
	}
	return control.Answer{Failure: control.NewFailure(errEnded)}
}

var errEnded = fmt.Errorf("%w: the supervisor ends just now", secret.ErrUnavailable)

func (o order) done(container string, err error) {
	if o.change != nil {
		o.result <- err
		return
	}
	o.answer <- control.Answer{Container: container, Failure: control.NewFailure(err)}
}
