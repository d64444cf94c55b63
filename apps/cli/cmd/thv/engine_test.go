package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thv-secrets/thv/adapters/process"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/root"
	"github.com/thv-secrets/thv/apps/cli/internal/compose"
	"github.com/thv-secrets/thv/apps/cli/internal/compose/engine"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

const engineName = "thv-engine-docker"

// teller in this variable chooses the engine which only tells, docker the real one.
const engineVariable = "TEST_ENGINE"

const timeoutVariable = "DOCKER_CLIENT_TIMEOUT"

// engineProgram is the executable beside thv, with one of three engines. With two of
// them a run can be tested without containers: for one an image is the local program
// of that name, and the other starts nothing and says what it was told to start. The
// third is the real one.
func engineProgram() {
	open := localEngine
	switch os.Getenv(engineVariable) {
	case "teller":
		open = tellingEngine
	case "docker":
		open = engine.Docker
		if os.Getenv(timeoutVariable) == "" {
			_ = os.Setenv(timeoutVariable, "120") // the machine may be busy
		}
	}
	exitAtOnce(root.Main(os.Args[1:], terminal.System(), compose.Compose(open, engine.Fetch)))
}

func tellingEngine(app.Globals, *procenv.Environ, *slog.Logger) app.ContainerOpener {
	return func(context.Context) (workload.Runtime, error) { return teller{}, nil }
}

func localEngine(_ app.Globals, environ *procenv.Environ, log *slog.Logger) app.ContainerOpener {
	return func(context.Context) (workload.Runtime, error) {
		return localImages{process.New(process.Config{Environ: environ.ForWorkload(), Logger: log})}, nil
	}
}

type localImages struct{ *process.Runtime }

// Start runs the last part of example/probe:1 as a program.
func (r localImages) Start(ctx context.Context, spec workload.Spec, environment workload.Environment, streams workload.Streams) (workload.Process, error) {
	name, _, _ := strings.Cut(path.Base(spec.Image), ":")
	local := workload.Spec{Command: append([]string{name}, spec.Command...), EnvVars: spec.EnvVars}
	return r.Runtime.Start(ctx, local, environment, streams)
}

// besideEngine makes a folder with thv and the executable beside it. The other
// tests have none.
func besideEngine(folder string) error {
	thv, err := exec.LookPath("thv")
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(folder, 0o700), os.Link(thv, filepath.Join(folder, "thv")), os.Link(thv, filepath.Join(folder, engineName)))
}

// withEngine has the rest of a script use a thv with an engine that runs local
// programs, or with teller the one that only tells.
func withEngine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 || len(args) == 1 && args[0] != "teller" {
		ts.Fatalf("usage: withengine [teller]")
	}
	folder := ts.MkAbs("bin")
	ts.Check(besideEngine(folder))
	ts.Setenv("PATH", folder+string(os.PathListSeparator)+ts.Getenv("PATH"))
	ts.Setenv(engineVariable, strings.Join(args, ""))
}

// teller is a workload.Runtime and its Process.
type teller struct{}

func (teller) Check(context.Context) error { return nil }

func (teller) Start(_ context.Context, spec workload.Spec, environment workload.Environment, s workload.Streams) (workload.Process, error) {
	fmt.Fprintf(s.Out, "started %s name=%q args=%q volumes=%q pull=%s\n", spec.Image, spec.Name, spec.Command, spec.Volumes, spec.Pull)
	for _, pair := range environment.Strings() {
		fmt.Fprintln(s.Out, pair)
	}
	if spec.Delivery != "" || spec.ReadOnly {
		fmt.Fprintf(s.Out, "delivery=%s read-only=%v\n", spec.Delivery, spec.ReadOnly)
	}
	for _, file := range environment.Files() {
		fmt.Fprintf(s.Out, "%v holds %s\n", file, file.Content.Bytes())
	}
	return teller{}, nil
}

func (teller) Wait(context.Context) (int, error) { return 0, nil }

func (teller) Signal(context.Context, os.Signal) error { return os.ErrProcessDone }

func (teller) Resize(context.Context, workload.Size) error { return os.ErrProcessDone }

// serve answers a file at the address in a variable, until the script's end:
// serve URL registry.json. Without a file the address answers no more.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: serve VARIABLE [FILE]")
	}
	if len(args) == 1 {
		ts.Check(os.Remove(ts.MkAbs(ts.Getenv(args[0] + "_FILE"))))
		return
	}
	file := ts.MkAbs(args[1])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := os.ReadFile(file)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(text)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
	ts.Setenv(args[0]+"_FILE", file)
}
