package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// execute runs the executable to its end, since Windows cannot replace a process, and
// returns its status. An interrupt reaches both processes of the console; this
// one waits.
func execute(ctx context.Context, path string, argv, environ []string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path, argv[1:]...)
	cmd.Env = environ
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &terminal.StatusError{Status: exit.ExitCode()}
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", secret.ErrUnavailable, path, err)
	}
	return &terminal.StatusError{Status: 0}
}
