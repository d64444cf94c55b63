//go:build unix && !linux

package ownfile

const overflow = 65534

// privateGroup is false: users share their primary group on these systems, or may.
func privateGroup(string, uint32, uint32) bool { return false }

// unmapped is false: only Linux has user namespaces.
func unmapped(uint32) bool { return false }
