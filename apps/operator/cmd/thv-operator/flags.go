package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/operator/internal/compose"
)

// namespaceFile holds the pod's namespace; it exists only in a pod.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// flags are the command-line flags.
type flags struct {
	compose.Options
	level   slog.Level
	version bool
}

func parse(args []string) (flags, error) {
	var f flags
	var level string
	set := pflag.NewFlagSet("thv-operator", pflag.ContinueOnError)
	set.StringVar(&f.Kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "the kubeconfig, for running outside a cluster (default: KUBECONFIG, else the pod's service account)")
	set.StringVar(&f.Namespace, "namespace", "", "the operator's namespace, which holds its key for fingerprints (default: the pod's namespace)")
	set.BoolVar(&f.LeaderElect, "leader-elect", true, "elect a leader, so that only one of several replicas is active")
	set.StringVar(&f.LeaderElectionNamespace, "leader-election-namespace", "", "the namespace of the lease (default: the operator's namespace)")
	set.StringSliceVar(&f.WatchNamespaces, "watch-namespaces", nil, "the namespaces to watch, separated by commas (default: all)")
	set.StringVar(&f.MetricsAddress, "metrics-bind-address", ":8443", "the address of the metrics endpoint; 0 disables it")
	set.BoolVar(&f.MetricsSecure, "metrics-secure", true, "serve metrics over HTTPS, and only to clients that may get /metrics")
	set.StringVar(&f.ProbeAddress, "health-probe-bind-address", ":8081", "the address of /healthz and /readyz; 0 disables them")
	set.DurationVar(&f.MinRestartInterval, "min-restart-interval", 30*time.Second, "default of a server's minimum time between two restarts for changed secrets")
	set.IntVar(&f.Workers, "workers", 4, "number of servers that are reconciled at the same time")
	set.Float32Var(&f.QPS, "kube-api-qps", 100, "maximum requests to the API server per second; negative for no limit")
	set.IntVar(&f.Burst, "kube-api-burst", 200, "maximum burst of requests to the API server")
	set.StringVar(&level, "log-level", "info", "debug, info, warn or error")
	set.BoolVar(&f.version, "version", false, "print the version and exit")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			os.Exit(0)
		}
		return f, err
	}
	return f, f.complete(set.Args(), level)
}

func (f *flags) complete(rest []string, level string) error {
	if len(rest) == 1 && rest[0] == "version" {
		f.version = true
		return nil
	}
	if len(rest) > 0 {
		return errors.New("only flags are accepted, no arguments (see --help)")
	}
	if err := f.level.UnmarshalText([]byte(level)); err != nil {
		return errors.New("--log-level must be debug, info, warn or error")
	}
	if f.Workers < 1 || f.Burst < 1 || f.MinRestartInterval < 0 {
		return errors.New("--workers and --kube-api-burst must be at least 1, and --min-restart-interval must not be negative")
	}
	if f.Namespace == "" {
		f.Namespace = ownNamespace()
	}
	if f.LeaderElectionNamespace == "" {
		f.LeaderElectionNamespace = f.Namespace
	}
	for i, namespace := range f.WatchNamespaces {
		if f.WatchNamespaces[i] = strings.TrimSpace(namespace); f.WatchNamespaces[i] == "" {
			return fmt.Errorf("--watch-namespaces has an empty name at position %d", i+1)
		}
	}
	return nil
}

func ownNamespace() string {
	if text, err := os.ReadFile(namespaceFile); err == nil && len(text) > 0 {
		return strings.TrimSpace(string(text))
	}
	return "default"
}
