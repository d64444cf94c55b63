package main

import "github.com/rogpeppe/go-internal/testscript"

// detachedCommands are none: the scripts that have them need an engine for Linux.
var detachedCommands map[string]func(*testscript.TestScript, bool, []string)
