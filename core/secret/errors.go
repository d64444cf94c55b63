package secret

import (
	"context"
	"errors"
	"fmt"
)

// The classes of failure, as sentinels for errors.Is. An error of a provider wraps
// exactly one of them, or is context.Canceled or context.DeadlineExceeded unchanged.
var (
	// ErrNotFound: the backend responded that the secret does not exist.
	ErrNotFound = errors.New("not found")
	// ErrDenied: the backend responded that the caller lacks the permission.
	ErrDenied = errors.New("access denied")
	// ErrLocked: the backend must be unlocked, or the password is wrong.
	ErrLocked = errors.New("locked")
	// ErrUnavailable: the backend did not respond (network, D-Bus, daemon, rate limit).
	// An error that a provider cannot classify has this class.
	ErrUnavailable = errors.New("unavailable")
	// ErrInvalidRef: the text is not a valid reference for this provider.
	ErrInvalidRef = errors.New("invalid reference")
	// ErrUnsupported: the provider does not have this capability.
	ErrUnsupported = errors.New("not supported")
	// ErrCorrupt: the store's content fails authentication or cannot be parsed.
	ErrCorrupt = errors.New("corrupt")
	// ErrTooLarge: the value exceeds a limit of the provider.
	ErrTooLarge = errors.New("too large")
	// ErrConflict: another process has changed the secret concurrently.
	ErrConflict = errors.New("conflict")
)

// ErrUsage is the class of a mistake in the command line, the configuration or a file
// that they name, found before or while a provider is opened. A provider that is an
// executable cannot report it. [Usagef] returns an error of this class.
var ErrUsage = errors.New("bad usage")

// Class names a class of failure in configuration, traces and JSON output.
type Class string

// The classes. ClassOK is the class of a nil error, and ClassOther the class of an error
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

// sentinels is ordered by precedence: the class of an error that wraps several of them is
// the first one here. A usage error comes first, since the caller has to correct it in
// any case, and not-found last, so that a joined failure is never mistaken for an absent
// secret.
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

// Sentinel returns the sentinel of c: an error for which [ClassOf] returns c. For
// ClassTimeout and ClassCanceled it is the context's error. It is nil for ClassOK,
// ClassOther and an unknown class.
func (c Class) Sentinel() error {
	for _, s := range sentinels {
		if s.class == c {
			return s.err
		}
	}
	return nil
}

// Error is a failed operation with its reference and its provider. Only package resolve
// creates it; a provider returns errors that wrap a sentinel. It never contains a value.
type Error struct {
	// Op is get, put, delete, list or check.
	Op string
	// Provider is the configured name of the provider that failed.
	Provider string
	// Ref is the zero Ref if the operation is not about a single secret.
	Ref Ref
	// Err wraps a sentinel or is a context's error.
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
