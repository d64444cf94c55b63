package secret

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Redacted is what a Value prints as, whatever prints it.
const Redacted = "[redacted]"

// Value holds the plaintext of one secret. The zero Value is empty.
//
// A Value prints as Redacted under every fmt verb, as JSON, as text, through
// slog and through zap. fmt cannot call methods on unexported fields, so the
// bytes stand behind a closure: what reaches a Value inside an unexported field
// by reflection finds a function's address and no plaintext.
//
// A Value is immutable and may be used by many goroutines. Go moves and copies
// memory as it likes, so no promise is made that a copy of the plaintext can be
// wiped; what limits its life is that Bytes is the only way to it.
type Value struct {
	reveal func() []byte
}

// NewValue returns a Value that holds a copy of plaintext. The caller keeps
// its slice and may overwrite it.
func NewValue(plaintext []byte) Value {
	kept := bytes.Clone(plaintext)
	return Value{reveal: func() []byte { return kept }}
}

// Bytes returns a copy of the plaintext, which the caller owns. It is the only
// way to the plaintext. It is empty, not nil, for an empty Value.
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

// Equal reports whether both hold the same plaintext. Its time depends on the
// lengths only.
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
