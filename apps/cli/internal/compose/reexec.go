package compose

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// engineName is the executable with the container engine's client. That client
// costs every start several milliseconds, so thv itself is built without it.
const engineName = "thv-engine-docker"

// ReexecEngine is the Engine of an executable without one: its opener executes engineName,
// from thv's own directory, with the same arguments and environment. A verb
// calls it before it reads anything that can be read only once.
func ReexecEngine(g app.Globals, environ *procenv.Environ, _ *slog.Logger) app.ContainerOpener {
	return func(ctx context.Context) (workload.Runtime, error) { return nil, reexec(ctx, g, environ) }
}

// ReexecFetch is the Fetcher of an executable without an HTTP client: engineName
// has one, and is executed as by ReexecEngine.
func ReexecFetch(g app.Globals, environ *procenv.Environ) registry.Fetch {
	return func(ctx context.Context, _, _ string) (registry.Answer, error) {
		return registry.Answer{}, reexec(ctx, g, environ)
	}
}

// reexec executes engineName for this command, and returns only if it cannot, or
// with the status of what it did.
func reexec(ctx context.Context, g app.Globals, environ *procenv.Environ) error {
	path, err := siblingExecutable(engineName)
	if err != nil {
		return err
	}
	closeOnExec(g.PasswordFD, false)
	return execute(ctx, path, append([]string{path}, os.Args[1:]...), environ.All())
}

// siblingExecutable returns the path of an executable in thv's own directory.
func siblingExecutable(name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return SiblingPath(name)
}

// SiblingPath returns the path of a file in thv's own directory. The error is an
// *app.MissingError if the file does not exist, and secret.ErrDenied if it can be changed by
// users who cannot change thv itself. PATH is not searched, since an executable found there
// would get secrets.
func SiblingPath(name string) (string, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return "", fmt.Errorf("%w: cannot find the directory of thv: %w", secret.ErrUnavailable, err)
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); err != nil {
		return "", &app.MissingError{Path: path}
	}
	if err := ownfile.Beside(self, path); err != nil {
		return "", err
	}
	return path, nil
}
