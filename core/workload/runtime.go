package workload

import (
	"context"
	"io"
	"os"
)

// Runtime starts workloads in a container engine or as local processes. It is safe for
// concurrent use.
type Runtime interface {
	// Start creates and starts the workload of spec with environment, attached to
	// streams, and returns once it runs. After an error nothing is left behind. Start
	// must not retain environment or its values after it returns.
	//
	// Its errors wrap a sentinel of package [secret]: [secret.ErrUnavailable] if the
	// engine does not respond, [secret.ErrDenied] if it refuses this user,
	// [secret.ErrNotFound] if the image cannot be found, and [secret.ErrUnsupported] for
	// files in environment that the runtime cannot deliver, and for an unknown
	// [Spec.Delivery]. A Spec that cannot be run is [ErrInvalidSpec]. A command that
	// cannot be executed is [ErrCannotExecute], and one that does not exist
	// [ErrNoCommand]; if the runtime cannot know that early, Wait returns the status 126
	// or 127.
	Start(ctx context.Context, spec Spec, environment Environment, streams Streams) (Process, error)
	// Check returns nil if a Start could succeed now.
	Check(ctx context.Context) error
}

// Process is a running workload. It is safe for concurrent use.
type Process interface {
	// Wait returns once the workload has exited, all of its output has been written to
	// the streams, and everything that the runtime created for it has been removed. The
	// status is 0 to 255, and 128+n after signal n. When ctx is done, Wait stops the
	// workload, cleans up as well, and returns ctx's error.
	Wait(ctx context.Context) (status int, err error)
	// Signal sends sig to the workload. After the workload has exited, Signal and Resize
	// return [os.ErrProcessDone].
	Signal(ctx context.Context, sig os.Signal) error
	// Resize sets the size of the workload's terminal.
	Resize(ctx context.Context, size Size) error
}

// Refresher is a [Process] whose runtime can replace delivered files.
type Refresher interface {
	// Refresh replaces the contents of the delivered files by those in environment. Each
	// is replaced atomically: a reader gets either the old or the new content. The
	// workload is not notified. Refresh returns [ErrInvalidSpec] unless environment has
	// the same files as at the start, and [os.ErrProcessDone] after the workload has
	// exited. It ignores variables, since those of a running process cannot be changed.
	// After an error some files may have their new contents.
	Refresh(ctx context.Context, environment Environment) error
}

// Executing is a [Process] of a runtime whose Start may return before it is known
// whether the command can be executed.
type Executing interface {
	// Executed reports whether the command has been executed by now. It returns an error
	// if the runtime cannot find out, and [os.ErrProcessDone] after the workload has
	// exited.
	Executed(ctx context.Context) (bool, error)
}

// JobControlled is a [Process] that the job control of a terminal may stop, as Ctrl-Z
// does. It is safe for concurrent use.
type JobControlled interface {
	// Stops receives the signal that stopped the workload, each time that it is stopped
	// and not yet continued. If several signals are not received, only the last is kept.
	Stops() <-chan os.Signal
	// Continue continues the workload. With foreground it may read from its terminal;
	// otherwise a read stops it by SIGTTIN.
	Continue(foreground bool) error
}

// Streams are the standard streams of a workload. Its output is written without delay. A
// nil In is empty; Out and Err must not be nil. In is not closed, and not read any more
// after the workload has exited. Out and Err may be the same comparable writer: then it
// gets both outputs, in the order of writing as far as the runtime knows it, and is never
// called concurrently.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal requests a pseudo-terminal of Size. Its output goes to Out, or to Err if
	// Apart has the standard output.
	Terminal bool
	// Size is the size of the terminal at the start; if it is zero, the runtime chooses.
	// It is ignored without Terminal.
	Size Size
	// Apart are the streams that are not connected to the terminal. It must be empty
	// unless the runtime documents that it supports this.
	Apart StreamSet
	// Progress receives messages for the user about a slow start (an image that is
	// pulled); nil discards them.
	Progress io.Writer
}

// StreamSet is a set of standard streams. The zero StreamSet is empty.
type StreamSet uint8

// The standard streams.
const (
	StreamIn StreamSet = 1 << iota
	StreamOut
	StreamErr
)

// Has reports whether all of other are in s.
func (s StreamSet) Has(other StreamSet) bool { return s&other == other }

// Size is the size of a terminal, in character cells.
type Size struct{ Columns, Rows uint16 }
