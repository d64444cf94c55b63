// Package secret defines the basic types of thv: references to secrets, the values that
// they resolve to, and the classes of failure.
//
// It depends on the standard library only and does no input or output.
package secret
