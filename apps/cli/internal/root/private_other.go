//go:build !linux

package root

// keepPrivate does nothing: this system has no such switch.
func keepPrivate() {}
