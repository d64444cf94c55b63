//go:build !windows

package foreground

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/creack/pty"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

// divided is an engine that gives terminals to single streams.
type divided struct{ *engine }

func (divided) DividesTerminal() bool { return true }

func TestTerminalFor_RedirectedStreams(t *testing.T) {
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, f := range []*os.File{keyboard, screen, file, reader, writer} {
			_ = f.Close()
		}
	})
	const in, out, errs = workload.StreamIn, workload.StreamOut, workload.StreamErr
	for name, test := range map[string]struct {
		in, out, errs *os.File
		terminal      bool
		apart         workload.StreamSet
	}{
		"nothing":         {screen, screen, screen, true, 0},
		"2>file":          {screen, screen, file, true, errs},
		">file":           {screen, file, screen, true, out},
		">file 2>file":    {screen, file, file, false, 0},
		"| less":          {screen, writer, screen, false, 0},
		"2> >(less)":      {screen, screen, writer, false, 0},
		"echo |":          {reader, screen, screen, true, in},
		"echo | | less":   {reader, writer, screen, true, in | out},
		"<file 2>file":    {file, screen, file, true, in | errs},
		"an MCP client's": {reader, writer, writer, false, 0},
	} {
		streams := &terminal.Streams{In: test.in, Out: test.out, Err: test.errs}
		got, apart := terminalFor(Workload{Runtime: divided{}, Streams: streams})
		if got != test.terminal || apart != test.apart {
			t.Errorf("%s: %v, apart %03b", name, got, apart)
		}
		whole := test.terminal && test.apart == 0
		if got, apart := terminalFor(Workload{Runtime: &engine{}, Streams: streams}); got != whole || apart != 0 {
			t.Errorf("%s, undivided: %v, apart %03b", name, got, apart)
		}
	}
}

func TestAttach_SizeIsThatOfTheOutputsTerminal(t *testing.T) {
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = keyboard.Close(), screen.Close() }()
	if err := pty.Setsize(keyboard, &pty.Winsize{Cols: 101, Rows: 42}); err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	for name, s := range map[string]*terminal.Streams{
		">/dev/null":  {In: screen, Out: null, Err: screen},
		"2>/dev/null": {In: screen, Out: screen, Err: null},
	} {
		a, err := attach(Workload{Runtime: divided{}, Streams: s})
		if err != nil {
			t.Fatal(err)
		}
		if want := (workload.Size{Columns: 101, Rows: 42}); !a.streams.Terminal || a.streams.Size != want {
			t.Errorf("%s: terminal %v, size %v", name, a.streams.Terminal, a.streams.Size)
		}
	}
}
