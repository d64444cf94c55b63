package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/thv-secrets/thv/core/secret"
)

// podmanPrepared is the state of a container that Podman has prepared for a start.
const podmanPrepared = "initialized"

// podmanHeader is in every response of Podman's Docker-compatible API.
const podmanHeader = "Libpod-Api-Version"

// kind is the kind of the engine at an address: Podman or Docker. Before the first response it
// is guessed from the address.
type kind struct{ podman atomic.Bool }

// kindRecorder is an HTTP transport that records the kind of the engine.
type kindRecorder struct {
	next http.RoundTripper
	kind *kind
}

// RoundTrip forwards the request.
func (r kindRecorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	switch {
	case err != nil:
	case response.Header.Get(podmanHeader) != "":
		r.kind.podman.Store(true)
	case strings.HasPrefix(response.Header.Get("Server"), "Docker/"):
		r.kind.podman.Store(false)
	}
	return response, err
}

func (r *Runtime) isPodman() bool { return r.host.kind.podman.Load() }

// program returns the name of the engine's command-line program, for messages.
func (r *Runtime) program() string {
	if r.isPodman() {
		return "podman"
	}
	return "docker"
}

// engine returns the engine and its address, such as "Podman at unix:///x".
func (r *Runtime) engine() string { return r.named() + " at " + r.host.address }

func (r *Runtime) named() string {
	if r.isPodman() {
		return "Podman"
	}
	return "the Docker Engine"
}

// startLine returns the command that starts the engine.
func (r *Runtime) startLine() string {
	switch {
	case !r.isPodman():
		return starts(runtime.GOOS)
	case strings.HasPrefix(r.host.endpoint, "/run/podman/"):
		return "sudo systemctl start podman.socket"
	}
	return "systemctl --user start podman.socket"
}

// statusOf returns the exit status of a container that started after since. Podman reports 0
// for every container whose removal is waited for, so its events are read.
func (r *Runtime) statusOf(ctx context.Context, id string, since time.Time) (int, error) {
	// The clock of a remote engine may differ: the last attempt reads all events.
	for _, from := range []string{strconv.FormatInt(since.Add(-time.Minute).Unix(), 10), "1"} {
		status, found, err := r.died(ctx, id, from)
		if found || err != nil {
			return status, err
		}
	}
	return 0, fmt.Errorf("%w: %s does not say with which status the container %.12s ended; see that its events are kept (events_logger in containers.conf)",
		secret.ErrUnavailable, r.engine(), id)
}

// died reads the events of a container until the event of its removal, for at most half of
// limits.end. The request has no end time, since Podman would stop there even if it has not
// read all events.
func (r *Runtime) died(ctx context.Context, id, since string) (status int, found bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, r.limits.end/2)
	defer cancel()
	messages, faults := r.api.Events(bounded, events.ListOptions{Since: since, Filters: filters.NewArgs(filters.Arg("container", id))})
	for {
		select {
		case m := <-messages:
			switch m.Action {
			case events.ActionDie:
				text := m.Actor.Attributes["exitCode"]
				if text == "" {
					text = m.Actor.Attributes["containerExitCode"]
				}
				if status, err = strconv.Atoi(text); err == nil {
					found = true
				}
			case events.ActionRemove, events.ActionDestroy:
				return status, found, nil
			}
		case err := <-faults:
			if errors.Is(err, io.EOF) || ctx.Err() == nil && bounded.Err() != nil {
				err = nil
			} else if err != nil {
				err = r.failed(ctx, "reading the events of the container", err)
			}
			return status, found, err
		}
	}
}

// classOfPodman classifies an error by Podman's message, since Podman uses the status 500 for
// errors for which Docker has others. It returns nil for other messages.
func classOfPodman(words string) error {
	has := func(part string) bool { return strings.Contains(words, part) }
	switch {
	case has("is already in use"), has("name is in use"):
		return errNameTaken
	case has("container-init binary not found"), has("catatonit"):
		return secret.ErrUnsupported
	}
	return nil
}

var errNameTaken = errors.New("the name is taken")
