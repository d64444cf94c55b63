package ownership_test

import (
	"errors"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"os"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
	"github.com/thv-secrets/thv/apps/operator/internal/ownership"
)

func crds(t *testing.T, annotations map[string]string, names ...string) client.Client {
	t.Helper()
	scheme, err := clustertest.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme)
	for _, name := range names {
		builder.WithObjects(&apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: name + ".toolhive.stacklok.dev", Annotations: annotations}})
	}
	return builder.Build()
}

func TestCheck_RefusesCRDsOfOthersAndSaysHowToProceed(t *testing.T) {
	own := map[string]string{ownership.Annotation: ownership.Schema}
	if err := ownership.Check(t.Context(), crds(t, own, "mcpservers", "mcpexternalauthconfigs"), nil); err != nil {
		t.Error(err)
	}
	for want, c := range map[string]client.Client{
		"there is no CRD mcpexternalauthconfigs":                               crds(t, own, "mcpservers"),
		"the CRD mcpservers.toolhive.stacklok.dev belongs to another operator": crds(t, nil, "mcpservers", "mcpexternalauthconfigs"),
		"kubectl apply --validate=strict":                                      crds(t, map[string]string{ownership.Annotation: "0"}, "mcpservers"),
	} {
		err := ownership.Check(t.Context(), c, nil)
		if !errors.Is(err, ownership.ErrForeign) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want: %s", err, want)
		}
	}
}

// Without the permission to read CRDs, Check uses discovery.
func TestCheck_WithoutRightsAsksDiscovery(t *testing.T) {
	clustertest.Connect(t)
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("THV_TEST_KUBECONFIG_READER"))
	if err != nil {
		t.Fatal(err)
	}
	config.WarningHandlerWithContext = rest.NoWarnings{}
	reader, err := clustertest.New(config)
	if err != nil {
		t.Fatal(err)
	}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := ownership.Check(t.Context(), reader, d); err != nil {
		t.Error(err)
	}
}
