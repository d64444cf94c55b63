//go:build unix && !linux

package ownfile

import "os"

// isDescriptor reports whether at is the directory of this process's descriptors. Its
// entries are the open files themselves, not links.
func isDescriptor(at string) bool { return at == "/dev/fd" }

// placeOf returns the present target of path.
func placeOf(path string, _ *os.File) (string, error) { return lead(path) }
