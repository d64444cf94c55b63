package foreground

import (
	"os"
	"syscall"
)

// forwarded are the signals that go on to a workload. Windows tells nobody of a
// new size.
var forwarded = []os.Signal{os.Interrupt, syscall.SIGTERM}

func isResize(os.Signal) bool { return false }
