// Package terminal is the command's side of the user or program that started it: its
// streams, hidden prompts, forms of output and exit codes.
package terminal

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/thv-secrets/thv/core/printable"
)

// Streams are the command's standard streams. Out carries data only; messages for the
// user go to Err. Those of System are for text: they escape everything that controls a
// terminal. Use the streams of Raw for a workload, for a secret's value and for another
// program at the end of a pipe.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// NoInput forbids prompts, whatever the streams are.
	NoInput bool
}

// System returns the streams of this process.
func System() *Streams {
	return &Streams{In: os.Stdin, Out: printable.NewWriter(os.Stdout), Err: printable.NewWriter(os.Stderr)}
}

// Raw returns the streams for what passes as it is.
func (s *Streams) Raw() *Streams {
	raw := *s
	raw.Out, raw.Err = rawOf(s.Out), rawOf(s.Err)
	return &raw
}

func rawOf(w io.Writer) io.Writer {
	if text, ok := w.(*printable.Writer); ok {
		return text.Raw()
	}
	return w
}

// IsTerminal reports whether stream, one of a Streams' fields, is a terminal.
func IsTerminal(stream any) bool {
	if text, ok := stream.(*printable.Writer); ok {
		stream = text.Raw()
	}
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Attended reports whether a command may prompt although its standard input may be a
// client's: Interactive is true, and standard input is a terminal.
func (s *Streams) Attended() bool { return !s.NoInput && IsTerminal(s.In) }

// Interactive reports whether the user may be asked: input is not forbidden, and the
// standard input or error is a terminal.
func (s *Streams) Interactive() bool {
	return !s.NoInput && (IsTerminal(s.In) || IsTerminal(s.Err))
}

// Say writes a sentence for the user to Err, on a line of its own, with the lines after
// the first indented.
func (s *Streams) Say(format string, args ...any) {
	fmt.Fprintln(s.Err, Indented(fmt.Sprintf(format, args...)))
}
