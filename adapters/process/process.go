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
	// Monitor is the path of a program whose main function begins with Monitor. Without it no job control stops a process that has a
	// pseudo-terminal.
	Monitor string
}

// Runtime is a workload.Runtime of local processes. It may be used by many
// goroutines.
//
// # Terminals
//
// With Streams.Terminal a process gets a pseudo-terminal as the controlling
// terminal of a session of its own, for all streams that are not Streams.Apart.
// Where In is one of them, the caller has put its own terminal into raw mode, so
// that Ctrl-C travels as a byte; at the end of In the process's terminal gets an
// end-of-file character. Where In is apart, nothing is typed at that terminal,
// and a program that asks at /dev/tty gets no answer. The caller calls Resize
// when the size changes. On Windows there is no pseudo-terminal here: a process
// gets pipes instead, and Resize does nothing.
//
// # Signals
//
// The caller catches the signals that it gets and passes every one of them on
// with Signal, which knows what the process has already had. A process without a
// pseudo-terminal, whose In is this process's controlling terminal, is in this
// process's group, so that job control and prompts work, and a Ctrl-C reaches
// both. While that group is in the foreground, Signal leaves out the first SIGINT
// and the first SIGQUIT; later ones are passed on, since nothing tells one that was
// sent to this process alone from one of the keyboard, and none shall be lost. It
// passes other signals to the process alone. In all other cases the process leads
// a group, which gets every signal.
//
// # Job control
//
// A process is a workload.JobControlled. One with a pseudo-terminal is not the
// leader of its session, since SIGTSTP does not stop a session's leader: that is a
// Config.Monitor, the process's parent. Stops leaves out what the kernel does to
// both (a read from the terminal in the background, by a process in our group), and
// SIGSTOP if In is not a terminal: who sends that knows the process, and continues
// it.
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
	monitor string
}

var _ workload.Runtime = (*Runtime)(nil)

// DividesTerminal reports whether Streams.Apart is heeded here.
func (*Runtime) DividesTerminal() bool { return terminals }

// ControlsJobs reports whether processes are workload.JobControlled here.
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

// command returns what is to be started. Its Env is the only place where the
// environment is kept.
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

// connect makes the ends of the standard streams.
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

// connectInput gives the process in as it is, where it can.
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
