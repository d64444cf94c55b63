// Package foreground runs one workload to its end, attached to the command's
// streams: masking what it prints, passing signals and the terminal's size on.
package foreground

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/term"

	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/workload"
)

// Workload is what is run, where, and how it is attached.
type Workload struct {
	Runtime     workload.Runtime
	Spec        workload.Spec
	Environment workload.Environment
	Streams     *terminal.Streams
	// Masking replaces the environment's secrets in what the workload prints.
	Masking bool
}

// impatience is how many interrupts end a workload that does not heed them.
const impatience = 3

// Run starts w and waits for its end. The answer is nil for status 0, a
// *terminal.StatusError for another, and the runtime's error where it could not
// be started. An interrupt, or a ctx that is done, keeps w from being started; once
// it runs, signals are its own.
func Run(ctx context.Context, w Workload) error {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	streams, closeStreams := attach(w)
	process, err := start(ctx, w, streams, signals)
	if err != nil {
		return err
	}
	status, err := supervise(ctx, process, w, signals)
	if err := errors.Join(err, closeStreams()); err != nil {
		return err
	}
	if status != 0 {
		return &terminal.StatusError{Status: status}
	}
	return nil
}

// start starts w, unless it is interrupted before. What else is signalled
// meanwhile stays in signals, for the workload.
func start(ctx context.Context, w Workload, streams workload.Streams, signals chan os.Signal) (workload.Process, error) {
	ctx, interrupt := context.WithCancel(ctx)
	defer interrupt()
	type outcome struct {
		process workload.Process
		err     error
	}
	started := make(chan outcome, 1)
	go func() {
		process, err := w.Runtime.Start(ctx, w.Spec, w.Environment, streams)
		started <- outcome{process, err}
	}()
	var early []os.Signal
	for {
		select {
		case o := <-started:
			again(signals, early)
			return o.process, o.err
		case sig := <-signals:
			if ends(sig) {
				interrupt()
			}
			early = append(early, sig)
		}
	}
}

// again puts signals back into their channel, as far as it has room: like the
// system's own, they are no queue without end.
func again(signals chan<- os.Signal, early []os.Signal) {
	for _, sig := range early {
		select {
		case signals <- sig:
		default:
		}
	}
}

// ends reports whether a signal asks for the end.
func ends(sig os.Signal) bool { return sig == os.Interrupt || sig == syscall.SIGTERM }

// attach connects a workload to the command's streams. It gets a terminal of its
// own where all three are one.
func attach(w Workload) (workload.Streams, func() error) {
	s := w.Streams
	streams := workload.Streams{In: s.In, Out: s.Out, Err: s.Err, Progress: s.Err}
	if terminal.IsTerminal(s.In) && terminal.IsTerminal(s.Out) && terminal.IsTerminal(s.Err) {
		streams.Terminal = true
		streams.Size = sizeOf(s.Out)
	}
	if !w.Masking {
		return streams, func() error { return nil }
	}
	masker := sync.OnceValue(func() *mask.Masker { return mask.New(w.Environment.Secrets()) })
	go masker()
	out, errs := masked(masker, s.Out), masked(masker, s.Err)
	streams.Out, streams.Err = out, errs
	return streams, func() error { return errors.Join(out.Close(), errs.Close()) }
}

// maskedWriter makes its masking writer at the first use, so that a masker is
// made while the workload starts, and one that prints nothing does not wait for
// it.
type maskedWriter struct {
	masker func() *mask.Masker
	to     io.Writer
	once   sync.Once
	writer *mask.Writer
}

func masked(masker func() *mask.Masker, to io.Writer) *maskedWriter {
	return &maskedWriter{masker: masker, to: to}
}

// Write masks text and writes it on.
func (w *maskedWriter) Write(text []byte) (int, error) {
	w.once.Do(func() { w.writer = w.masker().Writer(w.to) })
	return w.writer.Write(text)
}

// Close writes what is held back.
func (w *maskedWriter) Close() error {
	w.once.Do(func() {})
	if w.writer == nil {
		return nil
	}
	return w.writer.Close()
}

// supervise passes signals on until process has ended.
func supervise(ctx context.Context, process workload.Process, w Workload, signals <-chan os.Signal) (int, error) {
	restore, err := rawMode(w)
	if err != nil {
		return 0, err
	}
	defer restore()
	waiting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	go func() {
		interrupts := 0
		for {
			select {
			case <-waiting.Done():
				return
			case sig := <-signals:
				if sig == os.Interrupt {
					interrupts++
				}
				if interrupts >= impatience {
					giveUp()
					return
				}
				pass(waiting, process, w, sig)
			}
		}
	}()
	return process.Wait(waiting)
}

// pass tells the workload of one signal. That it cannot be told is no error of
// ours: it may just have ended.
func pass(ctx context.Context, process workload.Process, w Workload, sig os.Signal) {
	if isResize(sig) {
		if interactive(w) {
			_ = process.Resize(ctx, sizeOf(w.Streams.Out))
		}
		return
	}
	_ = process.Signal(ctx, sig)
}

func interactive(w Workload) bool {
	return terminal.IsTerminal(w.Streams.In) && terminal.IsTerminal(w.Streams.Out) && terminal.IsTerminal(w.Streams.Err)
}

// rawMode hands every key, also ctrl-C, to a workload that has a terminal of its
// own.
func rawMode(w Workload) (restore func(), err error) {
	file, ok := w.Streams.In.(*os.File)
	if !ok || !interactive(w) {
		return func() {}, nil
	}
	fd := int(file.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("the terminal: %w", err)
	}
	return func() { _ = term.Restore(fd, state) }, nil
}

func sizeOf(out io.Writer) workload.Size {
	file, ok := out.(*os.File)
	if !ok {
		return workload.Size{}
	}
	columns, rows, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return workload.Size{}
	}
	return workload.Size{Columns: uint16(columns), Rows: uint16(rows)}
}
