package main

import (
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// keySource returns a function that returns the key: from the variable, or from a file as it was at
// the last SIGHUP.
func keySource() func() string {
	path := os.Getenv("API_KEY_FILE")
	if path == "" {
		return func() string { return os.Getenv("API_KEY") }
	}
	var key atomic.Value
	read := func() {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "keyserver:", err)
		}
		key.Store(string(text))
		fmt.Fprintln(os.Stderr, "keyserver: the key in the file is", string(text))
	}
	read()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	go func() {
		for range told {
			read()
		}
	}()
	return func() string { return key.Load().(string) }
}
