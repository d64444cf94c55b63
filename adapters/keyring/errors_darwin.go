package keyring

import (
	"errors"
	"os/exec"

	"github.com/thv-secrets/thv/core/secret"
)

// Exit codes of /usr/bin/security: the low byte of the OSStatus in SecBase.h.
const (
	exitInteractionNotAllowed = 36  // errSecInteractionNotAllowed, locked, and prompting is not possible
	exitNoDefaultKeychain     = 37  // errSecNoDefaultKeychain
	exitAuthFailed            = 51  // errSecAuthFailed
	exitUserCanceled          = 128 // errSecUserCanceled
)

func platformClass(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return secret.ErrUnavailable
	}
	switch exit.ExitCode() {
	case exitInteractionNotAllowed, exitAuthFailed:
		return secret.ErrLocked
	case exitUserCanceled:
		return secret.ErrDenied
	case exitNoDefaultKeychain:
		return secret.ErrUnsupported
	}
	return secret.ErrUnavailable
}
