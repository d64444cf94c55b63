package resolve

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// Resolution is the result of one [Resolver.Resolve]: the values, and the trace of
// how they were found. It is immutable.
type Resolution struct {
	values map[secret.Ref]secret.Value
	trace  Trace
}

// Value returns the value of ref, and false if it was not resolved.
func (r *Resolution) Value(ref secret.Ref) (secret.Value, bool) {
	value, ok := r.values[ref]
	return value, ok
}

// Trace returns how each reference was resolved. It holds no value.
func (r *Resolution) Trace() Trace { return r.trace }

// Trace has for each distinct reference, in the order given, the providers that were
// asked.
type Trace []RefTrace

// RefTrace says how one reference was resolved.
type RefTrace struct {
	Ref secret.Ref
	// Candidates are the providers that may be asked, in order, whether they were or
	// not.
	Candidates []Candidate
	// Attempts has one entry for each of the first Candidates, in order.
	Attempts []Attempt
	// Class is the outcome: [secret.ClassOK] if there is a value,
	// [secret.ClassCanceled] if the caller or another reference's failure ended it.
	Class secret.Class
}

// Candidate is one provider that may be asked for a reference.
type Candidate struct {
	Provider string
	// On are the classes of failure after which the next candidate is asked; empty
	// for the last one.
	On []secret.Class
	// Simulated is whether the provider was not really asked; see
	// Resolver.Simulating.
	Simulated bool
}

// Next returns the name of the provider that would have been asked next if the chain
// had continued; empty if there is none.
func (t RefTrace) Next() string {
	if len(t.Attempts) >= len(t.Candidates) {
		return ""
	}
	return t.Candidates[len(t.Attempts)].Provider
}

// DecidedBy returns the name of the provider whose result is Class; empty if the
// lookup was canceled. It is the provider asked last, unless the chain continued after
// an earlier one's failure and no later one had a value.
func (t RefTrace) DecidedBy() string {
	if t.Class == secret.ClassCanceled {
		return ""
	}
	for _, attempt := range slices.Backward(t.Attempts) {
		if attempt.Class == t.Class {
			return attempt.Provider
		}
	}
	return ""
}

// Attempt is the lookup of one reference at one provider.
type Attempt struct {
	Provider string
	// Class is the outcome.
	Class secret.Class
	// Detail is the text of the error, empty if there is a value.
	Detail string
	// Took is the time until the result; for a reference of a batch, that of the
	// whole batch.
	Took time.Duration
	// Batch is whether the lookup was one of a batch.
	Batch bool
	// Cached is whether the provider took the value from its cache, without a request.
	Cached bool
}

// MissingError lists the references that no provider has. It wraps
// [secret.ErrNotFound].
type MissingError struct {
	// Refs are the missing references, in the order given.
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

func (e *MissingError) add(l *lookup) {
	e.Refs = append(e.Refs, l.ref)
	var asked []string
	for _, attempt := range l.trace.Attempts {
		asked = append(asked, attempt.Provider)
	}
	e.Asked = append(e.Asked, asked)
}
