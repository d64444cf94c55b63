package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	// executeWait bounds how long a program may take to be executed once its container
	// runs.
	executeWait = 10 * time.Second
	// endedWait is the maximum wait for the removal of an exited container.
	endedWait = time.Minute
	// unknownWait is for an engine that cannot tell: what cannot be executed ends at
	// once.
	unknownWait = 300 * time.Millisecond
)

// executed waits until a's program is executed, if its runtime can report that, and
// returns workload.ErrNoCommand or workload.ErrCannotExecute if it could not be
// executed.
func (s *Supervisor) executed(ctx context.Context, a *active) error {
	known, can := a.process.(workload.Executing)
	if !can {
		return nil
	}
	over := time.After(executeWait)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		yes, err := known.Executed(ctx)
		if yes {
			return nil
		}
		switch {
		case errors.Is(err, os.ErrProcessDone): // which done says once all is removed
			over = time.After(endedWait)
			wait = endedWait
		case err != nil:
			over = time.After(unknownWait)
			wait = unknownWait
		}
		select {
		case <-a.done:
			return s.notExecuted(ctx, a)
		case <-ctx.Done():
			return nil
		case <-over:
			return nil
		case <-time.After(wait):
		}
	}
}

// notExecuted returns the failure of a, which exited before its command was seen to run; nil if
// its status is not that of a command that cannot be executed.
func (s *Supervisor) notExecuted(ctx context.Context, a *active) error {
	var class error
	switch {
	case a.err != nil:
		return nil
	case a.status == terminal.ExitNoCommand:
		class = workload.ErrNoCommand
	case a.status == terminal.ExitCannotExec:
		class = workload.ErrCannotExecute
	default:
		return nil
	}
	line := s.lastLine(ctx, a)
	if command := s.config.Spec.Command; len(command) > 0 && !strings.Contains(line, command[0]) { // as of Podman's init
		line = fmt.Sprintf("%q: %s", command[0], line)
	}
	return fmt.Errorf("%w in the image %s: %s", class, s.config.Spec.Image, line)
}

// maxParts bounds of how many entries of the log the last line is made.
const maxParts = 32

// lastLine is the last line that a has printed, masked.
func (s *Supervisor) lastLine(ctx context.Context, a *active) string {
	var text strings.Builder
	_ = logfile.Read(ctx, s.config.LogPath, logfile.Query{Tail: maxParts, Since: a.began}, func(e logfile.Entry) error {
		text.WriteString(e.Text)
		if !e.Partial {
			text.WriteByte('\n')
		}
		return nil
	})
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return "it said nothing"
}

// final reports whether a start with err is not tried again: what cannot be executed
// now cannot be executed the next time.
func final(err error) bool {
	return errors.Is(err, workload.ErrNoCommand) || errors.Is(err, workload.ErrCannotExecute)
}
