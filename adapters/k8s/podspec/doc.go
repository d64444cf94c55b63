// Package podspec converts a workload to the template of a pod that runs it.
//
// The template contains no secret values: a secret becomes a SecretKeyRef of a variable or an
// item of a projected volume, which the node resolves. The workload runs in the container
// named [Container]. The result is an apply configuration, so that it has only the fields
// that are set.
//
// The template complies with the restricted Pod Security Standard unless the patch changes
// that.
package podspec
