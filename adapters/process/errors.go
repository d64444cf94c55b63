package process

import (
	"errors"
	"fmt"
	"os"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// ErrNoMonitor is the error of Monitor for arguments that begin with MonitorVerb and that
// no Runtime has made.
var ErrNoMonitor = errors.New("only a runtime of local processes starts a monitor")

// supported returns an error if spec has a field that only a container supports.
func supported(spec workload.Spec) error {
	switch {
	case len(spec.Command) == 0 || spec.Command[0] == "":
		return fmt.Errorf("%w: a local process needs a command", secret.ErrUnsupported)
	case spec.Image != "":
		return fmt.Errorf("%w: a local process has no image", secret.ErrUnsupported)
	case len(spec.Volumes)+len(spec.Publish) > 0 || spec.Network != "":
		return fmt.Errorf("%w: a local process has no volumes, published ports or network of its own", secret.ErrUnsupported)
	case spec.ReadOnly || spec.Delivery == workload.DeliverySealed:
		return fmt.Errorf("%w: a local process has no image to keep from writing, and no engine to seal its variables from", secret.ErrUnsupported)
	case spec.User != "" || spec.Memory != 0 || spec.CPUs != 0:
		return fmt.Errorf("%w: a local process runs as this user and without limits", secret.ErrUnsupported)
	}
	if spec.Workdir != "" {
		if info, err := os.Stat(spec.Workdir); err != nil || !info.IsDir() {
			return fmt.Errorf("%w: the working directory %s is not there or no directory", workload.ErrCannotExecute, spec.Workdir)
		}
	}
	return nil
}

// classify returns the error of starting name with its class and advice.
func classify(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err // the path may be long, and name is what the user wrote
	}
	switch {
	case tooBig(err):
		return fmt.Errorf("%w: start %s: its arguments and environment are larger than this system allows; deliver large values as files (target=/path)", secret.ErrTooLarge, name)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %s: the interpreter or loader that it names is not there", workload.ErrCannotExecute, name)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %s: %w", workload.ErrCannotExecute, name, err)
	case noProgram(err):
		return fmt.Errorf("%w: %s: it is no program of this system (a script begins with #! and its interpreter)", workload.ErrCannotExecute, name)
	}
	return fmt.Errorf("%w: start %s: %w", secret.ErrUnavailable, name, err)
}
