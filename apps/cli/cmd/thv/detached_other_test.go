//go:build !unix

package main

import "github.com/rogpeppe/go-internal/testscript"

// withDocker is for systems that have the signals which the scripts need.
func withDocker(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("this system ends no process by a signal")
}

// So are the commands that come after it.
var engineRuns, supervisorSignal, await, awaitLog, engineProxy, engineKill, engineMake = withDocker, withDocker, withDocker, withDocker, withDocker, withDocker, withDocker
