package secret

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Redacted is the text that replaces every printed [Value].
const Redacted = "[redacted]"

// Value holds the plaintext of one secret. The zero Value is empty.
//
// A Value prints as [Redacted] with every fmt verb, as JSON, as text, and in slog and zap.
// fmt cannot call methods of unexported fields, so the bytes are in a closure: reflection
// on a Value in an unexported field finds the address of a function and no plaintext.
//
// A Value is immutable and safe for concurrent use. Go may move and copy memory, so
// copies of the plaintext cannot be wiped reliably; [Value.Bytes] is the only access to
// it.
type Value struct {
	reveal func() []byte
}

// NewValue returns a Value with a copy of plaintext. The caller may overwrite its slice.
func NewValue(plaintext []byte) Value {
	kept := bytes.Clone(plaintext)
	return Value{reveal: func() []byte { return kept }}
}

// Bytes returns a copy of the plaintext, which the caller owns. For an empty Value it is
// empty but not nil.
func (v Value) Bytes() []byte {
	if v.reveal == nil {
		return []byte{}
	}
	return slices.Clone(v.reveal())
}

// Len returns the length of the plaintext in bytes.
func (v Value) Len() int {
	if v.reveal == nil {
		return 0
	}
	return len(v.reveal())
}

// Equal reports whether both have the same plaintext. Its time depends only on the
// lengths.
func (v Value) Equal(other Value) bool {
	return subtle.ConstantTimeCompare(v.Bytes(), other.Bytes()) == 1
}

// String returns Redacted.
func (Value) String() string { return Redacted }

// GoString returns Redacted.
func (Value) GoString() string { return Redacted }

// Format writes Redacted for every verb and flag.
func (Value) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, Redacted) }

// MarshalText returns Redacted.
func (Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON returns Redacted as a JSON string.
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// LogValue returns Redacted.
func (Value) LogValue() slog.Value { return slog.StringValue(Redacted) }
