package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/delivery"
)

func begin(args []string) int {
	// Until the program is executed, which undoes it, no other process of the
	// container may look into this one.
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	switch {
	case len(args) >= 3 && args[0] == "run":
		return run(args[1], args[2:])
	case len(args) == 1 && args[0] == "refresh":
		return refresh()
	}
	say("usage: thv-init run NAME COMMAND [ARG…] | refresh")
	return statusFailed
}

// run returns only if the program could not be executed.
func run(name string, argv []string) int {
	terminal, err := openTerminal(0)
	if err != nil {
		say("the terminal: ", err.Error())
		return statusFailed
	}
	if err := terminal.ready(); err != nil {
		say("the terminal: ", err.Error())
		return statusFailed
	}
	frame, err := delivery.Read(input(0))
	terminal.restore()
	if err != nil {
		say(reason(err, name))
		return statusFailed
	}
	if err := deliver(frame.Files); err != nil {
		frame.Wipe()
		say(err.Error())
		return statusFailed
	}
	environment := merged(os.Environ(), frame.Variables)
	frame.Wipe()
	path, err := lookUp(argv[0], environment)
	if err != nil {
		return cannot(argv[0], err)
	}
	terminal.done()
	return cannot(argv[0], execute(path, argv, environment))
}

// reason returns why there are no values, and what to do.
func reason(err error, name string) string {
	again := "thv run"
	if name != "" {
		again = "thv restart " + name
	}
	text := err.Error()
	if errors.Is(err, delivery.ErrNothing) || errors.Is(err, errSilence) {
		text += ": this container's values are with thv alone, and an engine that restarts it does not have them"
	}
	return text + "; start it with: " + again
}
