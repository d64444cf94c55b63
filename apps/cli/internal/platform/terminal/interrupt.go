package terminal

import (
	"context"
	"fmt"
	"syscall"
)

// InterruptedError is the end of a command by a signal before its work was done.
// It is a context.Canceled, and its exit code 128 and the signal's number.
type InterruptedError struct {
	Signal syscall.Signal
	// Err is what failed while the command ended; nil, or an error that is
	// nothing but a cancelled context, for nothing.
	Err error
}

// Error says interrupted, and what else failed.
func (e *InterruptedError) Error() string {
	if e.Err == nil || OnlyCanceled(e.Err) {
		return "interrupted"
	}
	return fmt.Sprintf("interrupted; %v", e.Err)
}

// Unwrap returns context.Canceled and what else failed.
func (e *InterruptedError) Unwrap() []error {
	if e.Err == nil {
		return []error{context.Canceled}
	}
	return []error{context.Canceled, e.Err}
}

// OnlyCanceled reports whether err is nothing but a cancelled context, however
// it is wrapped. A nil error is not.
func OnlyCanceled(err error) bool {
	if err == context.Canceled { //nolint:errorlint // it is unwrapped here
		return true
	}
	switch wrapper := err.(type) { //nolint:errorlint // it is unwrapped here
	case interface{ Unwrap() error }:
		return wrapper.Unwrap() != nil && OnlyCanceled(wrapper.Unwrap())
	case interface{ Unwrap() []error }:
		for _, cause := range wrapper.Unwrap() {
			if !OnlyCanceled(cause) {
				return false
			}
		}
		return len(wrapper.Unwrap()) > 0
	}
	return false
}
