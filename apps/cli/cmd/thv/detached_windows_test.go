package main

import "github.com/rogpeppe/go-internal/testscript"

// detachedCommands is empty: no test has a real engine here.
var detachedCommands map[string]func(*testscript.TestScript, bool, []string)
