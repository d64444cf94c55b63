package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
)

// notUpgraded begins the library's error of a call whose connection was to be taken
// over and that the Engine has refused: it has the status and not the reason.
const notUpgraded = "unable to upgrade"

// refusal returns err, or where that is the library's error of a connection that was
// not taken over, the Engine's own. That one is asked for by the same call as a plain
// request, which the Engine refuses for the same reason.
func (r *Runtime) refusal(ctx context.Context, path string, err error, say screen) error {
	if !strings.HasPrefix(err.Error(), notUpgraded) || ctx.Err() != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, r.limits.call)
	defer cancel()
	request, making := http.NewRequestWithContext(bounded, http.MethodPost, r.plainURL(path), strings.NewReader("{}"))
	if making != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, asking := r.api.HTTPClient().Do(request)
	if asking != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < http.StatusBadRequest {
		return err
	}
	text, reading := io.ReadAll(io.LimitReader(response.Body, 64*maxWords))
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = strings.TrimSpace(string(text))
	}
	if reading != nil || said.Message == "" {
		return err
	}
	return &engineRefusal{say.text(errors.New(said.Message)), response.StatusCode}
}

// plainURL is that of a call of the negotiated API.
func (r *Runtime) plainURL(path string) string {
	scheme, place := "http", r.host.place
	switch r.host.scheme {
	case "unix", "npipe":
		place = "engine" // what is dialed is the socket
	}
	return fmt.Sprintf("%s://%s/v%s%s", scheme, place, r.api.ClientVersion(), path)
}

// engineRefusal is what an Engine has said of a call that it refused.
type engineRefusal struct {
	// words hold nothing of an environment.
	words  string
	status int
}

// Error returns the Engine's words.
func (e *engineRefusal) Error() string { return e.words }

// Unwrap returns the class of the status; nil if that says no more than that the call
// failed.
func (e *engineRefusal) Unwrap() error {
	switch e.status {
	case http.StatusBadRequest:
		return cerrdefs.ErrInvalidArgument
	case http.StatusUnauthorized, http.StatusForbidden:
		return cerrdefs.ErrPermissionDenied
	}
	return nil
}
