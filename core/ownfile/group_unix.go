//go:build unix && !linux

package ownfile

const overflow = 65534

// privateGroup returns false: on these systems users may share their primary group.
func privateGroup(string, uint32, uint32) bool { return false }

// unmapped returns false: only Linux has user namespaces.
func unmapped(uint32) bool { return false }
