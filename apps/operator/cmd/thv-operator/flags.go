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

// namespaceFile has the namespace of the pod, in a pod.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// flags are the program's.
type flags struct {
	compose.Options
	level   slog.Level
	version bool
}

func parse(args []string) (flags, error) {
	var f flags
	var level string
	set := pflag.NewFlagSet("thv-operator", pflag.ContinueOnError)
	set.StringVar(&f.Kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "the kubeconfig, for running beside a cluster (default: KUBECONFIG, else the pod's own account)")
	set.StringVar(&f.Namespace, "namespace", "", "the operator's own namespace, with its key for fingerprints (default: the pod's)")
	set.BoolVar(&f.LeaderElect, "leader-elect", true, "of several replicas let one work")
	set.StringVar(&f.LeaderElectionNamespace, "leader-election-namespace", "", "the namespace of the lease (default: the operator's own)")
	set.StringSliceVar(&f.WatchNamespaces, "watch-namespaces", nil, "the namespaces whose resources count, with commas between (default: all)")
	set.StringVar(&f.MetricsAddress, "metrics-bind-address", ":8443", "where metrics are served; 0 for nowhere")
	set.BoolVar(&f.MetricsSecure, "metrics-secure", true, "serve metrics by https, and to those only who may get /metrics")
	set.StringVar(&f.ProbeAddress, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served; 0 for nowhere")
	set.DurationVar(&f.MinRestartInterval, "min-restart-interval", 30*time.Second, "the least time between two restarts of a server for changed secrets, where it says none")
	set.IntVar(&f.Workers, "workers", 4, "how many servers are looked at at once")
	set.Float32Var(&f.QPS, "kube-api-qps", 100, "requests to the API server in a second; negative for no limit")
	set.IntVar(&f.Burst, "kube-api-burst", 200, "requests to the API server that may come at once")
	set.StringVar(&level, "log-level", "info", "debug, info, warn or error")
	set.BoolVar(&f.version, "version", false, "print the version and end")
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
		return errors.New("there are no arguments but flags (see --help)")
	}
	if err := f.level.UnmarshalText([]byte(level)); err != nil {
		return errors.New("--log-level is debug, info, warn or error")
	}
	if f.Workers < 1 || f.Burst < 1 || f.MinRestartInterval < 0 {
		return errors.New("--workers and --kube-api-burst are at least 1, and --min-restart-interval is not negative")
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
