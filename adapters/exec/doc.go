// Package exec runs a provider that is an executable, by the provider protocol
// (docs/provider-protocol.md) over its standard input and output. The executable may be
// written in any language; in Go, protocol.Serve makes one from any provider.
//
// # References
//
// Bare names, and SCHEME://PATH with [Config].Scheme. The executable defines the meaning of
// a path.
//
// # Capabilities
//
// [Provider] has every method. The first answer of the executable lists the operations that
// it supports. Any other operation returns secret.ErrUnsupported without a request, except
// that an unsupported Check returns nil.
//
// # Errors
//
// The executable classifies its own errors. If it is missing, exits or breaks the protocol,
// the error is secret.ErrUnavailable, and so is the error of every call afterwards and after
// Close. If other users could have changed the executable, the error is secret.ErrDenied
// with the command that fixes it. If the executable reports a timeout, the error is
// context.DeadlineExceeded with advice; if it does not answer, the error is
// secret.ErrUnavailable a second later. Messages of the executable become one line of
// printable characters with secrets masked, as described below.
//
// # Security
//
// The executable gets the requests and [Config].Env, and nothing else of this process: no
// environment, no open file, no terminal. It runs as this user, in its own process group, and
// ends with its Provider; on Linux and Windows also if this process is killed. Except on
// Windows, the permissions of the executable and of every directory and link on the path to
// it are checked before the start. The interpreter of a script is not checked.
//
// The executable's standard error is logged at debug level when it exits, or when there is
// much of it and no request is pending. Values that were sent or received are masked, and so
// are the values in Config.Env whose names suggest a secret, such as VAULT_TOKEN. A secret in
// a variable with another name, or in a URL, is not masked. Text that was printed during a
// request for values that were never received is not logged, since it may contain them. If
// there are more than 4 MiB of values to mask, no text of the executable is shown.
//
// An answer of more than protocol.MaxAnswer bytes breaks the protocol.
package exec
