package controller

import (
	"context"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

// The wait after the first failure for one server, and the maximum after many.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 5 * time.Minute
)

// queue is the queue of a controller.
type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// Setup adds both controllers to the manager: the one for servers with the given
// number of workers, the one for configurations with one.
func Setup(m ctrl.Manager, s *Servers, a *AuthConfigs, workers int) error {
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	err := ctrl.NewControllerManagedBy(m).Named("mcpserver").
		For(&v1beta1.MCPServer{}, builder.WithPredicates(changedSpec())).
		Watches(&appsv1.Deployment{}, s.requestsOfObjects("", "")).
		Watches(&corev1.Service{}, s.requestsOfObjects("mcp-", "-proxy")).
		Watches(&corev1.ServiceAccount{}, s.requestsOfObjects("mcp-", "")).
		Watches(&v1beta1.MCPExternalAuthConfig{}, handler.EnqueueRequestsFromMapFunc(s.requestsOfAuth), builder.WithPredicates(changedSpec())).
		WatchesMetadata(secrets, handler.EnqueueRequestsFromMapFunc(s.requestsOfSecret), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WithOptions(options(workers)).
		Complete(s)
	if err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(m).Named("mcpexternalauthconfig").
		For(&v1beta1.MCPExternalAuthConfig{}, builder.WithPredicates(changedSpec())).
		Watches(&v1beta1.MCPServer{}, requestsOfServers(), builder.WithPredicates(changedSpec())).
		WithOptions(options(1)).
		Complete(a)
}

func options(workers int) controller.Options {
	// Tests run several operators in one process.
	again := true
	return controller.Options{
		MaxConcurrentReconciles: workers,
		SkipNameValidation:      &again,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](minBackoff, maxBackoff),
	}
}

// changedSpec ignores changes of the status alone. The start of a deletion is a new
// generation too.
func changedSpec() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, finalizersChanged())
}

func finalizersChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return len(e.ObjectOld.GetFinalizers()) != len(e.ObjectNew.GetFinalizers())
	}}
}

// requestsOfAuth returns requests for the servers that refer to a configuration.
func (r *Servers) requestsOfAuth(ctx context.Context, o client.Object) []reconcile.Request {
	list, err := users(ctx, r.Cache, o.GetNamespace(), o.GetName())
	if err != nil {
		r.Log.ErrorContext(ctx, "cannot list the servers that use a configuration", "error", err)
		return nil
	}
	requests := make([]reconcile.Request, len(list))
	for i := range list {
		requests[i].NamespacedName = client.ObjectKeyFromObject(&list[i])
	}
	return requests
}

// requestsOfSecret returns requests for the servers that use a Secret.
func (r *Servers) requestsOfSecret(ctx context.Context, o client.Object) []reconcile.Request {
	found, err := serversOfSecret(ctx, r.Cache, o.GetNamespace(), o.GetName())
	if err != nil {
		r.Log.ErrorContext(ctx, "cannot list the servers that use a Secret", "error", err)
		return nil
	}
	requests := make([]reconcile.Request, 0, len(found))
	for name := range found {
		requests = append(requests, reconcile.Request{NamespacedName: name})
	}
	return requests
}

// requestsOfObjects returns a handler that enqueues the server that owns an object or, for an
// object of another owner, the server whose name is between prefix and suffix in the
// object's name. A created object has a low priority, so that servers without objects
// come first.
func (r *Servers) requestsOfObjects(prefix, suffix string) handler.EventHandler {
	server := func(ctx context.Context, o client.Object) (reconcile.Request, bool) {
		if owner := metav1.GetControllerOf(o); owner != nil {
			name := types.NamespacedName{Namespace: o.GetNamespace(), Name: owner.Name}
			return reconcile.Request{NamespacedName: name}, owner.Kind == "MCPServer" && strings.HasPrefix(owner.APIVersion, v1beta1.Group+"/")
		}
		name, _ := strings.CutPrefix(o.GetName(), prefix)
		name, _ = strings.CutSuffix(name, suffix)
		key := types.NamespacedName{Namespace: o.GetNamespace(), Name: name}
		err := r.Cache.Get(ctx, key, &v1beta1.MCPServer{})
		return reconcile.Request{NamespacedName: key}, err == nil
	}
	add := func(ctx context.Context, o client.Object, q queue, priority int) {
		request, ok := server(ctx, o)
		if !ok {
			return
		}
		if p, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
			p.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, request)
			return
		}
		q.Add(request)
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { add(ctx, e.Object, q, handler.LowPriority) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			if e.ObjectOld.GetResourceVersion() != e.ObjectNew.GetResourceVersion() {
				add(ctx, e.ObjectNew, q, 0)
			}
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { add(ctx, e.Object, q, 0) },
	}
}

// requestsOfServers returns a handler that enqueues the configuration that a server refers
// to, and after an update also the one that it referred to before.
func requestsOfServers() handler.EventHandler {
	add := func(o client.Object, q queue) {
		for _, name := range serverAuth(o) {
			q.Add(reconcile.Request{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}})
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { add(e.Object, q) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { add(e.ObjectOld, q); add(e.ObjectNew, q) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { add(e.Object, q) },
	}
}
