package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/root"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/wiring"
	"github.com/thv-secrets/thv/core/workload"
)

// engineProgram is the container engine's client, which most scripts do without.
const engineProgram = "thv-engine-docker"

// engine gives a script a thv that has an engine beside it. That one starts nothing:
// it says what it was told to start.
func engine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: engine")
	}
	folder := ts.MkAbs("with-engine")
	ts.Check(os.Mkdir(folder, 0o700))
	first, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	// Links: a file that this process has written cannot be executed while a child
	// of another script still has it open.
	program, err := filepath.EvalSymlinks(filepath.Join(first, "thv"))
	ts.Check(err)
	for _, name := range []string{"thv", engineProgram} {
		ts.Check(os.Link(program, filepath.Join(folder, name)))
	}
	ts.Setenv("PATH", folder+string(os.PathListSeparator)+ts.Getenv("PATH"))
}

func fakeEngine() {
	open := func(app.Globals, *app.Environ, *slog.Logger) app.ContainerOpener {
		return func(context.Context) (workload.Runtime, error) { return teller{}, nil }
	}
	exitAtOnce(root.Main(os.Args[1:], terminal.System(), wiring.Compose(open, wiring.HandoverFetch)))
}

// teller is a workload.Runtime and its Process.
type teller struct{}

func (teller) Check(context.Context) error { return nil }

func (teller) Start(_ context.Context, spec workload.Spec, environment workload.Environment, s workload.Streams) (workload.Process, error) {
	fmt.Fprintf(s.Out, "started %s name=%q args=%q volumes=%q pull=%s\n", spec.Image, spec.Name, spec.Command, spec.Volumes, spec.Pull)
	for _, pair := range environment.Strings() {
		fmt.Fprintln(s.Out, pair)
	}
	return teller{}, nil
}

func (teller) Wait(context.Context) (int, error) { return 0, nil }

func (teller) Signal(context.Context, os.Signal) error { return os.ErrProcessDone }

func (teller) Resize(context.Context, workload.Size) error { return os.ErrProcessDone }
