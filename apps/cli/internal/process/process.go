// Package process runs workloads as local processes, without a container engine.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// DefaultGrace is how long a process that is told to end may take.
const DefaultGrace = 5 * time.Second

// drainTime is how long output is waited for after a process has ended. Only a
// process that it left behind can still hold the output open then.
const drainTime = 2 * time.Second

// Config configures a Runtime. The zero Config gives processes an environment
// of nothing but what their workload brings.
type Config struct {
	// Environ is what a process inherits, as NAME=VALUE, without what it must
	// not see. The Runtime keeps the slice and does not change it.
	Environ []string
	// Logger gets program names and process ids; nil discards them.
	Logger *slog.Logger
	// Grace is the time between SIGTERM and SIGKILL for a process whose context
	// is done; 0 is DefaultGrace.
	Grace time.Duration
}

// Runtime is a workload.Runtime of local processes. It may be used by many
// goroutines.
//
// # Terminals
//
// With Streams.Terminal a process gets a pseudo-terminal as the controlling
// terminal of a session of its own. The caller has put its own terminal into raw
// mode, so that Ctrl-C travels as a byte, and calls Resize when the size changes.
// At the end of In the process's terminal gets an end-of-file character. On
// Windows there is no pseudo-terminal here: a process gets pipes instead, and
// Resize does nothing.
//
// # Signals
//
// The caller catches the signals that it gets and passes every one of them on
// with Signal, which knows what the process has already had: without a
// pseudo-terminal, where this process has a controlling terminal, both are in
// one process group, so that job control and prompts work, and a Ctrl-C reaches
// both. Signal then leaves SIGINT, SIGQUIT and SIGTSTP out and passes others to
// the process alone. In all other cases the process leads a group, which gets
// every signal.
//
// # Ends
//
// A process whose context is done gets SIGTERM, and SIGKILL after Config.Grace,
// with its group and, on Linux, all its descendants. A process on Linux is also
// killed when this one dies without ending it. What a process that ended by
// itself left running goes on; Wait gives its output 2 seconds and then no
// longer reads it. On Windows the process alone is ended.
type Runtime struct {
	environ []string
	logger  *slog.Logger
	grace   time.Duration
}

var _ workload.Runtime = (*Runtime)(nil)

// New returns a Runtime.
func New(config Config) *Runtime {
	r := &Runtime{environ: config.Environ, logger: config.Logger, grace: config.Grace}
	if r.logger == nil {
		r.logger = slog.New(slog.DiscardHandler)
	}
	if r.grace <= 0 {
		r.grace = DefaultGrace
	}
	return r
}

// Check returns ctx's error: processes can always be tried.
func (*Runtime) Check(ctx context.Context) error { return ctx.Err() }

// Start starts spec.Command, which is looked up in the PATH that the process
// will see. An In that is an *os.File becomes its standard input itself, so that
// no byte of it is read too much; from any other reader, and for a terminal, a
// read that has begun may take bytes that the process does not live to see.
// See workload.Runtime for the rest.
func (r *Runtime) Start(ctx context.Context, spec workload.Spec, environment workload.Environment, streams workload.Streams) (workload.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cmd, err := r.command(spec, environment)
	if err != nil {
		return nil, err
	}
	p := &running{cmd: cmd, grace: r.grace, ended: make(chan struct{}), done: make(chan struct{})}
	if err := p.connect(streams); err != nil {
		p.disconnect()
		return nil, fmt.Errorf("%w: connect the standard streams of %s: %w", secret.ErrUnavailable, spec.Command[0], err)
	}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, classify(spec.Command[0], err)
	}
	r.logger.DebugContext(ctx, "process started", "program", cmd.Path, "pid", cmd.Process.Pid)
	return p, nil
}

// command returns what is to be started. Its Env is the only place where the
// environment is kept.
func (r *Runtime) command(spec workload.Spec, environment workload.Environment) (*exec.Cmd, error) {
	if err := supported(spec); err != nil {
		return nil, err
	}
	env := merge(r.environ, environment.Strings())
	path, err := lookUp(spec.Command[0], spec.Workdir, env)
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{Path: path, Args: spec.Command, Dir: spec.Workdir, Env: env}, nil
}

// supported refuses what only a container can have, rather than leave it out.
func supported(spec workload.Spec) error {
	switch {
	case len(spec.Command) == 0 || spec.Command[0] == "":
		return fmt.Errorf("%w: a local process needs a command", secret.ErrUnsupported)
	case spec.Image != "":
		return fmt.Errorf("%w: a local process has no image", secret.ErrUnsupported)
	case len(spec.Volumes)+len(spec.Publish) > 0 || spec.Network != "":
		return fmt.Errorf("%w: a local process has no volumes, published ports or network of its own", secret.ErrUnsupported)
	case spec.User != "" || spec.Memory != 0 || spec.CPUs != 0:
		return fmt.Errorf("%w: a local process runs as this user and without limits", secret.ErrUnsupported)
	}
	if spec.Workdir != "" {
		if info, err := os.Stat(spec.Workdir); err != nil || !info.IsDir() {
			return fmt.Errorf("%w: the working directory %s is not there or no directory", workload.ErrCannotExecute, spec.Workdir)
		}
	}
	return nil
}

// connect makes the ends of the standard streams.
func (p *running) connect(streams workload.Streams) error {
	if streams.Terminal && terminals {
		return p.connectTerminal(streams)
	}
	shareGroup(p)
	switch in := streams.In.(type) {
	case nil:
	case *os.File:
		p.cmd.Stdin = in
	default:
		theirs, ours, err := os.Pipe()
		if err != nil {
			return err
		}
		p.cmd.Stdin, p.theirs = theirs, append(p.theirs, theirs)
		p.input = &input{from: in, to: ours, finish: func(bool) { _ = ours.Close() }}
	}
	var err error
	if p.cmd.Stdout, err = p.pipe(streams.Out); err != nil {
		return err
	}
	p.cmd.Stderr, err = p.pipe(streams.Err)
	return err
}

func (p *running) pipe(to io.Writer) (*os.File, error) {
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.theirs = append(p.theirs, theirs)
	p.outputs = append(p.outputs, &output{from: ours, to: to, done: make(chan struct{})})
	return theirs, nil
}

// classify says of an error of starting name what it means and what to do.
func classify(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err // the path may be long, and name is what the user wrote
	}
	switch {
	case tooBig(err):
		return fmt.Errorf("%w: start %s: its arguments and environment are larger than this system allows; deliver large values as files (target=/path)", secret.ErrTooLarge, name)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %s: the interpreter or loader that it names is not there", workload.ErrCannotExecute, name)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %s: %w", workload.ErrCannotExecute, name, err)
	case noProgram(err):
		return fmt.Errorf("%w: %s: it is no program of this system (a script begins with #! and its interpreter)", workload.ErrCannotExecute, name)
	}
	return fmt.Errorf("%w: start %s: %w", secret.ErrUnavailable, name, err)
}
