package compose

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/metrics"
	"github.com/thv-secrets/thv/apps/operator/internal/plan"
)

// leaseName is the lease by which replicas elect a leader.
const leaseName = "thv-operator"

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := v1beta1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, metav1.AddMetaToScheme(scheme)
}

// newManager returns the manager. Its parameter of type direct ensures that the CRDs
// have been checked.
func newManager(_ context.Context, o Options, config *rest.Config, _ direct, m *metrics.Metrics, log *slog.Logger) (ctrl.Manager, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	if err := register(m); err != nil {
		return nil, err
	}
	consistent, patience := true, 20*time.Second
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:                  scheme,
		Logger:                  logr.FromSlogHandler(log.Handler()),
		LeaderElection:          o.LeaderElect,
		LeaderElectionID:        leaseName,
		LeaderElectionNamespace: o.LeaderElectionNamespace,
		// A replica that stops gracefully releases the lease at once.
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       &patience,
		HealthProbeBindAddress:        o.ProbeAddress,
		Metrics:                       newMetricsOptions(o),
		Cache:                         newCacheOptions(o),
		Client: client.Options{Cache: &client.CacheOptions{
			// A whole Secret is never read from a cache.
			DisableFor:                      []client.Object{&corev1.Secret{}},
			EnableReadYourWritesConsistency: &consistent,
		}},
	})
}

func newMetricsOptions(o Options) metricsserver.Options {
	served := metricsserver.Options{BindAddress: o.MetricsAddress, SecureServing: o.MetricsSecure}
	if o.MetricsSecure {
		served.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return served
}

// newCacheOptions limits the cache to the fields that the controllers need.
func newCacheOptions(o Options) cache.Options {
	options := cache.Options{
		DefaultTransform: withoutManagedFields,
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}:         {Transform: onlyName},
			&appsv1.Deployment{}:     {Transform: onlyOwn},
			&corev1.Service{}:        {Transform: onlyOwn},
			&corev1.ServiceAccount{}: {Transform: onlyOwn},
		},
	}
	for _, namespace := range o.WatchNamespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	return options
}

var (
	_ toolscache.TransformFunc = withoutManagedFields
	_ toolscache.TransformFunc = onlyName
	_ toolscache.TransformFunc = onlyOwn
)

func withoutManagedFields(o any) (any, error) {
	if object, ok := o.(metav1.Object); ok {
		object.SetManagedFields(nil)
	}
	return o, nil
}

// onlyName keeps only a Secret's identity and version. It also removes the values of
// whole Secrets, which this operator never requests from the cache.
func onlyName(o any) (any, error) {
	switch object := o.(type) {
	case *metav1.PartialObjectMetadata:
		object.ObjectMeta = identity(object.ObjectMeta)
	case *corev1.Secret:
		object.ObjectMeta, object.Data, object.StringData = identity(object.ObjectMeta), nil, nil
	}
	return o, nil
}

// onlyOwn keeps only the identity of an object that the operator does not manage, to
// detect that its name is taken.
func onlyOwn(o any) (any, error) {
	object, ok := o.(metav1.Object)
	if !ok || object.GetLabels()[plan.LabelManagedBy] == plan.Manager {
		return withoutManagedFields(o)
	}
	switch object := o.(type) {
	case *appsv1.Deployment:
		*object = appsv1.Deployment{ObjectMeta: identity(object.ObjectMeta)}
	case *corev1.Service:
		*object = corev1.Service{ObjectMeta: identity(object.ObjectMeta)}
	case *corev1.ServiceAccount:
		*object = corev1.ServiceAccount{ObjectMeta: identity(object.ObjectMeta)}
	}
	return o, nil
}

func identity(m metav1.ObjectMeta) metav1.ObjectMeta {
	kept := metav1.ObjectMeta{Name: m.Name, Namespace: m.Namespace, UID: m.UID, ResourceVersion: m.ResourceVersion}
	for _, owner := range m.OwnerReferences {
		// An object that lost the label still belongs to its server.
		if owner.Kind == "MCPServer" {
			kept.OwnerReferences = append(kept.OwnerReferences, owner)
		}
	}
	return kept
}
