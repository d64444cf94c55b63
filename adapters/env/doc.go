// Package env is the provider of secrets from environment variables.
//
// # References
//
// A bare name such as api-key is looked up in two variables: the prefix with the unchanged
// name (TOOLHIVE_SECRET_api-key), and the prefix with the name in upper case, in which each
// character that is not an ASCII letter or digit is replaced by '_'
// (TOOLHIVE_SECRET_API_KEY). env://NAME is the variable NAME itself; NAME has the form
// [A-Za-z_][A-Za-z0-9_]*. An empty variable counts as missing.
//
// # Capabilities
//
// It only reads. It cannot list secrets by construction: it only has a function that looks
// up one name.
//
// # Errors
//
// secret.ErrNotFound if no variable is set; secret.ErrConflict if both are set to different
// values; secret.ErrInvalidRef for another scheme, or an env:// path that is not a valid
// variable name.
//
// # Security
//
// Everyone who can read the environment of a process can read these secrets: the same user on
// this machine, and every process that inherits it. The provider is for continuous
// integration and for the end of a chain, not for storing secrets.
package env
