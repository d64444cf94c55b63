// Package signals catches the signals that end or stop a command, and leaves
// alone those that were ignored when it started, as nohup or a shell's trap has
// them.
package signals

import (
	"os"
	"os/signal"
)

// Notify is signal.Notify without the signals that are ignored: to catch one
// would end its being ignored, here and in every process that is started. It
// knows of SIGHUP and SIGINT on every system, and on Linux also of those that the
// Go runtime does not touch, such as SIGTSTP. What else was ignored before the
// runtime started (SIGTERM, SIGQUIT, SIGPIPE) cannot be known.
func Notify(c chan<- os.Signal, list ...os.Signal) {
	for _, sig := range list {
		if !signal.Ignored(sig) && !ignored(sig) {
			signal.Notify(c, sig)
		}
	}
}
