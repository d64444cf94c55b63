//go:build unix

package docker

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

// signalName returns the name of sig, since the numbers may differ between this system and the
// container's.
func signalName(sig os.Signal) (string, error) {
	if s, ok := sig.(syscall.Signal); ok {
		if name := unix.SignalName(s); name != "" {
			return name, nil
		}
	}
	return "", fmt.Errorf("%w: the signal %v", secret.ErrUnsupported, sig)
}
