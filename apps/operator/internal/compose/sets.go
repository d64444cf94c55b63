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

// Connect returns the client configuration for the API server: from o.Kubeconfig, or
// from the pod if that is empty.
func Connect(o Options) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("no API server is configured: set --kubeconfig or KUBECONFIG, or run in a pod: %w", err)
	}
	config.QPS, config.Burst = o.QPS, o.Burst
	config.UserAgent = "thv-operator"
	return config, nil
}
