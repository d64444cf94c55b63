// Package compose assembles the operator from its parts.
package compose

import (
	"time"
)

// Options are the operator's options, as set by its flags.
type Options struct {
	// Kubeconfig is the path of a kubeconfig. If it is empty, the pod's service account
	// is used.
	Kubeconfig string
	// Namespace is the operator's namespace, which holds its key for fingerprints.
	Namespace               string
	LeaderElect             bool
	LeaderElectionNamespace string
	// WatchNamespaces are the namespaces to watch; empty for all.
	WatchNamespaces []string
	// MetricsAddress is the address of the metrics endpoint; "0" disables it. With
	// MetricsSecure it uses HTTPS, and only clients that may get /metrics can read it.
	MetricsAddress string
	MetricsSecure  bool
	ProbeAddress   string
	// MinRestartInterval is the default of a server's spec.minRestartInterval.
	MinRestartInterval time.Duration
	Workers            int
	// QPS and Burst limit the requests to the API server. A negative QPS is no limit.
	QPS   float32
	Burst int
}
