// Package rotate decides how a running workload reacts to changed secrets: which of them
// have changed, and whether to restart the workload, to send it a signal, or to wait.
//
// It is pure: it reads no clock, calls no provider and sees only fingerprints, never
// values. The local supervisor and the operator both use it, and implement themselves
// when to check for changes and how to act.
package rotate
