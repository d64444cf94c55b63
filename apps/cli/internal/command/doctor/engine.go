package doctor

import (
	"context"
	"errors"
	"runtime"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const containerEngine = "container engine"

// engine checks the container engine. That there is none is no failure: thv exec
// works without it.
func (e *examination) engine(ctx context.Context) []finding {
	host := e.app.Environ.Get("DOCKER_HOST")
	var missing *app.MissingError
	switch {
	case errors.As(e.engineErr, &missing):
		return []finding{failed(containerEngine, warning, e.engineErr, "make install")}
	case e.engineErr != nil:
		return []finding{failed(containerEngine, warning, e.engineErr, engineFix(e.engineErr, host))}
	case e.offline && remote(host):
		return []finding{{Subject: containerEngine, Status: skipped, Detail: "DOCKER_HOST is on the network"}}
	}
	if err := e.runtime.Check(ctx); err != nil {
		return []finding{failed(containerEngine, warning, err, engineFix(err, host))}
	}
	return []finding{{Subject: containerEngine, Status: ok, Detail: "answers"}}
}

func remote(host string) bool {
	return host != "" && !strings.HasPrefix(host, "unix:") && !strings.HasPrefix(host, "npipe:")
}

// engineFix is the command among the ways that the error names which goes with
// this system.
func engineFix(err error, host string) string {
	class := secret.ClassOf(err)
	switch {
	case errors.Is(err, workload.ErrInvalidSpec), host != "" && class == secret.ClassUnsupported:
		return unset("DOCKER_HOST")
	case class == secret.ClassUnavailable && remote(host):
		return unset("DOCKER_HOST")
	case class == secret.ClassUnavailable && runtime.GOOS == "linux":
		return "sudo systemctl start docker"
	case class == secret.ClassUnavailable:
		return "docker desktop start"
	case class == secret.ClassDenied && runtime.GOOS == "linux":
		return "sudo usermod -aG docker $USER"
	}
	return ""
}
