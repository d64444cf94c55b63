package docker

import (
	"fmt"
	"os"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// signalName returns the name of sig. Windows supports only these.
func signalName(sig os.Signal) (string, error) {
	switch sig {
	case os.Interrupt:
		return "SIGINT", nil
	case os.Kill:
		return "SIGKILL", nil
	case syscall.SIGTERM:
		return "SIGTERM", nil
	case syscall.SIGHUP:
		return "SIGHUP", nil
	case syscall.SIGQUIT:
		return "SIGQUIT", nil
	}
	return "", fmt.Errorf("%w: the signal %v", secret.ErrUnsupported, sig)
}
