// Package k8s will hold two types: a provider over Kubernetes Secrets
// (k8s://namespace/secret/key), and the builder that turns a workload.Spec into
// a pod template with secretKeyRef entries, so that no value passes through
// thv. Neither is written yet; the package exports the scheme only.
package k8s

// Scheme is the scheme of the references that this adapter will answer.
const Scheme = "k8s"
