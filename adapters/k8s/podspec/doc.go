// Package podspec turns a workload into the template of a pod that runs it.
//
// Values do not come this way: a secret becomes a SecretKeyRef of a variable or
// an item of a projected volume, which the node resolves. The container that
// runs the workload is named Container. The result is an apply configuration, so
// that it holds what is meant to be set and nothing else.
//
// What is made passes the restricted Pod Security Standard unless the patch says
// otherwise.
package podspec
