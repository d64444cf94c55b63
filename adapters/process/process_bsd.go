//go:build unix && !linux

package process

import "syscall"

func dieWithThread(*syscall.SysProcAttr) {}

func stillStopped(int) bool { return true }

func descendants(int) []int { return nil }
