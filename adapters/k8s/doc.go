// Package k8s is a provider that reads Kubernetes Secrets from the API server of a
// cluster.
//
// # References
//
// k8s://namespace/secret/key refers to one key of one Secret. Each part is percent-decoded,
// and must then be valid for Kubernetes: a DNS label, a DNS subdomain, and a key of the form
// [-._a-zA-Z0-9]+ with at most 253 characters. Other references are refused without a
// request. A bare name is not found, so that a chain continues.
//
// # Capabilities
//
// Get, GetAll (which reads each Secret once for all of its keys), List and Check. It cannot
// write or delete. List needs the verb list, which in Kubernetes includes reading: the API
// server cannot return the keys of a Secret without its values, so the values are
// transferred. They are skipped during decoding, and not kept.
//
// # Errors
//
// secret.ErrNotFound if the API server responds that the Secret does not exist (the response
// is the same for a missing namespace), or if the Secret does not have the key. A 404 that
// does not come from an API server is not such a response. secret.ErrDenied if the user lacks
// the permission or the credentials are refused. secret.ErrUnsupported if there is no
// kubeconfig, and so no cluster. secret.ErrUnavailable in all other cases: an unusable
// kubeconfig, no connection, a certificate that cannot be verified, too many requests, or a
// response that does not come from an API server. Errors contain no text of a server.
//
// # Security
//
// A user of the kubeconfig has the permissions of its Kubernetes user. Give that user the
// verb get on the needed Secrets, by name; list gives access to all Secrets of a namespace.
//
// A kubeconfig may name an executable that provides the credentials (users.exec). As with
// kubectl, it gets the environment of this process, but not its standard input: a user who
// can write the kubeconfig can run commands as the user who uses it. A timeout ends the wait
// for such an executable, but does not stop it. The older auth-provider entries are refused.
//
// The kubeconfig decides how the server is verified; with insecure-skip-tls-verify any server
// is trusted. Over plain http no credentials are sent, but values are received unencrypted.
// Values are not cached between calls, and the log of client-go is disabled for every call,
// since its highest levels contain whole responses.
package k8s
