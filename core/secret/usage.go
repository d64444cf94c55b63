package secret

import "fmt"

// UsageError is an error of the class [ErrUsage] whose text is that of Err. Its text
// holds no value.
type UsageError struct{ Err error }

// Usagef returns a UsageError. It formats like fmt.Errorf.
func Usagef(format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...)}
}

// Error returns the text of Err.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns [ErrUsage] and Err.
func (e *UsageError) Unwrap() []error { return []error{ErrUsage, e.Err} }
