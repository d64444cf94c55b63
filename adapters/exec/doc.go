// Package exec is the provider that is a program: one that speaks the provider
// protocol (docs/provider-protocol.md) over its standard input and output. The
// program may be written in any language; in Go, core/protocol.Serve makes one
// of any provider.
//
// # References
//
// Bare names, and SCHEME://PATH with the scheme that Config gives the program.
// What a path means is for the program to say.
//
// # Capabilities
//
// Provider has every method, and the program tells in its first answer which of
// them it can do. The others are secret.ErrUnsupported, and no question is asked;
// a Check that it cannot do is nil.
//
// # Errors
//
// The program classifies its own. All else is secret.ErrUnavailable: a program
// that is not there, ends, or breaks the protocol. After a break, and after
// Close, every call is secret.ErrUnavailable. A program that others could have
// changed is secret.ErrDenied, and the error names the command that mends it. A
// program that answers that its time is over is context.DeadlineExceeded, with
// what to do about it; one that does not answer, secret.ErrUnavailable a second
// later. A program's message becomes one line of printable characters, in which
// what is secret is masked, as below.
//
// # Security
//
// The program sees what it is asked for, and Config.Env, and nothing else of this
// process: no environment, no open file, no terminal. It runs as this user, in a
// process group of its own, and ends with its Provider; on Linux and Windows also
// when this process is killed. Who may write the program, or a folder or link on
// the way to it, is checked before it starts, except on Windows. The interpreter
// of a script is not looked at.
//
// What the program prints on standard error goes to the log at debug level at its
// end, or when there is much of it and no request is outstanding. Masked are the
// values that it was given or has answered, and those of Config.Env whose names
// speak of a secret, such as VAULT_TOKEN: a secret in a variable of another name,
// or in a URL, is not. What it printed while it worked on a request for values
// that it never answered is not logged, since it may hold them; and nothing that
// it prints or says is shown once there are more than 4 MiB of values to mask.
//
// One answer holds at most protocol.MaxAnswer bytes; more breaks the protocol.
package exec
