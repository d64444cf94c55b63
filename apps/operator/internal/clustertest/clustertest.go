// Package clustertest connects tests to a real API server with the operator's CRDs.
package clustertest

import (
	"context"
	"crypto/rand"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/config"
)

// Cluster is a client of an API server, with an administrator's permissions.
type Cluster struct {
	client.Client
	Config *rest.Config
}

var install sync.Mutex

// Connect returns the cluster of THV_TEST_KUBECONFIG, with the CRDs installed. If
// that is not set, the test is skipped, or fails if THV_REAL=1.
func Connect(t testing.TB) *Cluster {
	t.Helper()
	path := os.Getenv("THV_TEST_KUBECONFIG")
	if path == "" {
		if os.Getenv("THV_REAL") == "1" {
			t.Fatal("THV_TEST_KUBECONFIG is not set: run the tests by hack/kubernetes-api.sh")
		}
		t.Skip("no Kubernetes API server: THV_TEST_KUBECONFIG is not set (hack/kubernetes-api.sh starts one)")
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	install.Lock()
	defer install.Unlock()
	if err := c.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// New returns the cluster that config connects to.
func New(config *rest.Config) (*Cluster, error) {
	scheme, err := Scheme()
	if err != nil {
		return nil, err
	}
	made, err := client.New(config, client.Options{Scheme: scheme})
	return &Cluster{Client: made, Config: config}, err
}

// Scheme returns a scheme with Kubernetes' types, CRDs and the operator's types.
func Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, v1beta1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	return scheme, nil
}

// CRDs returns the operator's CRDs.
func CRDs() ([]*apiextensionsv1.CustomResourceDefinition, error) {
	var crds []*apiextensionsv1.CustomResourceDefinition
	paths, err := fs.Glob(config.CRDs, "crd/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := config.CRDs.ReadFile(path)
		if err != nil {
			return nil, err
		}
		crd := new(apiextensionsv1.CustomResourceDefinition)
		if err := yaml.UnmarshalStrict(text, crd); err != nil {
			return nil, err
		}
		crds = append(crds, crd)
	}
	return crds, nil
}

// Install creates the CRDs, and waits until they are served.
func (c *Cluster) Install(ctx context.Context) error {
	crds, err := CRDs()
	if err != nil {
		return err
	}
	for _, crd := range crds {
		if err := c.Create(ctx, crd); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	for _, list := range []client.ObjectList{&v1beta1.MCPServerList{}, &v1beta1.MCPExternalAuthConfigList{}} {
		for err = c.List(ctx, list); err != nil; err = c.List(ctx, list) {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// Namespace creates a namespace with a unique name. It is not deleted, since no
// controller runs that could.
func (c *Cluster) Namespace(t testing.TB) string {
	t.Helper()
	name := "thv-" + strings.ToLower(rand.Text())
	c.Make(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	return name
}

// Make creates objects, and fails the test on an error.
func (c *Cluster) Make(t testing.TB, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatalf("create %T %s: %v", object, object.GetName(), err)
		}
	}
}

// Eventually polls done until it returns true, and fails the test after a long time.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for range 1200 {
		if done() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("timed out waiting: %s", what)
}
