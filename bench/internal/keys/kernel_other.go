//go:build !linux

package keys

import "errors"

func kernel(string) ([]byte, error) { return nil, errors.New("only Linux has a kernel keyring") }
