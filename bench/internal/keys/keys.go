// Package keys reads a store's password in the fewest steps that each keyring
// allows, for the baseline programs.
package keys

import (
	"fmt"

	"github.com/thv-secrets/thv/bench/internal/format2"
)

// Read returns the password for the store id from the keyring called name,
// "kernel" or "service".
func Read(name, id string) ([]byte, error) {
	switch name {
	case "kernel":
		return kernel("toolhive:toolhive-" + id)
	case "service":
		return service("toolhive", "toolhive-"+id)
	}
	return nil, fmt.Errorf("%q is no keyring; there are kernel and service", name)
}

// Open opens the store at path with its password from the keyring name.
func Open(name, path string) (*format2.Store, error) {
	file, size, id, err := format2.Read(path)
	if err != nil {
		return nil, err
	}
	password, err := Read(name, id)
	if err != nil {
		return nil, err
	}
	return format2.Open(path, file, size, id, password)
}
