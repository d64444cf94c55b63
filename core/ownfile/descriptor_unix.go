//go:build unix && !linux

package ownfile

import "os"

// isDescriptor reports whether at is the directory of this process's descriptors,
// whose entries are what is open here, not links to it.
func isDescriptor(at string) bool { return at == "/dev/fd" }

// placeOf returns where path leads now.
func placeOf(path string, _ *os.File) (string, error) { return lead(path) }
