//go:build unix && !linux

package ownfile

// isDescriptor is false: descriptors are devices in /dev/fd here, not links.
func isDescriptor(string) bool { return false }

func descriptor(string, string, []string) (found, error) { return found{}, nil }
