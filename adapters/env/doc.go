// Package env is the provider of secrets from environment variables.
//
// # References
//
// A bare name, say api-key, is looked for in two variables: the prefix and the
// name as it is written (TOOLHIVE_SECRET_api-key), then the prefix and the name
// in upper case with every character that is no ASCII letter or digit turned into
// one '_' (TOOLHIVE_SECRET_API_KEY). env://NAME is the variable NAME itself; NAME has the
// form [A-Za-z_][A-Za-z0-9_]*. An empty variable counts as not there.
//
// # Capabilities
//
// It reads, and does nothing else. It cannot enumerate, by construction: all it
// has is a function that looks up one name.
//
// # Errors
//
// secret.ErrNotFound where no variable is set; secret.ErrConflict where both are,
// to different values, since neither is more right than the other;
// secret.ErrInvalidRef for another scheme, or an env:// path that is no variable's
// name.
//
// # Security
//
// Whoever may read a process's environment can read these secrets: the same user
// on this machine, and every process that inherits it. The provider is for
// continuous integration and as the end of a chain, not for keeping secrets.
package env
