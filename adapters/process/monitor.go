package process

import "os"

// MonitorVerb is the first argument of a monitor. Those after it are the number of its
// end of a link, the path of a program and that program's arguments from 0 on.
const MonitorVerb = "exec-monitor"

// Host has the functions that a monitor needs from its executable. Both are required.
type Host struct {
	// Harden protects the memory of this process, whose environment contains secrets, from
	// other processes.
	Harden func()
	// Catch is signal.Notify except for ignored signals, so that the started process still
	// ignores them.
	Catch func(chan<- os.Signal, ...os.Signal)
}
