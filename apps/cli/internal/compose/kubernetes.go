package compose

import (
	"context"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

const kubernetesName = "k8s" // and its scheme

// kubernetes is the executable around Kubernetes' client.
func kubernetes() wiring {
	return wiring{
		Descriptor: app.Descriptor{
			Name: kubernetesName, Scheme: kubernetesName, SchemeOnly: true, Reserved: []string{"kubernetes"}, InCluster: true,
			Advice: map[secret.Class]string{
				secret.ClassUnavailable: "kubectl cluster-info",
				secret.ClassDenied:      "kubectl auth can-i get secrets",
			},
		},
		open: (*openers).kubernetes,
	}
}

// kubernetes gives the executable the environment that kubectl would get, since a
// kubeconfig may name programs that need it.
func (o *openers) kubernetes(ctx context.Context) (provider.Provider, error) {
	s := o.settings.Secrets.Kubernetes
	var args []string
	args = option(args, "--kubeconfig", s.Kubeconfig)
	args = option(args, "--context", s.Context)
	args = option(args, "--namespace", s.Namespace)
	args = option(args, "--timeout", string(s.Timeout))
	c := exec.Config{Name: kubernetesName, Scheme: kubernetesName, Timeout: s.Timeout.Duration(), Env: o.environ.ForWorkload()}
	return o.sibling(ctx, c, "thv-provider-k8s", args)
}
