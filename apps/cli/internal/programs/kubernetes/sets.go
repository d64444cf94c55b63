package kubernetes

import (
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/google/wire"

	"github.com/thv-secrets/thv/adapters/k8s"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

var set = wire.NewSet(newLogger, newConfig, wire.Struct(new(program), "*"))

// newLogger logs to standard error, which thv shows with --debug.
func newLogger(streams *terminal.Streams) *slog.Logger { return logging.New(streams.Err, true).Logger }

// newConfig selects the kubeconfig as kubectl does: the named one, those in KUBECONFIG,
// the user's own; in a pod without any of them, the pod's service account.
func newConfig(o Options, environ *procenv.Environ, log *slog.Logger) k8s.Config {
	c := k8s.Config{
		Context: o.context, Namespace: o.namespace, Timeout: o.timeout,
		Proxy: http.ProxyFromEnvironment, Logger: log,
	}
	switch {
	case o.kubeconfig != "":
		c.Kubeconfig = []string{o.kubeconfig}
	case environ.Get("KUBECONFIG") != "":
		c.Kubeconfig = filepath.SplitList(environ.Get("KUBECONFIG"))
	case environ.Get("KUBERNETES_SERVICE_HOST") != "":
		c.InCluster = true
	default:
		c.Kubeconfig = []string{filepath.Join(home(environ), ".kube", "config")}
	}
	return c
}

func home(environ *procenv.Environ) string {
	if folder := environ.Get("HOME"); folder != "" {
		return folder
	}
	return environ.Get("USERPROFILE")
}
