package keyring

import (
	"errors"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// noLogonSession: a logon over the network, such as by ssh, has no credentials.
const noLogonSession = syscall.Errno(1312)

func platformClass(err error) error {
	switch {
	case errors.Is(err, noLogonSession):
		return secret.ErrUnsupported
	case errors.Is(err, syscall.ERROR_ACCESS_DENIED):
		return secret.ErrDenied
	}
	return secret.ErrUnavailable
}
