//go:build !linux

// Package procharden keeps this process's memory from other processes of its user.
package procharden

// DisableDumps does nothing: this system has no such switch.
func DisableDumps() {}
