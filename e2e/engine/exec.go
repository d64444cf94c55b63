package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Exec runs a command in a running container as user, or as the container's user if that is empty,
// and returns its output, including the headers of the engine's stream.
func (e *Engine) Exec(ctx context.Context, name, user string, command ...string) (string, error) {
	text, err := json.Marshal(map[string]any{"Cmd": command, "User": user, "AttachStdout": true, "AttachStderr": true})
	if err != nil {
		return "", err
	}
	var made struct{ ID string }
	path := "/containers/" + url.PathEscape(strings.TrimPrefix(name, "/")) + "/exec"
	if err := e.post(ctx, path, text, func(body io.Reader) error { return json.NewDecoder(body).Decode(&made) }); err != nil {
		return "", err
	}
	var printed bytes.Buffer
	err = e.post(ctx, "/exec/"+made.ID+"/start", []byte(`{"Detach":false}`), func(body io.Reader) error {
		_, err := io.Copy(&printed, body)
		return err
	})
	return printed.String(), err
}

// Root returns the directory in which the engine keeps its files.
func (e *Engine) Root(ctx context.Context) (string, error) {
	var info struct{ DockerRootDir string }
	err := e.call(ctx, http.MethodGet, "/info", nil, &info)
	return info.DockerRootDir, err
}

// RemoveContainer ends and removes a container with its volumes.
func (e *Engine) RemoveContainer(ctx context.Context, name string) error {
	return e.call(ctx, http.MethodDelete, "/containers/"+url.PathEscape(strings.TrimPrefix(name, "/"))+"?force=1&v=1", nil, nil)
}

func (e *Engine) post(ctx context.Context, path string, text []byte, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://engine"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("engine at %s: %w", e.host, err)
	}
	if response.StatusCode >= 300 {
		return errors.Join(fmt.Errorf("engine at %s: %s: %s", e.host, path, response.Status), response.Body.Close())
	}
	return errors.Join(read(response.Body), response.Body.Close())
}
