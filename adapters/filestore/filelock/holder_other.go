//go:build !linux

package filelock

func holder(string) string { return "" }
