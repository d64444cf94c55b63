// Package engine has the Docker Engine's client, for the executable that has it
// built in.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/thv-secrets/thv/adapters/docker"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/compose"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Docker is the Engine over the Docker Engine's API.
func Docker(_ app.Globals, environ *procenv.Environ, log *slog.Logger) app.ContainerOpener {
	return func(context.Context) (workload.Runtime, error) {
		chosen, err := choose(environ, log)
		if err != nil {
			return nil, err
		}
		return docker.New(docker.Config{
			Hosts:     chosen.hosts,
			ChosenBy:  chosen.by,
			CertPath:  chosen.certPath,
			TLSVerify: chosen.verify,
			TLS:       chosen.tls,
			Timeout:   chosen.timeout,
			Auth:      registryAuth(environ, log),
			Init:      initProgram,
			// Progress is not drawn for a terminal that cannot show it, or without one.
			PlainProgress: environ.Get("TERM") == "dumb" || environ.Get("CI") != "",
			Logger:        log,
		})
	}
}

// initProgram reads the init for a Linux container of an architecture, which lies
// beside thv.
func initProgram(arch string) ([]byte, error) {
	if arch != "amd64" && arch != "arm64" {
		return nil, fmt.Errorf("%w: files and sealed delivery on an engine of the architecture %s (there are amd64 and arm64); deliver variables (--delivery env)", secret.ErrUnsupported, arch)
	}
	path, err := compose.SiblingPath("thv-init-linux-" + arch)
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return program, nil
}
