// Package secret is the vocabulary of thv: references to secrets, the values
// that they resolve to, and the classes in which resolving them can fail.
//
// It depends on the standard library only and does no input or output.
package secret
