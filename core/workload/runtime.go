package workload

import (
	"context"
	"io"
	"os"
)

// Runtime starts workloads: an adapter over a container engine, or local
// processes. It may be used by many goroutines.
type Runtime interface {
	// Start makes and starts what spec says with environment, attached to
	// streams, and returns once it runs. With an error nothing is left behind.
	// Files in environment that the runtime cannot deliver are
	// secret.ErrUnsupported, as is a Spec.Delivery that it does not know.
	// Neither the values in environment nor environment itself outlive the
	// call on the runtime's side of the port.
	//
	// Its errors wrap a sentinel of package secret: an engine that does not
	// answer is secret.ErrUnavailable, one that refuses this user
	// secret.ErrDenied, an image that is not to be had secret.ErrNotFound. A
	// Spec that cannot be run is ErrInvalidSpec. A program that cannot be
	// executed is ErrCannotExecute and one that is not there ErrNoCommand; a
	// runtime that cannot know that early has Wait answer status 126 or 127.
	Start(ctx context.Context, spec Spec, environment Environment, streams Streams) (Process, error)
	// Check returns nil where a Start could be tried now.
	Check(ctx context.Context) error
}

// Process is a workload that runs. Its methods may be called by many goroutines.
type Process interface {
	// Wait returns once the workload has ended, all of its output has been
	// written to the streams, and what the runtime made for it is removed. The
	// status is 0 to 255, and 128+n for an end by signal n. When ctx is done,
	// the workload is ended, what was made is removed all the same, and ctx's
	// error returned.
	Wait(ctx context.Context) (status int, err error)
	// Signal passes sig on to the workload. After the workload's end it, as
	// Resize, is os.ErrProcessDone.
	Signal(ctx context.Context, sig os.Signal) error
	// Resize tells a workload on a terminal the terminal's new size.
	Resize(ctx context.Context, size Size) error
}

// Refresher is a Process of a runtime that delivers files; not every one is.
type Refresher interface {
	// Refresh replaces the contents of the files that were delivered at the start
	// by those in environment, each at once: who opens one reads the old content or
	// the new one. The workload is not told. The files must be those of the start,
	// or it is ErrInvalidSpec; variables stay as they are, since no running process
	// can be given others. After the workload's end it is os.ErrProcessDone. Where
	// it fails, some files may have their new contents already.
	Refresh(ctx context.Context, environment Environment) error
}

// Executing is a Process of a runtime whose Start may return before it is known
// whether the program can be executed.
type Executing interface {
	// Executed reports whether the program has been executed by now. An error is of a
	// runtime that cannot tell, or os.ErrProcessDone after the end.
	Executed(ctx context.Context) (bool, error)
}

// JobControlled is a Process that a terminal's job control may stop, as Ctrl-Z does;
// not every one is. Its methods may be called by many goroutines.
type JobControlled interface {
	// Stops receives the signal that has stopped the workload, each time that it is
	// stopped and not continued since; of several that are not received the last.
	Stops() <-chan os.Signal
	// Continue continues the workload. It may read its terminal if foreground, and is
	// stopped by SIGTTIN for that otherwise.
	Continue(foreground bool) error
}

// Streams are what a workload's standard streams are connected to. What the
// workload writes arrives without delay. A nil In is an empty one; Out and Err
// must not be nil. In is left unread where the workload ends first, and is not
// closed. Out and Err may be one comparable writer: it gets what is written to
// either, in the order of writing as far as the runtime knows it, and is not called
// by two goroutines at once.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal asks for a pseudo-terminal of Size; its output goes to Out, or
	// to Err where Out is apart.
	Terminal bool
	// Size is the terminal's when the workload starts; zero leaves it to the
	// runtime. It does not count without Terminal.
	Size Size
	// Apart are the streams that are not on the terminal. Only a runtime that
	// says so knows how to divide them; for others it must be empty.
	Apart StreamSet
	// Progress receives what a slow start has to say to a person (an image
	// that is pulled), never data; nil discards it.
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

// Size is a terminal's, in character cells.
type Size struct{ Columns, Rows uint16 }
