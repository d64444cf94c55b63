package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

var _ workload.Refresher = (*process)(nil)

// maxSaid is the maximum length of an init's message that is kept.
const maxSaid = 4 << 10

// Refresh runs the init executable, which is still in the container, to replace the files.
func (p *process) Refresh(ctx context.Context, environment workload.Environment) error {
	h, err := newHandover(workload.Spec{}, environment)
	if err != nil {
		return err
	}
	if !slices.Equal(h.paths, p.handover.paths) {
		return invalid("secrets", "the files to refresh are not those that the workload was started with; restart it")
	}
	if len(h.paths) == 0 {
		return nil
	}
	frame, err := h.frame(environment)
	if err != nil {
		return err
	}
	defer clear(frame)
	p.refreshing.Lock()
	defer p.refreshing.Unlock()
	select {
	case <-p.done:
		return os.ErrProcessDone
	default:
	}
	return p.call(ctx, "replacing the delivered files", func(ctx context.Context) error {
		return p.refresh(ctx, frame, screen{environment})
	})
}

// refresh sends frame over the input of an exec; the Engine keeps the exec's
// command, which holds no value.
func (p *process) refresh(ctx context.Context, frame []byte, say screen) error {
	api := p.runtime.api
	// Without a terminal there are no detach keys.
	made, err := api.ContainerExecCreate(ctx, p.id, container.ExecOptions{
		Cmd: []string{initPath, initUpdate}, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return execRefused(err, say)
	}
	watching, watch := withWatch(ctx)
	conn, err := api.ContainerExecAttach(watching, made.ID, container.ExecAttachOptions{})
	if err != nil {
		watch.stop()
		return watch.refusal(err, say)
	}
	watch.taken()
	defer conn.Close()
	said := &short{}
	if _, err = conn.Conn.Write(frame); err == nil {
		_ = conn.CloseWrite()
	}
	err = errors.Join(err, demultiplex(conn.Reader, said, said))
	if !watch.stop() || ctx.Err() != nil {
		return ctx.Err()
	}
	status, endErr := p.statusOf(ctx, made.ID)
	if endErr != nil {
		return errors.Join(endErr, err)
	}
	if status != 0 {
		return &refusedError{status, say.text(errors.New(said.String()))}
	}
	return nil // then it is not a fault that the input was not read completely
}

// execRefused returns the Engine's reason for refusing an exec, or err itself if the container
// has exited. A paused container has the same status as one that has exited.
func execRefused(err error, say screen) error {
	status := http.StatusInternalServerError
	switch {
	case client.IsErrConnectionFailed(err), cerrdefs.IsNotFound(err),
		cerrdefs.IsConflict(err) && !strings.Contains(err.Error(), "is paused"):
		return err
	case cerrdefs.IsPermissionDenied(err):
		status = http.StatusForbidden
	}
	return &engineRefusal{say.text(err), status}
}

// statusOf waits for the end of an exec, which the Engine reports a moment after the end of
// its output.
func (p *process) statusOf(ctx context.Context, exec string) (int, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		ended, err := p.runtime.api.ContainerExecInspect(ctx, exec)
		if err != nil || !ended.Running {
			return ended.ExitCode, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// refusedError is the error of an init that could not replace the files.
type refusedError struct {
	status int
	words  string
}

// Error returns the init's message, which names a file and contains no value.
func (e *refusedError) Error() string {
	return fmt.Sprintf("the delivered files were not replaced, and stay as they were (status %d): %s; restart the workload", e.status, e.words)
}

// Unwrap returns the class of the failure.
func (e *refusedError) Unwrap() error { return secret.ErrUnavailable }

// short is a writer that keeps only the beginning.
type short struct{ bytes.Buffer }

func (s *short) Write(p []byte) (int, error) {
	_, _ = s.Buffer.Write(p[:min(len(p), maxSaid-s.Len())])
	return len(p), nil
}
