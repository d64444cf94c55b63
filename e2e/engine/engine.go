// Package engine is a small client of the Engine API for the tests, the demo and the benchmarks. It
// makes images from one local executable without a registry, and inspects what is left behind. It
// deliberately shares no code with adapters/docker, to check that independently.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// DefaultHost is the default address of an engine.
const DefaultHost = "unix:///var/run/docker.sock"

// Engine is a container engine's API. It may be used by many goroutines.
type Engine struct {
	client *http.Client
	host   string
}

// New returns the engine at host, unix:///path or tcp://address:port; an empty
// host is $DOCKER_HOST, or else DefaultHost. Nothing is asked yet.
func New(host string) (*Engine, error) {
	if host == "" {
		host = os.Getenv("DOCKER_HOST")
	}
	if host == "" {
		host = DefaultHost
	}
	network, address, found := strings.Cut(host, "://")
	if !found || (network != "unix" && network != "tcp") {
		return nil, fmt.Errorf("%s is no unix:// or tcp:// address of an engine", host)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return &Engine{host: host, client: &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// Host returns the address that New settled on.
func (e *Engine) Host() string { return e.host }

// Ping returns nil if the engine responds.
func (e *Engine) Ping(ctx context.Context) error {
	return e.call(ctx, http.MethodGet, "/_ping", nil, nil)
}

// RemoveImage deletes an image and its tag.
func (e *Engine) RemoveImage(ctx context.Context, image string) error {
	return e.call(ctx, http.MethodDelete, "/images/"+url.PathEscape(image)+"?force=1", nil, nil)
}

// Containers returns the names of image's containers, running or not.
func (e *Engine) Containers(ctx context.Context, image string) ([]string, error) {
	filters, err := json.Marshal(map[string][]string{"ancestor": {image}})
	if err != nil {
		return nil, err
	}
	var list []struct{ Names []string }
	path := "/containers/json?all=1&filters=" + url.QueryEscape(string(filters))
	if err := e.call(ctx, http.MethodGet, path, nil, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, container := range list {
		names = append(names, container.Names...)
	}
	return names, nil
}

// Inspect returns the engine's record of a container, with its environment, which
// every user of the engine may read.
func (e *Engine) Inspect(ctx context.Context, name string) (json.RawMessage, error) {
	var answer json.RawMessage
	err := e.call(ctx, http.MethodGet, "/containers/"+url.PathEscape(strings.TrimPrefix(name, "/"))+"/json", nil, &answer)
	return answer, err
}

func (e *Engine) call(ctx context.Context, method, path string, body io.Reader, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, body)
	if err != nil {
		return err
	}
	response, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("engine at %s: %w", e.host, err)
	}
	content, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("engine at %s: %s %s: %s: %s", e.host, method, path, response.Status, strings.TrimSpace(string(content)))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(content, answer)
}
