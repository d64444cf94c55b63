// Package compose composes the operator from its parts.
package compose

import (
	"time"
)

// Options are the operator's, as its flags say them.
type Options struct {
	// Kubeconfig is empty in a pod, where the pod's account is used.
	Kubeconfig string
	// Namespace is the operator's own, for its key and its lease.
	Namespace               string
	LeaderElect             bool
	LeaderElectionNamespace string
	// WatchNamespaces are those whose resources count; empty for all.
	WatchNamespaces []string
	// MetricsAddress is where metrics are served, "0" for nowhere; with
	// MetricsSecure by https, to those who may get /metrics.
	MetricsAddress string
	MetricsSecure  bool
	ProbeAddress   string
	// MinRestartInterval is for servers that say none.
	MinRestartInterval time.Duration
	Workers            int
	// QPS and Burst bound the requests to the API server; a negative QPS does not.
	QPS   float32
	Burst int
}
