package compose_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

const canary = "canary-7b1f0e52c9"

// forms are the encodings in which a value could leak.
func forms() []string {
	encoded := base64.StdEncoding.EncodeToString([]byte(canary))
	return []string{canary, encoded, strings.TrimRight(encoded, "="), base64.RawURLEncoding.EncodeToString([]byte(canary))}
}

func TestLeak_ValueIsInItsSecretOnly(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	var mu sync.Mutex
	var whole []string
	s.wire.setFault(func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/secrets") && r.Method == http.MethodGet && !strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadata") {
			mu.Lock()
			whole = append(whole, r.URL.String())
			mu.Unlock()
		}
		return nil
	})
	s.secret("keys", "K", "before", "f", canary)
	auth := &v1beta1.MCPExternalAuthConfig{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: s.namespace}}
	auth.Spec = v1beta1.MCPExternalAuthConfigSpec{Type: v1beta1.AuthBearerToken, BearerToken: &v1beta1.BearerToken{TokenSecretRef: v1beta1.SecretKeyRef{Name: "keys", Key: "f"}}}
	s.Make(t, auth)
	s.server("a", withSecrets(ref("keys", "K"), v1beta1.SecretRef{Name: "keys", Key: "f", MountPath: "/f"}, v1beta1.SecretRef{Name: "keys", Key: "none", Optional: true}),
		func(spec *v1beta1.MCPServerSpec) { spec.ExternalAuthConfigRef = &v1beta1.NameRef{Name: "x"} })
	s.server("b", withSecrets(ref("keys", "none")))
	token := s.token("a")
	s.secret("keys", "K", canary, "f", canary)
	s.rolled("a", token)
	s.available("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	s.says("b", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse, "KeyNotFound")
	s.quiet()

	found, objects := s.search(t)
	if !slices.Equal(found, []string{"Secret/keys"}) || objects < 50 {
		t.Errorf("of %d objects the value is in %q", objects, found)
	}
	families, err := ctrlmetrics.Registry.Gather()
	if err != nil || len(families) < 20 {
		t.Fatal(len(families), err)
	}
	metrics, _ := json.Marshal(families)
	for _, form := range forms() {
		if strings.Contains(s.log.String(), form) {
			t.Errorf("%s is in the log", form)
		}
		if strings.Contains(string(metrics), form) {
			t.Errorf("%s is in the metrics", form)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(whole) > 0 {
		t.Errorf("Secrets are listed or watched with their values, for a cache: %q", whole)
	}
}

// search looks through every object of every kind, and returns those of the fixture
// in which the value is.
func (s *fixture) search(t *testing.T) (found []string, objects int) {
	d, err := discovery.NewDiscoveryClientForConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := d.ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, resource := range list.APIResources {
			if !slices.Contains(resource.Verbs, "list") {
				continue
			}
			var all unstructured.UnstructuredList
			all.SetGroupVersionKind(version.WithKind(resource.Kind + "List"))
			if err := s.List(t.Context(), &all); err != nil {
				t.Fatalf("%s: %v", resource.Kind, err)
			}
			objects += len(all.Items)
			found = append(found, holders(all.Items)...)
		}
	}
	return found, objects
}

func holders(objects []unstructured.Unstructured) []string {
	var found []string
	for _, object := range objects {
		text, _ := object.MarshalJSON()
		for _, form := range forms() {
			if strings.Contains(string(text), form) {
				found = append(found, object.GetKind()+"/"+object.GetName())
				break
			}
		}
	}
	return found
}
