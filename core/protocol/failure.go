package protocol

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
)

// MaxMessage is the length in bytes that a Failure's message is cut to.
const MaxMessage = 1024

// Failure is an error on the wire.
type Failure struct {
	// Class is a class of failure that a provider can report. Err takes any other one,
	// secret.ClassUsage among them, for secret.ClassUnavailable.
	Class secret.Class `json:"class"`
	// Message is for a person: what happened and what to do next, without a value.
	Message string `json:"message,omitempty"`
	// RetryAfterMS says when the same request may succeed, in milliseconds; 0
	// says nothing.
	RetryAfterMS int64 `json:"retry_after_ms,omitempty"`
}

// failures are the classes that can be told, each with what its errors wrap.
var failures = map[secret.Class]error{
	secret.ClassNotFound:    secret.ErrNotFound,
	secret.ClassDenied:      secret.ErrDenied,
	secret.ClassLocked:      secret.ErrLocked,
	secret.ClassUnavailable: secret.ErrUnavailable,
	secret.ClassInvalidRef:  secret.ErrInvalidRef,
	secret.ClassUnsupported: secret.ErrUnsupported,
	secret.ClassCorrupt:     secret.ErrCorrupt,
	secret.ClassTooLarge:    secret.ErrTooLarge,
	secret.ClassConflict:    secret.ErrConflict,
	secret.ClassTimeout:     context.DeadlineExceeded,
}

// FailureOf returns the form of err, which is not nil, on the wire. What wraps no
// sentinel, and a context that was canceled, is secret.ClassUnavailable. Where an
// error in err's chain has a method RetryAfter() time.Duration, it says when to
// try again.
func FailureOf(err error) *Failure {
	f := &Failure{Class: secret.ClassOf(err)}
	if _, known := failures[f.Class]; !known {
		f.Class = secret.ClassUnavailable
	}
	f.Message = detail(f.Class, err.Error())
	var retry interface{ RetryAfter() time.Duration }
	if errors.As(err, &retry) {
		f.RetryAfterMS = max(0, retry.RetryAfter().Milliseconds())
	}
	return f
}

// Err returns f as an error that wraps the sentinel of its class, or
// context.DeadlineExceeded, and nothing else. Its text is one line of printable
// characters of about MaxMessage bytes at most.
func (f *Failure) Err() error {
	class := f.Class
	if _, known := failures[class]; !known {
		class = secret.ClassUnavailable
	}
	text := failures[class].Error()
	if message := detail(class, f.Message); message != "" {
		text += ": " + message
	}
	after := time.Duration(min(max(0, f.RetryAfterMS), maxMS)) * time.Millisecond
	if after > 0 {
		text += fmt.Sprintf(" (try again in %v)", after)
	}
	return &told{text: text, sentinel: failures[class], after: after}
}

// told is an error that the other side told of.
type told struct {
	text     string
	sentinel error
	after    time.Duration
}

func (e *told) Error() string { return e.text }

func (e *told) Unwrap() error { return e.sentinel }

// RetryAfter is 0 where the other side said nothing of it.
func (e *told) RetryAfter() time.Duration { return e.after }

// detail is message as one line, without the sentinel's own text in front, which
// an error made of it says again.
func detail(class secret.Class, message string) string {
	message = strings.TrimSpace(message)
	if rest, found := strings.CutPrefix(message, failures[class].Error()); found && (rest == "" || rest[0] == ':') {
		message = strings.TrimPrefix(rest, ":")
	}
	message = printable.Line(message, MaxMessage)
	first, size := utf8.DecodeRuneInString(message)
	second, _ := utf8.DecodeRuneInString(message[size:])
	if unicode.IsUpper(first) && !unicode.IsUpper(second) { // an abbreviation stays
		message = string(unicode.ToLower(first)) + message[size:]
	}
	return message
}
