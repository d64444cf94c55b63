package unlock

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/secret"
)

// walk is one lookup of the chain: what each source said, until one answered.
type lookup struct {
	said []said
	// empty is whether the source tried last works and has nothing.
	empty bool
	// stop is an error that ends the lookup.
	stop error
}

type said struct {
	source string
	err    error
}

// try asks one source. A must source that is broken, or any source once the context
// is done, stops the lookup.
func (w *lookup) try(ctx context.Context, rung PasswordSource, must bool) (secret.Value, bool) {
	w.empty = false
	if w.stop != nil {
		return secret.Value{}, false
	}
	password, err := rung.Lookup(ctx)
	if err == nil {
		return password, true
	}
	w.said = append(w.said, said{rung.Name, err})
	switch {
	case errors.Is(err, secret.ErrNotFound):
		w.empty = true
	case errors.Is(err, secret.ErrUnsupported):
	case must, ctx.Err() != nil:
		w.stop = fmt.Errorf("%s: %w", rung.Name, err)
	}
	return secret.Value{}, false
}

// wrong notes a source whose answer was given before and did not open the store.
func (w *lookup) wrong(rung PasswordSource) {
	w.said = append(w.said, said{rung.Name, fmt.Errorf("%w: what it keeps does not open the store", secret.ErrNotFound)})
}

func (w *lookup) failed(request filestore.Request) error {
	if w.stop != nil {
		return w.stop
	}
	return &NoPasswordError{Path: request.Path, said: w.said}
}

// NoPasswordError means that no source of the chain has the password. It wraps
// secret.ErrUnavailable if a source is broken, and secret.ErrLocked otherwise.
type NoPasswordError struct {
	// Path is the store's file.
	Path string
	said []said
}

// Error lists every source with its answer, and the command that fixes it.
func (e *NoPasswordError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no password for %s:", e.Path)
	for _, s := range e.said {
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
	for _, s := range e.said {
		if class := secret.ClassOf(s.err); class != secret.ClassNotFound && class != secret.ClassUnsupported {
			return secret.ErrUnavailable
		}
	}
	return secret.ErrLocked
}
