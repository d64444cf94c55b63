//go:build !linux

// Package private keeps this process's memory from other processes of its user.
package private

// Keep does nothing: this system has no such switch.
func Keep() {}
