//go:build !linux && !darwin && !windows

package keyring

import "github.com/thv-secrets/thv/core/secret"

func platformClass(error) error { return secret.ErrUnavailable }
