package k8s

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/thv-secrets/thv/core/secret"
)

// task describes a request to the server.
type task struct {
	// what completes the text "this user may not".
	what string
	// allow completes the text "to be allowed,".
	allow string
	// secret is the Secret that a NotFound must be about, or zero.
	secret object
}

func toGet(id object) task {
	return task{
		what:   fmt.Sprintf("get the Secret %q in the namespace %q", id.secret, id.namespace),
		allow:  fmt.Sprintf("it needs a Role with the verb get (see: kubectl auth can-i get secrets/%s -n %s)", id.secret, id.namespace),
		secret: id,
	}
}

func toList(namespace string) task {
	if namespace == "" {
		return task{what: "list the Secrets of all namespaces", allow: "it needs a ClusterRole with the verb list; or configure one namespace"}
	}
	return task{
		what:  fmt.Sprintf("list the Secrets in the namespace %q", namespace),
		allow: fmt.Sprintf("it needs a Role with the verb list (see: kubectl auth can-i list secrets -n %s)", namespace),
	}
}

func toReview() task {
	return task{what: "make a SelfSubjectReview", allow: "it needs to be logged in, and the ClusterRole system:basic-user"}
}

// slowError is the cause of a context whose time limit for one call has passed.
type slowError struct {
	server string
	limit  time.Duration
}

func (e *slowError) Error() string {
	return fmt.Sprintf("%v: the API server %s, or the kubeconfig's credential plugin, did not answer within %v", secret.ErrUnavailable, e.server, e.limit)
}

func (e *slowError) Unwrap() error { return secret.ErrUnavailable }

// ended returns the error of a call whose ctx is done: the call's own time limit, or the
// unchanged error of the caller's context.
func ended(ctx context.Context) error {
	var slow *slowError
	if errors.As(context.Cause(ctx), &slow) {
		return slow
	}
	return ctx.Err()
}

// classify returns an error from client-go with its class.
func (c *client) classify(ctx context.Context, to task, err error) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return c.unreached(err)
	}
	switch code := status.Status().Code; {
	case to.missing(err, status.Status()):
		return fmt.Errorf("%w: no Secret %q in the namespace %q, or no such namespace", secret.ErrNotFound, to.secret.secret, to.secret.namespace)
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("%w: the API server %s refuses the credentials; log in again", secret.ErrDenied, c.server)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w: this user may not %s; %s", secret.ErrDenied, to.what, to.allow)
	case apierrors.IsTooManyRequests(err):
		return unavailable("the API server %s has too many requests; try again later", c.server)
	default:
		return unavailable("the API server %s answers %d (%s) when asked to %s", c.server, code, http.StatusText(int(code)), to.what)
	}
}

// missing reports whether an API server responded that the Secret does not exist. A 404 from a
// proxy or another server does not mean that.
func (t task) missing(err error, status metav1.Status) bool {
	return t.secret != object{} && apierrors.IsNotFound(err) && !apierrors.IsUnexpectedServerError(err) &&
		status.Details != nil && status.Details.Kind == "secrets" && status.Details.Name == t.secret.secret
}

// unreached returns the error of a request without a response, on one line.
func (c *client) unreached(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	plugin, ok := strings.CutPrefix(text, "getting credentials: ")
	switch {
	case !ok:
		return unavailable("the API server %s cannot be reached: %s", c.server, text)
	case !strings.HasPrefix(plugin, "exec: "):
		// The error is about the plugin's output, and may quote a part of a token.
		plugin = "what it prints cannot be used"
	}
	return unavailable("the kubeconfig's credential plugin has none for the API server %s: %s", c.server, plugin)
}

// notAPIServer returns the error for a response that an API server does not send.
func (c *client) notAPIServer() error {
	return unavailable("the server at %s is not a Kubernetes API server; correct the kubeconfig", c.server)
}

func noKey(n name) error {
	return fmt.Errorf("%w: the Secret %q in the namespace %q has no key %q (see: kubectl describe secret %s -n %s)",
		secret.ErrNotFound, n.secret, n.namespace, n.key, n.secret, n.namespace)
}

func bare() error {
	return fmt.Errorf("%w: Kubernetes has no bare names (write %s)", secret.ErrNotFound, form)
}

// invalid returns an error with what is wrong and the valid form.
func invalid(what string) error {
	return fmt.Errorf("%w: %s %s", secret.ErrInvalidRef, what, form)
}

func unavailable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrUnavailable, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrUnsupported, fmt.Sprintf(format, args...))
}
