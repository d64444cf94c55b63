// Package k8s is the provider of secrets from Kubernetes Secrets, by the API
// server of a cluster.
//
// # References
//
// k8s://namespace/secret/key names one key of one Secret. Each part is
// percent-decoded, and then has to be what Kubernetes takes for it: a DNS label,
// a DNS subdomain, and a key of the form [-._a-zA-Z0-9]+ with at most 253
// characters. Anything else is refused before the server is asked. A bare name is
// not found here, so that a chain goes on.
//
// # Capabilities
//
// It gets, gets many (each Secret is read once, for all of its keys), lists and
// checks. It writes and deletes nothing. Listing needs the verb list, which
// Kubernetes does not part from reading: the server has no answer that tells the
// keys of a Secret without its values, so the values do come over the wire. They
// are skipped where the answer is read, and not kept.
//
// # Errors
//
// secret.ErrNotFound where the API server answers that there is no such Secret (it
// tells in the same way of a namespace that is not there), or where the Secret has
// no such key. A 404 that does not come from an API server is not among these.
// secret.ErrDenied where the user may not, or the credentials are refused.
// secret.ErrUnsupported where there is no kubeconfig, and so no cluster here.
// secret.ErrUnavailable for everything else: a kubeconfig that cannot be used, no
// connection, a certificate that does not verify, too many requests, an answer
// that no API server gives. No text of a server gets into an error.
//
// # Security
//
// Who may use the kubeconfig may do what its user may. Give that user the verb
// get on the Secrets that are needed, by name; list opens all of a namespace.
//
// A kubeconfig may name a program that makes the credentials (users.exec). It is
// run, as kubectl does, with the environment of this process and without its
// standard input: whoever can write the kubeconfig can run programs as its user.
// Time-outs end the wait for such a program, not the program. The older
// auth-provider entries are refused.
//
// The kubeconfig decides how the server is verified; one with
// insecure-skip-tls-verify gives values to whoever answers. Over plain http no
// credentials are sent, but values do come back in the clear. Values are not
// cached between calls, and client-go's log is switched off for every call, since
// at its highest levels it holds whole answers.
package k8s
