package k8s

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestConformance(t *testing.T) {
	c := realCluster(t)
	namespace := c.namespace(t)
	at := func(path string) secret.Ref { return ref(t, "k8s://"+namespace+"/"+path) }
	var way *gate
	providertest.Run(t, providertest.Harness{
		New: func(t testing.TB) provider.Provider {
			c.empty(t, namespace)
			way = newGate(t, c.admin)
			// None of the suite's calls is to end by its own limit.
			return open(t, Config{Kubeconfig: []string{way.kubeconfig}, Namespace: namespace, Timeout: time.Hour})
		},
		Seed: func(t testing.TB, _ provider.Provider, ref secret.Ref, value secret.Value) {
			c.put(t, ref.String(), value.Bytes())
		},
		Present: []secret.Ref{at("github/token"), at("github/TOKEN"), at("a.b-c/x_y.z"), at("encoded/%74oken")},
		Missing: at("missing/token"),
		Unreadable: []secret.Ref{
			ref(t, "k8s://namespace"), ref(t, "k8s://namespace/secret"), ref(t, "k8s://a/b/c/d"),
			ref(t, "k8s://NS/secret/key"), ref(t, "k8s://ns/Secret/key"), ref(t, "k8s://ns/secret/a%2Fb"),
		},
		Unholdable: []secret.Ref{ref(t, "github"), ref(t, "a/b/c")},
		Break:      func(testing.TB, provider.Provider) { way.shut() },
		Hang:       func(testing.TB, provider.Provider) { way.silent.Store(true) },
	})
}

func TestProvider_ReadsOnly(t *testing.T) {
	want := provider.CanList | provider.CanGetAll | provider.CanCheck
	if got := provider.Capabilities(&Provider{}); got != want {
		t.Errorf("capabilities %v, want %v", got, want)
	}
}

func TestGet_SaysWhatIsMissing(t *testing.T) {
	c := realCluster(t)
	namespace := c.namespace(t)
	c.put(t, "k8s://"+namespace+"/github/token", []byte("Canary-1"))
	p := open(t, Config{Kubeconfig: []string{c.admin}})
	for text, want := range map[string]string{
		namespace + "/github/other":    `the Secret "github" in the namespace "` + namespace + `" has no key "other"`,
		namespace + "/other/token":     `no Secret "other" in the namespace "` + namespace + `"`,
		"thv-no-namespace/other/token": `or no such namespace`,
	} {
		_, err := p.Get(t.Context(), ref(t, "k8s://"+text))
		if !errors.Is(err, secret.ErrNotFound) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGet_SeesEachChangeAndTheEndOfASecret(t *testing.T) {
	c := realCluster(t)
	namespace := c.namespace(t)
	text := "k8s://" + namespace + "/rotated/key"
	p := open(t, Config{Kubeconfig: []string{c.admin}})
	for _, value := range []string{"first", "second"} {
		c.put(t, text, []byte(value))
		if got, err := p.Get(t.Context(), ref(t, text)); err != nil || string(got.Bytes()) != value {
			t.Fatalf("%d bytes, %v", got.Len(), err)
		}
	}
	c.empty(t, namespace)
	if _, err := p.Get(t.Context(), ref(t, text)); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("after its deletion: %v", err)
	}
}

func TestGet_TheLargestSecretThereCanBe(t *testing.T) {
	c := realCluster(t)
	text := "k8s://" + c.namespace(t) + "/large/key"
	value := make([]byte, corev1.MaxSecretSize)
	_, _ = rand.Read(value)
	c.put(t, text, value)
	got, err := open(t, Config{Kubeconfig: []string{c.admin}}).Get(t.Context(), ref(t, text))
	if err != nil || !bytes.Equal(got.Bytes(), value) {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
}

func TestGet_WorksAgainAfterALostConnection(t *testing.T) {
	c := realCluster(t)
	text := "k8s://" + c.namespace(t) + "/github/token"
	c.put(t, text, []byte("x"))
	way := newGate(t, c.admin)
	p := open(t, Config{Kubeconfig: []string{way.kubeconfig}})
	for range 3 {
		if _, err := p.Get(t.Context(), ref(t, text)); err != nil {
			t.Fatal(err)
		}
		way.drop()
	}
}

func TestProvider_WithoutRightsIsDenied(t *testing.T) {
	c := realCluster(t)
	namespace := c.namespace(t)
	text := "k8s://" + namespace + "/github/token"
	c.put(t, text, []byte("Canary-1"))
	reader := open(t, Config{Kubeconfig: []string{c.reader}, Namespace: namespace})
	everywhere := open(t, Config{Kubeconfig: []string{c.reader}})
	_, get := reader.Get(t.Context(), ref(t, text))
	results, err := reader.GetAll(t.Context(), []secret.Ref{ref(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	_, list := names(t, reader)
	_, listAll := names(t, everywhere)
	for want, err := range map[string]error{
		`get the Secret "github" in the namespace "` + namespace + `"`: get,
		"kubectl auth can-i get secrets/github":                        results[0].Err,
		`list the Secrets in the namespace "` + namespace + `"`:        list,
		"all namespaces": listAll,
	} {
		if !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%s: %v", want, err)
		}
	}
	// It is logged in, and that is all that is asked.
	if err := reader.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestProvider_ReadsTheOneSecretThatItMay(t *testing.T) {
	c := realCluster(t)
	namespace := c.namespace(t)
	for _, path := range []string{"mine/token", "other/token"} {
		c.put(t, "k8s://"+namespace+"/"+path, []byte(path))
	}
	mine, other, missing := ref(t, "k8s://"+namespace+"/mine/token"), ref(t, "k8s://"+namespace+"/other/token"), ref(t, "k8s://"+namespace+"/missing/token")
	p := open(t, Config{Kubeconfig: []string{c.reader}, Namespace: namespace})
	c.allow(t, namespace, "get", "mine")
	eventually(t, "the right to get", func() bool {
		_, err := p.Get(t.Context(), mine)
		return err == nil
	})
	results, err := p.GetAll(t.Context(), []secret.Ref{other, mine, missing})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(results[1].Value.Bytes()); results[1].Err != nil || got != "mine/token" {
		t.Errorf("its own: %q, %v", got, results[1].Err)
	}
	// Of what it may not read it is not told either whether it is there.
	for _, i := range []int{0, 2} {
		if !errors.Is(results[i].Err, secret.ErrDenied) {
			t.Errorf("another's: %v", results[i].Err)
		}
	}
	if _, err := names(t, p); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("listing: %v", err)
	}
}

func TestProvider_RefusedCredentialsAreDenied(t *testing.T) {
	c := realCluster(t)
	p := open(t, Config{Kubeconfig: []string{withToken(t, c.admin, "Canary-token")}})
	_, get := p.Get(t.Context(), ref(t, "k8s://a/b/c"))
	_, list := names(t, p)
	for _, err := range []error{get, list, p.Check(t.Context())} {
		if !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "refuses the credentials") || strings.Contains(err.Error(), "Canary") {
			t.Error(err)
		}
	}
}

func TestList_PagesThroughMoreThanOneAnswerHolds(t *testing.T) {
	c := realCluster(t)
	namespace := c.namespace(t)
	want := map[string]secret.Info{}
	for i := range 205 {
		stored := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("s%03d", i)}, Type: "example.org/kind",
			Data: map[string][]byte{"a": []byte("Canary-1"), "b": nil},
		}
		if _, err := c.core.Secrets(namespace).Create(t.Context(), stored, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		for key := range stored.Data {
			name := "k8s://" + namespace + "/" + stored.Name + "/" + key
			want[name] = secret.Info{Name: name, Description: "example.org/kind"}
		}
	}
	got, err := names(t, open(t, Config{Kubeconfig: []string{c.admin}, Namespace: namespace}))
	if err != nil {
		t.Fatal(err)
	}
	for name, info := range got {
		if info.Created.IsZero() {
			t.Errorf("%s was created at no time", name)
		}
		info.Created = time.Time{}
		got[name] = info
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestList_IsAboutAllNamespacesOrTheOneConfigured(t *testing.T) {
	c := realCluster(t)
	one, other := c.namespace(t), c.namespace(t)
	for _, namespace := range []string{one, other} {
		c.put(t, "k8s://"+namespace+"/a/b", []byte("x"))
	}
	all, err := names(t, open(t, Config{Kubeconfig: []string{c.admin}}))
	if err != nil {
		t.Fatal(err)
	}
	single, err := names(t, open(t, Config{Kubeconfig: []string{c.admin}, Namespace: one}))
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{one, other} {
		if _, ok := all["k8s://"+namespace+"/a/b"]; !ok {
			t.Errorf("of all namespaces %s is missing", namespace)
		}
	}
	if got := slices.Sorted(maps.Keys(single)); !slices.Equal(got, []string{"k8s://" + one + "/a/b"}) {
		t.Errorf("of the one: %q", got)
	}
}

// names is what List yields, by name; each once.
func names(t testing.TB, p *Provider) (map[string]secret.Info, error) {
	t.Helper()
	found := map[string]secret.Info{}
	for info, err := range p.List(t.Context()) {
		if err != nil {
			return nil, err
		}
		if _, twice := found[info.Name]; twice {
			t.Errorf("%s is listed twice", info.Name)
		}
		found[info.Name] = info
	}
	return found, nil
}
