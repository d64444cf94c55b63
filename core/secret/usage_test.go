package secret

import (
	"errors"
	"fmt"
	"testing"
)

func TestUsagef_IsAMistakeWhateverItsCause(t *testing.T) {
	for _, cause := range []error{errors.New("empty"), ErrLocked, ErrNotFound, ErrDenied} {
		err := Usagef("--password-file: %w", cause)
		if want := "--password-file: " + cause.Error(); err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		for _, err := range []error{err, fmt.Errorf("more: %w", err), &Error{Op: "get", Provider: "p", Err: err}} {
			if got := ClassOf(err); got != ClassUsage {
				t.Errorf("%v: got class %s, want %s", err, got, ClassUsage)
			}
			if !errors.Is(err, cause) {
				t.Errorf("%v does not wrap its cause", err)
			}
		}
	}
}
