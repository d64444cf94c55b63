// Package provider defines the interfaces that the author of a secret backend
// implements. This page has everything that is needed to write one; package
// providertest tests that an implementation keeps the promises made here.
//
// # Capabilities
//
// Get is the only method that a provider must have. Every other capability is an
// optional interface, and [Capabilities] detects it by the provider's type: a
// provider that cannot write has no Put method. If a capability depends on
// configuration (a token that may only read), the method returns
// [secret.ErrUnsupported] and Check reports it early. Never wrap a [Provider] in a
// struct that embeds it: that hides the optional interfaces.
//
// # Promises of every method
//
// A provider is safe for concurrent use. Once the context is done, it returns
// promptly with the context's error: [context.Canceled] and
// [context.DeadlineExceeded] are returned unchanged (for errors.Is) and never with
// another class. Any other error wraps exactly one sentinel of package [secret]. An
// error that cannot be classified is [secret.ErrUnavailable], never
// [secret.ErrNotFound], because a fallback chain may continue only if the secret
// really does not exist. An error's text is in lower case, says what to do next if
// that is known, and never contains a value. A provider logs no value, and reads no
// environment variables or globals on its own.
package provider

import (
	"context"
	"iter"

	"github.com/thv-secrets/thv/core/secret"
)

// Provider reads secrets.
type Provider interface {
	// Get returns the value of ref, byte for byte as it was stored.
	//
	// It returns [secret.ErrNotFound] for a bare name that the provider does not
	// have, or could never have, and [secret.ErrInvalidRef] for a reference with
	// another provider's scheme or with a path that it cannot parse. With an error
	// the Value is the zero Value.
	Get(ctx context.Context, ref secret.Ref) (secret.Value, error)
}

// Writer is a [Provider] that can store secrets.
type Writer interface {
	Provider
	// Put stores value under ref and replaces an existing value. After it has
	// returned nil, Get returns the value, even after a crash. After an error the
	// existing value is unchanged. Put returns [secret.ErrTooLarge] for a value over
	// the provider's limit, [secret.ErrUnsupported] for one that the backend's format
	// cannot represent, and [secret.ErrInvalidRef] for a bare name that it can never
	// store.
	Put(ctx context.Context, ref secret.Ref, value secret.Value) error
}

// Deleter is a [Provider] that can delete secrets.
type Deleter interface {
	Provider
	// Delete removes ref and nothing else. After it has returned nil, Get returns
	// [secret.ErrNotFound]. Delete returns that error too if ref does not exist.
	Delete(ctx context.Context, ref secret.Ref) error
}

// Lister is a [Provider] that can list its secrets.
type Lister interface {
	Provider
	// List yields each secret once, in any order, with a name that Get accepts and
	// without its value. It yields an error with the zero Info, and nothing after it.
	// The caller may stop early.
	List(ctx context.Context) iter.Seq2[secret.Info, error]
}

// Batcher is a [Provider] that reads many secrets in one round trip.
type Batcher interface {
	Provider
	// GetAll returns one [Result] for each of refs, in the same order, equal to the
	// result of Get. refs may be empty and may have duplicates; GetAll does not retain
	// the slice. An error concerns the whole round trip, and the results are nil then.
	// After [secret.ErrUnsupported] the caller uses Get for each reference.
	GetAll(ctx context.Context, refs []secret.Ref) ([]Result, error)
}

// Checker is a [Provider] that can check whether it is ready.
type Checker interface {
	Provider
	// Check returns nil if Get could succeed now. It reads no secret, does not
	// prompt at a terminal and changes nothing.
	Check(ctx context.Context) error
}

// Result is the result of a [Batcher] for one reference. With an error, Value is the
// zero Value.
type Result struct {
	Value secret.Value
	Err   error
	// Cached is true if the value comes from the provider's memory and not from its
	// backend.
	Cached bool
}

// Opener opens a provider when it is first needed, so that an unused provider is never
// started. Its errors have the same classes as a provider's. After an error that may be
// temporary ([secret.ErrUnavailable], [secret.ErrLocked], a context's error) it is
// called again the next time that the provider is needed. ctx is canceled after the call
// that needed the provider, so the provider must not retain it. A provider with
// resources outside of this process (a child process, a connection) also implements
// io.Closer, and the caller of the Opener closes it.
type Opener func(ctx context.Context) (Provider, error)
