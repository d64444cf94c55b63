package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// maxInfo is the maximum size of an engine's description, in bytes.
const maxInfo = 1 << 20

var _ workload.Described = (*Runtime)(nil)

// Engine returns the address of the engine that is used.
func (r *Runtime) Engine() workload.Engine {
	e := workload.Engine{Name: "Docker", Address: r.host.address, ChosenBy: r.config.ChosenBy}
	if r.isPodman() {
		e.Name, e.Start = "Podman", r.startLine()
	}
	return e
}

// Describe asks for the engine's version and whether it runs without root.
func (r *Runtime) Describe(ctx context.Context) (workload.Engine, error) {
	if err := r.Check(ctx); err != nil {
		return r.Engine(), err
	}
	info, err := r.info(ctx)
	if err != nil {
		return r.Engine(), r.failed(ctx, "asking for its version", err)
	}
	e := r.Engine()
	e.Version = printable.Line(info.ServerVersion, maxWords)
	e.Rootless = info.Rootless || slices.Contains(info.SecurityOptions, "name=rootless")
	return e, nil
}

// info is an engine's description. The library's type lacks Rootless, which only Podman
// reports.
type info struct {
	ServerVersion   string
	Name            string
	SecurityOptions []string
	Rootless        bool
}

func (r *Runtime) info(ctx context.Context) (i info, err error) {
	bounded, cancel := context.WithTimeout(ctx, r.limits.call)
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, http.MethodGet, r.plainURL("/info"), nil)
	if err != nil {
		return i, err
	}
	response, err := r.api.HTTPClient().Do(request)
	if err != nil {
		return i, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return i, fmt.Errorf("%w: status %d", secret.ErrUnavailable, response.StatusCode)
	}
	return i, json.NewDecoder(io.LimitReader(response.Body, maxInfo)).Decode(&i)
}

// plainURL returns the URL of a call in the negotiated version of the API.
func (r *Runtime) plainURL(path string) string {
	scheme, host := "http", r.host.endpoint
	switch r.host.scheme {
	case "unix", "npipe":
		host = "engine" // the client dials the socket
	}
	return fmt.Sprintf("%s://%s/v%s%s", scheme, host, r.api.ClientVersion(), path)
}
