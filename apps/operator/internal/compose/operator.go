package compose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/thv-secrets/thv/adapters/k8s"
	"github.com/thv-secrets/thv/apps/operator/internal/controller"
	"github.com/thv-secrets/thv/apps/operator/internal/installation"
	"github.com/thv-secrets/thv/apps/operator/internal/metrics"
	"github.com/thv-secrets/thv/apps/operator/internal/ownership"
	"github.com/thv-secrets/thv/apps/operator/internal/plan"
	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

// Operator is the assembled operator.
type Operator struct {
	options Options
	manager ctrl.Manager
	servers *controller.Servers
	auths   *controller.AuthConfigs
}

// Run runs the operator until ctx is done, and then stops it gracefully.
func (o *Operator) Run(ctx context.Context) error {
	if err := controller.AddIndexes(ctx, o.manager.GetFieldIndexer()); err != nil {
		return err
	}
	if err := controller.Setup(o.manager, o.servers, o.auths, o.options.Workers); err != nil {
		return err
	}
	if err := o.manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := o.manager.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := o.manager.Add(tidy{o.manager}); err != nil {
		return err
	}
	return o.manager.Start(ctx)
}

// Reader reads Secrets directly from the API server, without a cache, and counts
// the reads.
type Reader struct {
	reader  *k8s.Reader
	metrics *metrics.Metrics
}

// Read implements [rotation.Reader].
func (r *Reader) Read(ctx context.Context, namespace, name string) (string, map[string]secret.Value, error) {
	r.metrics.Read()
	read, err := r.reader.Read(ctx, namespace, name)
	return read.Version, read.Values, err
}

func newReader(config *rest.Config, m *metrics.Metrics) (*Reader, error) {
	reader, err := k8s.NewReader(config, 0)
	if err != nil {
		return nil, err
	}
	return &Reader{reader: reader, metrics: m}, nil
}

// direct is a client without a cache. Its existence proves that the CRDs belong to
// this operator.
type direct struct{ client.Client }

func newDirect(ctx context.Context, config *rest.Config) (direct, error) {
	scheme, err := newScheme()
	if err != nil {
		return direct{}, err
	}
	made, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return direct{}, fmt.Errorf("cannot reach the API server %s: %w", config.Host, err)
	}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return direct{}, err
	}
	return direct{made}, ownership.Check(ctx, made, d)
}

func newFingerprints(ctx context.Context, o Options, c direct, reader *Reader) (*rotation.Store, error) {
	key, err := installation.FingerprintKey(ctx, c, o.Namespace)
	if err != nil {
		return nil, err
	}
	return rotation.New(rotation.Config{Reader: reader, Key: key, Now: time.Now})
}

func newMetrics() *metrics.Metrics { return &metrics.Metrics{} }

// register adds m to the manager's metrics endpoint. In a process with several
// operators, as in tests, only the metrics of the first are served.
func register(m *metrics.Metrics) error {
	err := ctrlmetrics.Registry.Register(m)
	if errors.As(err, &prometheus.AlreadyRegisteredError{}) {
		return nil
	}
	return err
}

func newServers(o Options, m ctrl.Manager, fingerprints *rotation.Store, counts *metrics.Metrics, log *slog.Logger) *controller.Servers {
	return &controller.Servers{
		Client: m.GetClient(), Cache: m.GetCache(), Fingerprints: fingerprints, Events: m.GetEventRecorder(plan.Manager),
		Metrics: counts, Log: log, Interval: o.MinRestartInterval, Now: time.Now,
	}
}

func newAuths(m ctrl.Manager) *controller.AuthConfigs {
	return &controller.AuthConfigs{Client: m.GetClient(), Events: m.GetEventRecorder(plan.Manager), Now: time.Now}
}
