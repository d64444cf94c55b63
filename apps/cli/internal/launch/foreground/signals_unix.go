//go:build !windows

package foreground

import (
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/signals"
)

// forwarded are the signals that go on to a workload.
var forwarded = []os.Signal{
	os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
	syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH,
}

func isResize(sig os.Signal) bool { return sig == syscall.SIGWINCH }

// ends reports whether a signal asks for the end.
func ends(sig os.Signal) bool {
	return slices.Contains([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}, sig)
}

// surviveBrokenPipes makes a write to a standard stream without a reader fail
// instead of ending this process, until restore is called. SIGPIPE is caught and
// not ignored, which a process that is started would inherit.
func surviveBrokenPipes() (restore func()) {
	unread := make(chan os.Signal, 1)
	signals.Notify(unread, syscall.SIGPIPE)
	return func() { signal.Stop(unread) }
}

// brokenPipe reports whether err is that of writing to a pipe without a reader.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
