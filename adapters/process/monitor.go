package process

import "os"

// MonitorVerb is the first argument of a monitor. Those after it are the number of its
// end of a link, the path of a program and that program's arguments from 0 on.
const MonitorVerb = "exec-monitor"

// Host is what a monitor is given by the program that it is. Both must be set.
type Host struct {
	// Harden keeps the memory of this process, which has the process's secrets in its
	// environment, from other processes.
	Harden func()
	// Catch is signal.Notify, but leaves alone signals that are ignored, so that what is
	// started goes on to ignore them.
	Catch func(chan<- os.Signal, ...os.Signal)
}
