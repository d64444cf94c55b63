package docker

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
)

// notUpgraded begins the library's error of a call whose connection was to be taken
// over and that the Engine has refused: it has the status and not the reason.
const notUpgraded = "unable to upgrade"

// refusal returns err, or if that is the library's error of a connection that was not
// handed over, the Engine's own, which is in what w has kept.
func (w *watch) refusal(err error, say screen) error {
	if w.head == nil || !strings.HasPrefix(err.Error(), notUpgraded) {
		return err
	}
	response, reading := http.ReadResponse(bufio.NewReader(w.head.kept.Load()), nil)
	if reading != nil || response.StatusCode < http.StatusBadRequest {
		return err
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body) // if it is cut off, what there is
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = strings.TrimSpace(string(text))
	}
	if said.Message == "" {
		return err
	}
	return &engineRefusal{say.text(errors.New(said.Message)), response.StatusCode}
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
