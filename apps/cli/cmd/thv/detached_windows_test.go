package main

import "github.com/rogpeppe/go-internal/testscript"

// engineCommands are none: the scripts that use them need signals.
var engineCommands map[string]func(*testscript.TestScript, bool, []string)
