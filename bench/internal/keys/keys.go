// Package keys reads a store's password in the fewest steps that each keyring
// allows, for the baseline programs.
package keys

import "fmt"

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
