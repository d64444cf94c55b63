// Package provider holds the ports that the author of a secret backend
// implements. Everything needed to write one is on this page; package
// providertest proves that an implementation keeps what is promised here.
//
// # Capabilities
//
// Get is the one method that a provider must have. Every other capability is an
// interface that the type has or does not have, and Capabilities reads them off
// the type: a provider that cannot write has no Put. Where a capability depends
// on configuration (a token that may only read), the method answers
// secret.ErrUnsupported and Check says so early. Never wrap a Provider in a
// struct that embeds it: the optional interfaces would vanish.
//
// # Promises of every method
//
// A provider may be used by many goroutines at once. It returns promptly, with
// the context's error, once the context is done: context.Canceled and
// context.DeadlineExceeded come back unchanged (errors.Is) and are never turned
// into another class. Any other error wraps exactly one sentinel of package
// secret; what cannot be classified is secret.ErrUnavailable, never
// secret.ErrNotFound, since only a true absence may let a fallback chain go on.
// An error's text is lower case, says what to do next where that is known, and
// never holds a value. A provider logs no value and reads no environment
// variable or global by itself.
package provider

import (
	"context"
	"iter"

	"github.com/thv-secrets/thv/core/secret"
)

// Provider reads secrets.
type Provider interface {
	// Get answers the value of ref, byte for byte as it was stored.
	//
	// A bare name that the provider does not have, or could never hold, is
	// secret.ErrNotFound. A reference with a scheme that is not the
	// provider's, or with a path that it cannot read, is
	// secret.ErrInvalidRef. With an error the Value is the zero Value.
	Get(ctx context.Context, ref secret.Ref) (secret.Value, error)
}

// Writer is a Provider that can store.
type Writer interface {
	Provider
	// Put stores value under ref, over what was there. Once it has returned
	// nil, Get answers the value, also after a crash. An error leaves what was
	// there. A value over the provider's limit is secret.ErrTooLarge; one that
	// the backend's format cannot hold is secret.ErrUnsupported. A bare name
	// that it can never hold is secret.ErrInvalidRef.
	Put(ctx context.Context, ref secret.Ref, value secret.Value) error
}

// Deleter is a Provider that can delete.
type Deleter interface {
	Provider
	// Delete removes ref and nothing else. Once it has returned nil, Get
	// answers secret.ErrNotFound. Deleting what is not there is
	// secret.ErrNotFound.
	Delete(ctx context.Context, ref secret.Ref) error
}

// Lister is a Provider that can enumerate.
type Lister interface {
	Provider
	// List yields each secret once, in no promised order, with names that Get
	// accepts, and never a value. After an error, which it yields with the
	// zero Info, it yields nothing more. The caller may stop early.
	List(ctx context.Context) iter.Seq2[secret.Info, error]
}

// Batcher is a Provider that reads many secrets in one round trip.
type Batcher interface {
	Provider
	// GetAll answers one Result for each of refs, in their order, each as Get
	// would. refs may hold duplicates and may be empty; the caller keeps the
	// slice. The error is for the round trip as a whole, and with it the
	// results are nil; secret.ErrUnsupported says to ask one by one instead.
	GetAll(ctx context.Context, refs []secret.Ref) ([]Result, error)
}

// Checker is a Provider that can tell whether it is ready.
type Checker interface {
	Provider
	// Check returns nil if a Get could succeed now. It reads no secret, does not
	// prompt at a terminal and changes nothing.
	Check(ctx context.Context) error
}

// Result is one answer of a Batcher. With an error, Value is the zero Value.
type Result struct {
	Value secret.Value
	Err   error
	// Cached is whether the provider answered from memory, without its backend.
	Cached bool
}

// Opener makes a provider when it is first needed, so that one that is never
// asked never starts. Its errors are classified like a provider's; after one that
// may pass (secret.ErrUnavailable, secret.ErrLocked, a context's) it is called
// again when the provider is next needed. ctx ends with the call that needed the
// provider, which must not keep it. A provider that holds something beyond the
// process (a program, a connection) is an io.Closer as well, and is closed by who
// had it opened.
type Opener func(ctx context.Context) (Provider, error)
