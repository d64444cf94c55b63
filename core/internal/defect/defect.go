// Package defect turns what no provider may do into an error.
package defect

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// Err is wrapped by every error of this package, beside secret.ErrUnavailable.
var Err = errors.New("the provider has a defect")

// New returns the error that the provider did what format and args say.
func New(format string, args ...any) error {
	return fmt.Errorf("%w: %w: it %s", secret.ErrUnavailable, Err, fmt.Sprintf(format, args...))
}

// Contain returns what work does, and a panic as an error, which names its place
// and not what was thrown: that may hold a value.
func Contain(work func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = New("panicked (%T in %s)", thrown, origin())
		}
	}()
	return work()
}

// origin is the place that a panic came from: the first frame below the
// runtime's own.
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
