// Package controller watches MCPServers, MCPExternalAuthConfigs and the objects that
// they depend on, and executes the decisions of package plan.
package controller

import (
	"context"
	"errors"
	"log/slog"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/metrics"
	"github.com/thv-secrets/thv/apps/operator/internal/plan"
	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

// Servers reconciles MCPServers. All fields are required.
type Servers struct {
	// Client reads from a cache that includes its own writes.
	Client client.Client
	// Cache has only the metadata of Secrets.
	Cache        client.Reader
	Fingerprints *rotation.Store
	Events       events.EventRecorder
	Metrics      *metrics.Metrics
	Log          *slog.Logger
	Interval     time.Duration
	Now          func() time.Time
}

// Reconcile updates the objects and the status of one server to match its spec and
// its secrets.
func (r *Servers) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	result, err := r.reconcile(ctx, request)
	return result, unlessStopped(ctx, err)
}

// unlessStopped returns err, or nil if the operator is stopping: its next start
// continues the work.
func unlessStopped(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	return err
}

func (r *Servers) reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var server v1beta1.MCPServer
	if err := r.Client.Get(ctx, request.NamespacedName, &server); err != nil {
		if apierrors.IsNotFound(err) {
			r.Metrics.Unresolved(request.NamespacedName, 0, time.Time{})
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, err
	}
	in, err := r.observe(ctx, &server)
	if err != nil {
		return ctrl.Result{}, err
	}
	result := plan.Decide(in)
	applied := r.apply(ctx, in, &result)
	if applied == nil && result.Creates && len(result.Apply) > 0 {
		// The creation of the Deployment causes another reconciliation, which writes
		// the status.
		return ctrl.Result{}, nil
	}
	if err := r.updateStatus(ctx, &server, result); err != nil {
		return ctrl.Result{}, err
	}
	if applied != nil {
		return ctrl.Result{}, applied
	}
	return ctrl.Result{RequeueAfter: result.RequeueAfter}, nil
}

// observe reads everything that a decision depends on.
func (r *Servers) observe(ctx context.Context, server *v1beta1.MCPServer) (plan.Input, error) {
	in := plan.Input{Server: server, KeyID: r.Fingerprints.KeyID(), Now: r.Now(), Interval: r.Interval}
	if server.DeletionTimestamp != nil {
		return in, nil
	}
	if ref := server.Spec.ExternalAuthConfigRef; ref != nil {
		auth := new(v1beta1.MCPExternalAuthConfig)
		found, err := r.find(ctx, server.Namespace, ref.Name, auth)
		if err != nil {
			return in, err
		}
		if found {
			in.Auth = auth
		}
	}
	if err := r.objects(ctx, server, &in); err != nil {
		return in, err
	}
	in.Secrets = map[string]plan.SecretState{}
	for _, name := range plan.SecretNames(server, in.Auth) {
		state, err := r.secret(ctx, server.Namespace, name)
		if err != nil {
			return in, err
		}
		in.Secrets[name] = state
	}
	return in, nil
}

func (r *Servers) objects(ctx context.Context, server *v1beta1.MCPServer, in *plan.Input) error {
	deployment, service, account := new(appsv1.Deployment), new(corev1.Service), new(corev1.ServiceAccount)
	found, err := r.find(ctx, server.Namespace, plan.DeploymentName(server.Name), deployment)
	if err != nil {
		return err
	}
	if found {
		in.Deployment = deployment
	}
	if found, err = r.find(ctx, server.Namespace, plan.ServiceName(server.Name), service); err != nil {
		return err
	}
	if found {
		in.Service = service
	}
	if found, err = r.find(ctx, server.Namespace, plan.AccountName(server.Name), account); err != nil {
		return err
	}
	if found {
		in.Account = account
	}
	return nil
}

func (r *Servers) find(ctx context.Context, namespace, name string, into client.Object) (bool, error) {
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, into)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// secret returns the state of a Secret, which is read if its version is new.
func (r *Servers) secret(ctx context.Context, namespace, name string) (plan.SecretState, error) {
	head := &metav1.PartialObjectMetadata{}
	head.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	err := r.Cache.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, head)
	if apierrors.IsNotFound(err) {
		r.Fingerprints.Forget(namespace, name)
		return plan.SecretState{State: v1beta1.StateSecretNotFound}, nil
	}
	if err != nil {
		return plan.SecretState{}, err
	}
	keys, err := r.Fingerprints.Of(ctx, namespace, name, head.ResourceVersion)
	switch {
	case errors.Is(err, secret.ErrNotFound):
		return plan.SecretState{State: v1beta1.StateSecretNotFound}, nil
	case errors.Is(err, secret.ErrDenied):
		return plan.SecretState{State: v1beta1.StateAccessDenied}, nil
	}
	return plan.SecretState{Keys: keys}, err
}

// apply writes the objects of result. If the API server rejects them permanently, it
// returns nil and result has the reason in its status.
func (r *Servers) apply(ctx context.Context, in plan.Input, result *plan.Result) error {
	err := r.write(ctx, result)
	switch {
	case err == nil:
		return nil
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		result.NamespaceTerminating(in)
		return nil
	case apierrors.IsInvalid(err) || apierrors.IsBadRequest(err):
		result.Rejected(in, err.Error())
		return nil
	case apierrors.IsForbidden(err):
		result.Forbidden(in, err.Error())
	}
	return err
}

func (r *Servers) write(ctx context.Context, result *plan.Result) error {
	for _, config := range result.Apply {
		if err := r.Client.Apply(ctx, config, client.FieldOwner(plan.Manager), client.ForceOwnership); err != nil {
			return err
		}
	}
	for _, object := range result.Delete {
		uid := object.GetUID()
		if err := r.Client.Delete(ctx, object, client.Preconditions{UID: &uid}); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

// updateStatus writes the status if it has changed, and records the changes as events.
func (r *Servers) updateStatus(ctx context.Context, server *v1beta1.MCPServer, result plan.Result) error {
	r.count(server, result)
	if !equality.Semantic.DeepEqual(server.Status, result.Status) {
		before := server.DeepCopy()
		server.Status = result.Status
		// The copy receives the API server's response, which is not needed.
		if err := r.Client.Status().Patch(ctx, server.DeepCopy(), client.MergeFrom(before)); err != nil {
			return client.IgnoreNotFound(err)
		}
		announce(r.Events, server, before.Status.Conditions, result.Status.Conditions)
	}
	if len(result.Rotated) > 0 {
		r.Metrics.Rotated()
		announceRotation(r.Events, server, result.Rotated)
		r.Log.InfoContext(ctx, "restarting a server because secrets have changed", "server", client.ObjectKeyFromObject(server).String(), "secrets", result.Rotated)
	}
	return nil
}

func (r *Servers) count(server *v1beta1.MCPServer, result plan.Result) {
	since := r.Now()
	if c := meta.FindStatusCondition(result.Status.Conditions, v1beta1.ConditionSecretsResolved); c != nil {
		since = c.LastTransitionTime.Time
	}
	r.Metrics.Unresolved(client.ObjectKeyFromObject(server), result.Unresolved, since)
}
