package process

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// DefaultGrace is the default time for a process to exit after SIGTERM.
const DefaultGrace = 5 * time.Second

// drainTime is the time limit for the output after a process has exited. Then only a process
// that it left behind can keep the output open.
const drainTime = 2 * time.Second

// Config configures a [Runtime]. With the zero Config a process gets only the variables of its
// workload.
type Config struct {
	// Environ are the variables that a process inherits, as NAME=VALUE. The Runtime keeps
	// the slice and does not change it.
	Environ []string
	// Logger receives names of commands and process IDs; nil discards them.
	Logger *slog.Logger
	// Grace is the time between SIGTERM and SIGKILL for a process whose context is done. The
	// default is [DefaultGrace].
	Grace time.Duration
	// Monitor is the path of an executable whose main function begins with [Monitor]. Without
	// it job control cannot stop a process that has a pseudo-terminal.
	Monitor string
}

// Runtime is a workload.Runtime of local processes. It is safe for concurrent use.
//
// # Terminals
//
// With Streams.Terminal a process gets a pseudo-terminal as the controlling terminal of its
// own session, for all streams that are not in Streams.Apart. If In is on the terminal, the
// caller must have set its own terminal to raw mode, so that Ctrl-C is sent as a byte; at the
// end of In the process's terminal gets an end-of-file character. If In is apart, the terminal
// gets no input, and a prompt at /dev/tty gets no response. The caller must call Resize when
// the size changes. On Windows there are no pseudo-terminals: a process gets pipes instead,
// and Resize does nothing.
//
// # Signals
//
// The caller must catch its signals and forward all of them with Signal, which omits those
// that the process has already received. A process without a pseudo-terminal, whose In is this
// process's controlling terminal, is in this process's group, so that job control and prompts
// work, and a Ctrl-C reaches both. While that group is in the foreground, Signal omits the
// first SIGINT and the first SIGQUIT. It forwards later ones, since a signal to this process
// alone cannot be distinguished from one of the keyboard, and none must be lost. It sends other
// signals to the process alone. In all other cases the process leads a group, which gets every
// signal.
//
// # Job control
//
// A process is a workload.JobControlled. A process with a pseudo-terminal does not lead its
// session, since SIGTSTP does not stop a session leader: its parent, a [Config].Monitor, does.
// Stops omits stops that also affect this process (a background read from the terminal by a
// process in the same group), and SIGSTOP if In is not a terminal, since its sender knows the
// process and will continue it.
//
// # Ends
//
// A process whose context is done gets SIGTERM, and SIGKILL after [Config].Grace, together with
// its group and, on Linux, all its descendants. On Linux a process is also killed if this
// process dies without stopping it. Processes that an exited process left behind continue to
// run; Wait reads their output for 2 more seconds. On Windows only the process itself is
// stopped.
type Runtime struct {
	environ []string
	logger  *slog.Logger
	grace   time.Duration
	monitor string
}

var _ workload.Runtime = (*Runtime)(nil)

// DividesTerminal reports whether Streams.Apart is supported on this system.
func (*Runtime) DividesTerminal() bool { return terminals }

// ControlsJobs reports whether processes are workload.JobControlled on this system.
func (*Runtime) ControlsJobs() bool { return terminals }

// New returns a Runtime.
func New(config Config) *Runtime {
	r := &Runtime{environ: config.Environ, logger: config.Logger, grace: config.Grace, monitor: config.Monitor}
	if r.logger == nil {
		r.logger = slog.New(slog.DiscardHandler)
	}
	if r.grace <= 0 {
		r.grace = DefaultGrace
	}
	return r
}

// Check returns ctx's error: local processes are always available.
func (*Runtime) Check(ctx context.Context) error { return ctx.Err() }

// Start starts spec.Command, which is looked up in the PATH of the process. If In is an
// *os.File, the process inherits it, so that no byte too many is read from it. From any other
// reader, and for a terminal, a pending read may consume bytes that the process never
// receives. See [workload.Runtime] for the rest.
func (r *Runtime) Start(ctx context.Context, spec workload.Spec, environment workload.Environment, streams workload.Streams) (workload.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cmd, err := r.command(spec, environment)
	if err != nil {
		return nil, err
	}
	p := &running{cmd: cmd, grace: r.grace, stops: make(chan os.Signal, 1), ended: make(chan struct{}), done: make(chan struct{})}
	err = p.connect(streams)
	if err == nil && p.terminal != nil && r.monitor != "" {
		err = p.putBelow(r.monitor)
	}
	if err != nil {
		p.disconnect()
		return nil, fmt.Errorf("%w: connect the standard streams of %s: %w", secret.ErrUnavailable, spec.Command[0], err)
	}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, classify(spec.Command[0], err)
	}
	r.logger.DebugContext(ctx, "process started", "program", cmd.Path, "pid", p.pid)
	return p, nil
}

// command returns the command to start. Only its Env contains the environment.
func (r *Runtime) command(spec workload.Spec, environment workload.Environment) (*exec.Cmd, error) {
	if err := supported(spec); err != nil {
		return nil, err
	}
	if len(environment.Files()) > 0 {
		return nil, fmt.Errorf("%w: a local process gets no files; name variables as targets, or run a container", secret.ErrUnsupported)
	}
	env := merge(r.environ, environment.Strings())
	path, err := lookUp(spec.Command[0], spec.Workdir, env)
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{Path: path, Args: spec.Command, Dir: spec.Workdir, Env: env}, nil
}

// connect creates the ends of the standard streams.
func (p *running) connect(streams workload.Streams) error {
	var tty *os.File
	var err error
	if streams.Terminal && terminals {
		if tty, err = p.openTerminal(streams); err != nil {
			return err
		}
	} else {
		shareGroup(p, streams.In)
		streams.Apart = workload.StreamIn | workload.StreamOut | workload.StreamErr
	}
	if streams.Apart.Has(workload.StreamIn) {
		if err := p.connectInput(streams.In); err != nil {
			return err
		}
	} else {
		p.cmd.Stdin = tty
		p.typeInput(streams.In)
	}
	p.cmd.Stdout, p.cmd.Stderr = tty, tty
	if streams.Apart.Has(workload.StreamOut) {
		if p.cmd.Stdout, err = p.pipe(streams.Out); err != nil {
			return err
		}
	}
	if streams.Apart.Has(workload.StreamErr) {
		if streams.Apart.Has(workload.StreamOut) && one(streams.Out, streams.Err) {
			p.cmd.Stderr = p.cmd.Stdout // one pipe, which keeps the order
			return nil
		}
		p.cmd.Stderr, err = p.pipe(streams.Err)
	}
	return err
}

// one reports whether two writers are the same.
func one(a, b io.Writer) bool {
	return a != nil && reflect.TypeOf(a).Comparable() && a == b
}

// connectInput lets the process inherit in if possible.
func (p *running) connectInput(in io.Reader) error {
	if in == nil {
		return nil
	}
	if file, ok := in.(*os.File); ok {
		p.cmd.Stdin = file
		return nil
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stdin, p.theirs = theirs, append(p.theirs, theirs)
	p.input = &input{from: in, to: ours, finish: func(bool) { _ = ours.Close() }}
	return nil
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
