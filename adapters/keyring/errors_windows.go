package keyring

import (
	"errors"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// noLogonSession is the error of a network logon, such as by ssh, which has no credentials.
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
