package unlock

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/secret"
)

// lookup is one lookup in the chain: the sources that failed, until one had a password.
type lookup struct {
	failures []failedSource
	// empty is whether the source tried last works and has nothing.
	empty bool
	// stop is an error that ends the lookup.
	stop error
}

type failedSource struct {
	source string
	err    error
}

// try asks one source. A must source that is broken, or any source once the context
// is done, stops the lookup.
func (l *lookup) try(ctx context.Context, source PasswordSource, must bool) (secret.Value, bool) {
	l.empty = false
	if l.stop != nil {
		return secret.Value{}, false
	}
	password, err := source.Lookup(ctx)
	if err == nil {
		return password, true
	}
	l.failures = append(l.failures, failedSource{source.Name, err})
	switch {
	case errors.Is(err, secret.ErrNotFound):
		l.empty = true
	case errors.Is(err, secret.ErrUnsupported):
	case must, ctx.Err() != nil:
		l.stop = fmt.Errorf("%s: %w", source.Name, err)
	}
	return secret.Value{}, false
}

// wrong records a source whose password did not open the store before.
func (l *lookup) wrong(source PasswordSource) {
	l.failures = append(l.failures, failedSource{source.Name, fmt.Errorf("%w: what it keeps does not open the store", secret.ErrNotFound)})
}

func (l *lookup) failed(request filestore.Request) error {
	if l.stop != nil {
		return l.stop
	}
	return &NoPasswordError{Path: request.Path, failures: l.failures}
}

// NoPasswordError means that no source of the chain has the password. It wraps
// secret.ErrUnavailable if a source is broken, and secret.ErrLocked otherwise.
type NoPasswordError struct {
	// Path is the store's file.
	Path     string
	failures []failedSource
}

// Error lists every source with its answer, and the command that fixes it.
func (e *NoPasswordError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no password for %s:", e.Path)
	for _, s := range e.failures {
		fmt.Fprintf(&b, "\n  %s: %s", s.source, reason(s.err))
	}
	b.WriteString("\nto fix it, run: thv secret setup --password-file FILE (or without the option, at a terminal)")
	return b.String()
}

// reason is the text of err without the words of a class that the list makes
// plain.
func reason(err error) string {
	text := err.Error()
	for _, class := range []error{secret.ErrNotFound, secret.ErrUnsupported} {
		text = strings.TrimPrefix(text, class.Error()+": ")
	}
	return text
}

// Unwrap returns the class of the failure.
func (e *NoPasswordError) Unwrap() error {
	for _, s := range e.failures {
		if class := secret.ClassOf(s.err); class != secret.ClassNotFound && class != secret.ClassUnsupported {
			return secret.ErrUnavailable
		}
	}
	return secret.ErrLocked
}
