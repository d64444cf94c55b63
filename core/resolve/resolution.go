package resolve

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// Resolution is the outcome of one Resolve: the values, and the trace of how
// they were found. It is immutable.
type Resolution struct {
	values map[secret.Ref]secret.Value
	trace  Trace
}

// Value returns the value of ref; false where it was not resolved.
func (r *Resolution) Value(ref secret.Ref) (secret.Value, bool) {
	value, ok := r.values[ref]
	return value, ok
}

// Trace returns how each reference was resolved. It holds no value.
func (r *Resolution) Trace() Trace { return r.trace }

// Trace says for each distinct reference, in the order given, who was asked.
type Trace []RefTrace

// RefTrace is the way of one reference.
type RefTrace struct {
	Ref secret.Ref
	// Way are the providers that may be asked, in order, asked or not.
	Way []Link
	// Asks are in order, one for each of the first links of Way.
	Asks []Ask
	// Class is how it ended: secret.ClassOK where there is a value,
	// secret.ClassCanceled where another reference's failure, or the caller,
	// ended it.
	Class secret.Class
}

// Link is one provider on the way of a reference.
type Link struct {
	Provider string
	// On are the classes of failure that go on to the next link; none for the
	// last one, which has no next.
	On []secret.Class
	// Simulated is whether the provider was not really asked; see
	// Resolver.Simulating.
	Simulated bool
}

// Next returns the name of the provider that would be asked next had the last
// one gone on; empty where there is none.
func (t RefTrace) Next() string {
	if len(t.Asks) >= len(t.Way) {
		return ""
	}
	return t.Way[len(t.Asks)].Provider
}

// DecidedBy returns the name of the provider whose answer counted; empty where
// none did. It is the last one asked, unless an earlier one's failure let the
// chain go on and no later one had a value.
func (t RefTrace) DecidedBy() string {
	if t.Class == secret.ClassCanceled {
		return ""
	}
	for _, ask := range slices.Backward(t.Asks) {
		if ask.Class == t.Class {
			return ask.Provider
		}
	}
	return ""
}

// Ask is one question to one provider.
type Ask struct {
	Provider string
	// Class is how it ended.
	Class secret.Class
	// Detail is the text of the error, empty where there is a value.
	Detail string
	// Took is the time until the answer; that of a batch for each of its
	// references.
	Took time.Duration
	// Batch is whether it was one of a batch.
	Batch bool
	// Cached is whether the provider answered from memory and asked nobody.
	Cached bool
}

// MissingError says which references no provider has. It wraps
// secret.ErrNotFound.
type MissingError struct {
	// Refs are the missing ones, in the order given.
	Refs []secret.Ref
	// Asked are the providers that were asked for each of Refs, in order.
	Asked [][]string
}

// Error names every missing reference and the providers asked, in order.
func (e *MissingError) Error() string {
	lines := make([]string, len(e.Refs))
	for i, ref := range e.Refs {
		lines[i] = fmt.Sprintf("secret %q is %v in %s", ref, secret.ErrNotFound, strings.Join(e.Asked[i], ", "))
	}
	if len(lines) == 1 {
		return lines[0] + storeHint(e.Refs[0])
	}
	return fmt.Sprintf("%d secrets are missing:\n  %s", len(lines), strings.Join(lines, "\n  "))
}

// Unwrap returns secret.ErrNotFound.
func (*MissingError) Unwrap() error { return secret.ErrNotFound }

func storeHint(ref secret.Ref) string {
	if !ref.Bare() || ref.System() {
		return ""
	}
	return fmt.Sprintf("; store it with: thv secret set %q", ref)
}

func (e *MissingError) add(w *way) {
	e.Refs = append(e.Refs, w.ref)
	var asked []string
	for _, ask := range w.trace.Asks {
		asked = append(asked, ask.Provider)
	}
	e.Asked = append(e.Asked, asked)
}
