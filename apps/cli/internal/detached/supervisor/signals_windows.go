package supervisor

import "syscall"

// signals are by the names that workload.Signals has, as far as this system knows
// them.
var signals = map[string]syscall.Signal{
	"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM,
}
