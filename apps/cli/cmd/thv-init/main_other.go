//go:build !linux

package main

func begin([]string) int {
	say("this is a program for Linux containers; on this system it does nothing")
	return statusFailed
}
