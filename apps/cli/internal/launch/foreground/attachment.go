package foreground

import (
	"errors"
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/workload"
)

// attachment connects a workload to the command's streams.
type attachment struct {
	streams  workload.Streams
	command  *terminal.Streams
	keyboard *terminal.Keyboard // nil if the workload's input is no terminal of its own
	control  <-chan os.Signal   // the signals that stop and continue this process
	close    func() error
}

// divider is a runtime that may give a workload a terminal for some of its
// streams only.
type divider interface{ DividesTerminal() bool }

func attach(w Workload) (*attachment, error) {
	s := w.Streams.Raw()
	a := &attachment{command: s, close: func() error { return nil }}
	a.streams = workload.Streams{In: s.In, Out: s.Out, Err: s.Err, Progress: s.Err}
	a.streams.Terminal, a.streams.Apart = terminalFor(w)
	if a.streams.Terminal {
		a.streams.Size = a.size()
	}
	if file, ok := s.In.(*os.File); ok && a.streams.Terminal && !a.streams.Apart.Has(workload.StreamIn) {
		keyboard, err := terminal.NewKeyboard(file)
		if err != nil {
			return nil, err
		}
		a.keyboard, a.streams.In = keyboard, keyboard
	}
	together := sameFile(s.Out, s.Err)
	if together {
		a.streams.Err = a.streams.Out
	}
	if w.Masking {
		masker := sync.OnceValue(func() *mask.Masker { return mask.New(w.Environment.Secrets()) })
		go masker()
		out := masked(masker, s.Out)
		a.streams.Out, a.streams.Err, a.close = out, out, out.Close
		if !together {
			errs := masked(masker, s.Err)
			a.streams.Err = errs
			a.close = func() error { return errors.Join(out.Close(), errs.Close()) }
		}
	}
	return a, nil
}

// sameFile reports whether two outputs are the same file, pipe or terminal, as with 2>&1: the
// workload's output is then one stream, in the order of writing.
func sameFile(out, errs any) bool {
	a, isFile := out.(*os.File)
	b, isToo := errs.(*os.File)
	if !isFile || !isToo {
		return false
	}
	first, err := a.Stat()
	if err != nil {
		return false
	}
	second, err := b.Stat()
	return err == nil && os.SameFile(first, second)
}

// terminalFor returns whether w gets a pseudo-terminal, and which of its streams are not
// connected to it. It gets one for the outputs that are terminals. This process then reads the
// input of its own terminal, which it must not do if another process uses the terminal too: in
// the background, or after a pipe (… | less).
func terminalFor(w Workload) (bool, workload.StreamSet) {
	s := w.Streams.Raw()
	var apart workload.StreamSet
	for which, stream := range map[workload.StreamSet]any{workload.StreamIn: s.In, workload.StreamOut: s.Out, workload.StreamErr: s.Err} {
		if !terminal.IsTerminal(stream) {
			apart |= which
		}
	}
	typed := !apart.Has(workload.StreamIn)
	switch {
	case typed && terminal.InBackground(s.In):
		return false, 0
	case apart == 0:
		return true, 0
	case apart.Has(workload.StreamOut | workload.StreamErr):
		return false, 0
	case typed && (isPipe(s.Out) || isPipe(s.Err)):
		return false, 0
	}
	if d, ok := w.Runtime.(divider); !ok || !d.DividesTerminal() {
		return false, 0
	}
	return true, apart
}

// isPipe reports whether a program may be at the other end of stream.
func isPipe(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return true
	}
	info, err := file.Stat()
	return err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

// takeTerminal hands every key, also Ctrl-C, to a workload whose input is a terminal of its
// own.
func (a *attachment) takeTerminal() error {
	if a.keyboard == nil {
		return nil
	}
	return a.keyboard.Take()
}

// release gives our terminal back.
func (a *attachment) release() {
	if a.keyboard != nil {
		a.keyboard.Release()
	}
}

// detach gives it back for good.
func (a *attachment) detach() {
	if a.keyboard != nil {
		a.keyboard.Close()
	}
}

// size returns the size of the terminal that shows the workload's output.
func (a *attachment) size() workload.Size {
	out := a.command.Out
	if a.streams.Apart.Has(workload.StreamOut) {
		out = a.command.Err
	}
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
