package compose

import (
	"fmt"

	"github.com/google/wire"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

var set = wire.NewSet(
	newDirect, newReader, newFingerprints, newMetrics, newManager, newServers, newAuths,
	wire.Struct(new(Operator), "options", "manager", "servers", "auths"),
)

// Connect returns how to reach the API server: that of a kubeconfig, or in a pod
// the cluster's own.
func Connect(o Options) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("no API server is known: give --kubeconfig or KUBECONFIG, or run in a pod: %w", err)
	}
	config.QPS, config.Burst = o.QPS, o.Burst
	config.UserAgent = "thv-operator"
	return config, nil
}
