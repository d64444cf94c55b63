// Package rotate decides what a changed secret does to a workload that runs: which of
// its secrets have changed, and whether it is restarted, gets a signal, or has to wait.
//
// It is pure: it reads no clock, asks no provider and sees no value, only fingerprints.
// Both apps decide with it, the local supervisor and the operator; when they look for a
// change, and how they act, is their own.
package rotate
