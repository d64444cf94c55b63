// Package handoff starts a workload's supervisor as a process in its own session, and
// is the supervisor's side of that start. The supervisor receives its StartRequest,
// which no other process may see, on its standard input, and reports the outcome on its
// standard output. It detaches from both once the workload runs.
package handoff

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// StartRequest is what a starter sends to its supervisor.
type StartRequest struct {
	// Password is the encrypted store's, if the starter has unlocked the store.
	Password secret.Value
	// Persist tries a first start again if the engine does not respond.
	Persist bool
	// Spec is the workload to run, which is saved after its start; nil for the saved one.
	Spec *workload.Spec
	// Granted are the keys of the granted items.
	Granted []string
	// Replaces is true if another run, or none, is saved under the name.
	Replaces bool
}

// wire is a StartRequest as it is sent: a line of JSON. One without its newline is
// incomplete.
type wire struct {
	Password []byte `json:"password,omitempty"`
	Persist  bool   `json:"persist,omitempty"`

	Spec    *workload.Spec `json:"spec,omitempty"`
	Granted []string       `json:"granted,omitempty"`

	Replaces bool `json:"replaces,omitempty"`
}

// maxMessage bounds a StartRequest, in bytes: a password has 64 KiB at most, and a RunConfig
// with the keys of what it gets a few times workload.MaxSpecSize.
const maxMessage = 256<<10 + 8*workload.MaxSpecSize

func write(w io.Writer, m StartRequest) error {
	text, err := json.Marshal(wire{m.Password.Bytes(), m.Persist, m.Spec, m.Granted, m.Replaces})
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	clear(text)
	return err
}

func read(r io.Reader) (StartRequest, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxMessage)).ReadBytes('\n')
	if err != nil {
		return StartRequest{}, fmt.Errorf("%w: what was handed over is cut off, and nothing was started", secret.ErrUnavailable)
	}
	defer clear(line)
	var got wire
	if err := json.Unmarshal(line, &got); err != nil {
		return StartRequest{}, fmt.Errorf("%w: what was handed over does not parse, and nothing was started", secret.ErrUnavailable)
	}
	return StartRequest{Password: secret.NewValue(got.Password), Persist: got.Persist, Spec: got.Spec, Granted: got.Granted, Replaces: got.Replaces}, nil
}

// report is a line that the supervisor writes.
type report struct {
	// Progress is a line for the user.
	Progress string `json:"progress,omitempty"`
	// Started is the last word of a supervisor that stays. Failure beside it is why
	// the workload does not run yet.
	Started *status.Status   `json:"started,omitempty"`
	Failure *control.Failure `json:"failure,omitempty"`
}

// Reporter tells the starter what becomes of the start. It may be used
// by many goroutines.
type Reporter struct {
	mu   sync.Mutex
	to   io.Writer
	last bool
}

func (r *Reporter) send(one report, last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last {
		return
	}
	r.last = last
	_ = json.NewEncoder(r.to).Encode(one) // the starter may be gone
}

// Progress reports text, which is for the user.
func (r *Reporter) Progress(text string) { r.send(report{Progress: text}, false) }

// Started reports that the supervisor stays, with err if the workload does not run yet.
func (r *Reporter) Started(st status.Status, err error) {
	r.send(report{Started: &st, Failure: control.NewFailure(err)}, true)
}

// Failed reports that the start failed.
func (r *Reporter) Failed(err error) { r.send(report{Failure: control.NewFailure(err)}, true) }

var errNoAnswer = errors.New("it ended without a word")
