package secret

import (
	"context"
	"errors"
	"fmt"
)

// The classes of failure, as sentinels for errors.Is. An error of a provider
// wraps exactly one of them, or is context.Canceled or
// context.DeadlineExceeded unchanged.
var (
	// ErrNotFound: the backend answered that it has no such secret.
	ErrNotFound = errors.New("not found")
	// ErrDenied: the backend answered that this caller may not.
	ErrDenied = errors.New("access denied")
	// ErrLocked: the backend needs unlocking, or the password is wrong.
	ErrLocked = errors.New("locked")
	// ErrUnavailable: no answer (network, D-Bus, daemon, rate limit). An error
	// that a provider cannot classify is of this class.
	ErrUnavailable = errors.New("unavailable")
	// ErrInvalidRef: the text is not a reference of this provider.
	ErrInvalidRef = errors.New("invalid reference")
	// ErrUnsupported: outside the provider's capabilities.
	ErrUnsupported = errors.New("not supported")
	// ErrCorrupt: the store answers, but its content fails authentication or
	// does not parse.
	ErrCorrupt = errors.New("corrupt")
	// ErrTooLarge: over a limit of the provider.
	ErrTooLarge = errors.New("too large")
	// ErrConflict: changed concurrently by another process.
	ErrConflict = errors.New("conflict")
)

// ErrUsage is the class of a mistake in the command line, the configuration or a file
// that they name, found before a backend is asked or while it is opened. A provider that
// is a program cannot report it. [Usagef] makes an error of this class.
var ErrUsage = errors.New("bad usage")

// Class names a class of failure in configuration, traces and JSON output.
type Class string

// The classes. ClassOK is the class of a nil error; ClassOther that of an error
// that wraps no sentinel.
const (
	ClassOK          Class = "ok"
	ClassNotFound    Class = "not-found"
	ClassDenied      Class = "denied"
	ClassLocked      Class = "locked"
	ClassUnavailable Class = "unavailable"
	ClassInvalidRef  Class = "invalid-ref"
	ClassUnsupported Class = "unsupported"
	ClassCorrupt     Class = "corrupt"
	ClassTooLarge    Class = "too-large"
	ClassConflict    Class = "conflict"
	ClassTimeout     Class = "timeout"
	ClassCanceled    Class = "canceled"
	ClassUsage       Class = "usage"
	ClassOther       Class = "other"
)

// sentinels is ordered by precedence: of an error that wraps several, the first
// one here counts. A mistake of the caller comes first, since it has to be corrected
// whatever its cause, and absence last, so that a failure which was joined with an
// absence never passes for one.
var sentinels = []struct {
	err   error
	class Class
}{
	{ErrUsage, ClassUsage},
	{context.Canceled, ClassCanceled},
	{context.DeadlineExceeded, ClassTimeout},
	{ErrCorrupt, ClassCorrupt},
	{ErrDenied, ClassDenied},
	{ErrLocked, ClassLocked},
	{ErrUnavailable, ClassUnavailable},
	{ErrTooLarge, ClassTooLarge},
	{ErrConflict, ClassConflict},
	{ErrInvalidRef, ClassInvalidRef},
	{ErrUnsupported, ClassUnsupported},
	{ErrNotFound, ClassNotFound},
}

// ClassOf returns the class of err.
func ClassOf(err error) Class {
	if err == nil {
		return ClassOK
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.class
		}
	}
	return ClassOther
}

// Sentinel returns the error that ClassOf answers c for, which for ClassTimeout
// and ClassCanceled is the context's; nil where no one error stands for c.
func (c Class) Sentinel() error {
	for _, s := range sentinels {
		if s.class == c {
			return s.err
		}
	}
	return nil
}

// Error says which operation failed, for which reference, at which provider.
// Only core makes it; a provider answers errors that wrap a sentinel. It never
// holds a value.
type Error struct {
	// Op is the verb: get, put, delete, list or check.
	Op string
	// Provider is the configured name of the provider that decided.
	Provider string
	// Ref is the zero Ref for operations on no single secret.
	Ref Ref
	// Err wraps a sentinel, or is a context's error.
	Err error
}

// Error returns the operation, the reference, the provider and the cause.
func (e *Error) Error() string {
	if e.Ref == (Ref{}) {
		return fmt.Sprintf("%s: %s: %v", e.Provider, e.Op, e.Err)
	}
	return fmt.Sprintf("%s %q: %s: %v", e.Op, e.Ref.String(), e.Provider, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
