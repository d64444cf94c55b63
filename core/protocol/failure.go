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

// MaxMessage is the maximum length of a Failure's message, in bytes. Longer ones are cut.
const MaxMessage = 1024

// Failure is the form of an error in messages.
type Failure struct {
	// Class is a class that a provider can report. [Failure.Err] treats any other class,
	// including secret.ClassUsage, as secret.ClassUnavailable.
	Class secret.Class `json:"class"`
	// Message tells the user what happened and what to do next. It contains no value.
	Message string `json:"message,omitempty"`
	// RetryAfterMS is the time after which the request may succeed, in milliseconds; 0
	// if it is not known.
	RetryAfterMS int64 `json:"retry_after_ms,omitempty"`
}

// failures are the classes that can be reported, with the errors that they stand for.
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

// FailureOf returns err, which must not be nil, as a Failure. An error that wraps no
// sentinel or context.Canceled has secret.ClassUnavailable. RetryAfterMS comes from a
// method RetryAfter() time.Duration of an error in err's chain.
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
// characters, at most about [MaxMessage] bytes long.
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

// told is an error that the other side reported.
type told struct {
	text     string
	sentinel error
	after    time.Duration
}

func (e *told) Error() string { return e.text }

func (e *told) Unwrap() error { return e.sentinel }

// RetryAfter returns the reported time until a retry, or 0.
func (e *told) RetryAfter() time.Duration { return e.after }

// detail returns message as one line, without the text of the sentinel in front, which
// the error repeats.
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
