// Package safecall turns what no provider may do, such as a panic, into an error.
package safecall

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// ErrMisbehaved is wrapped by every error of this package, beside
// [secret.ErrUnavailable].
var ErrMisbehaved = errors.New("the provider has a defect")

// Misbehaved returns an error that says what the provider did wrong, by format and args.
func Misbehaved(format string, args ...any) error {
	return fmt.Errorf("%w: %w: it %s", secret.ErrUnavailable, ErrMisbehaved, fmt.Sprintf(format, args...))
}

// Recover runs work and returns its error. A panic becomes an error that names the place
// and the type of the panic's argument, but not the argument, since it may hold a value.
func Recover(work func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = Misbehaved("panicked (%T in %s)", thrown, origin())
		}
	}()
	return work()
}

// origin returns the place of a panic: the first frame that is not the runtime's.
func origin() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}
