package doctor

import (
	"context"
	"errors"
	"runtime"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const containerEngine = "container engine"

// timeoutVariable is named by the error of its invalid value.
const timeoutVariable = "DOCKER_CLIENT_TIMEOUT"

// engine checks the container engine. A machine without one is not a failure: thv exec
// works without it.
func (e *examination) engine(ctx context.Context) []finding {
	var missing *app.MissingError
	switch {
	case errors.As(e.engineErr, &missing):
		return []finding{failed(containerEngine, warning, e.engineErr, "make install")}
	case e.engineErr != nil:
		return []finding{failed(containerEngine, warning, e.engineErr, unchoose(e.engineErr, e.app.Environ))}
	}
	described, is := e.runtime.(workload.Described)
	if !is {
		return asked(workload.Engine{}, e.runtime.Check(ctx), e.app.Environ)
	}
	if known := described.Engine(); e.offline && remote(known.Address) {
		return []finding{{Subject: containerEngine, Status: skipped, Detail: words(known) + ", is on the network"}}
	}
	known, err := described.Describe(ctx)
	return asked(known, err, e.app.Environ)
}

// asked is the finding of an engine that was asked.
func asked(known workload.Engine, err error, environ *procenv.Environ) []finding {
	if err != nil {
		return []finding{failed(containerEngine, warning, err, engineFix(err, known, environ))}
	}
	return []finding{{Subject: containerEngine, Status: ok, Detail: words(known)}}
}

// words say which engine it is, as in "Podman 4.3.1, rootless, at unix:///run/x,
// chosen by DOCKER_HOST".
func words(e workload.Engine) string {
	if e.Address == "" {
		return "answers"
	}
	what := strings.TrimSpace(e.Name + " " + e.Version)
	if e.Rootless {
		what += ", rootless,"
	}
	what += " at " + e.Address
	if e.ChosenBy != "" {
		what += ", chosen by " + e.ChosenBy
	}
	return what
}

func remote(host string) bool {
	return host != "" && !strings.HasPrefix(host, "unix:") && !strings.HasPrefix(host, "npipe:")
}

// engineFix is the command among the ways that the error names which goes with this
// system and engine.
func engineFix(err error, known workload.Engine, environ *procenv.Environ) string {
	class := secret.ClassOf(err)
	switch {
	case errors.Is(err, workload.ErrInvalidSpec), class == secret.ClassUnsupported, class == secret.ClassUnavailable && remote(known.Address):
		if known.ChosenBy == "" {
			return ""
		}
		return unchoose(err, environ)
	case known.Start != "" && (class == secret.ClassUnavailable || class == secret.ClassDenied):
		return known.Start
	case class == secret.ClassUnavailable && runtime.GOOS == "linux":
		return "sudo systemctl start docker"
	case class == secret.ClassUnavailable:
		return "docker desktop start"
	case class == secret.ClassDenied && runtime.GOOS == "linux":
		return "sudo usermod -aG docker $USER"
	}
	return ""
}

// unchoose is the command after which thv no longer uses the engine that a variable or
// a context has chosen; empty if a file cannot be read.
func unchoose(err error, environ *procenv.Environ) string {
	class := secret.ClassOf(err)
	switch {
	case class == secret.ClassCorrupt, class == secret.ClassDenied:
		return ""
	case strings.Contains(err.Error(), timeoutVariable):
		return unset(timeoutVariable)
	case environ.Get("DOCKER_HOST") != "":
		return unset("DOCKER_HOST")
	case environ.Get("DOCKER_CONTEXT") != "":
		return unset("DOCKER_CONTEXT")
	}
	return "docker context use default"
}
