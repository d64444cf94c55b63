package k8s

import (
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	rbac "k8s.io/client-go/kubernetes/typed/rbac/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/thv-secrets/thv/core/providertest"
)

// cluster is a real API server, as its administrator sees it.
type cluster struct {
	core *core.CoreV1Client
	rbac *rbac.RbacV1Client
	// admin and reader are kubeconfigs.
	admin, reader string
}

func realCluster(t testing.TB) cluster {
	t.Helper()
	c := cluster{admin: os.Getenv("THV_TEST_KUBECONFIG"), reader: os.Getenv("THV_TEST_KUBECONFIG_READER")}
	if c.admin == "" || c.reader == "" {
		if os.Getenv("THV_REAL") == "1" {
			t.Fatal("THV_TEST_KUBECONFIG is not set: run the tests by hack/kubernetes-api.sh")
		}
		t.Skip("no Kubernetes API server: THV_TEST_KUBECONFIG is not set (hack/kubernetes-api.sh starts one)")
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.admin)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	c.core, c.rbac = core.NewForConfigOrDie(config), rbac.NewForConfigOrDie(config)
	return c
}

// namespace makes one that no other test has. It stays, since nothing is there
// that could delete it.
func (c cluster) namespace(t testing.TB) string {
	t.Helper()
	name := "thv-" + strings.ToLower(rand.Text())
	_, err := c.core.Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (c cluster) empty(t testing.TB, namespace string) {
	t.Helper()
	if err := c.core.Secrets(namespace).DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
}

// put stores value, as a key of a Secret that may be there already.
func (c cluster) put(t testing.TB, text string, value []byte) {
	t.Helper()
	n, err := parse(ref(t, text))
	if err != nil {
		t.Fatal(err)
	}
	secrets := c.core.Secrets(n.namespace)
	stored, err := secrets.Get(t.Context(), n.secret, metav1.GetOptions{})
	if err != nil {
		stored = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: n.secret}, Data: map[string][]byte{n.key: value}}
		_, err = secrets.Create(t.Context(), stored, metav1.CreateOptions{})
	} else {
		if stored.Data == nil {
			stored.Data = map[string][]byte{}
		}
		stored.Data[n.key] = value
		_, err = secrets.Update(t.Context(), stored, metav1.UpdateOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// allow gives the user reader a right on Secrets in the namespace, on those of
// the names where there are any.
func (c cluster) allow(t testing.TB, namespace, verb string, names ...string) {
	t.Helper()
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: verb},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{verb}, ResourceNames: names}},
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: verb},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: verb},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "reader"}},
	}
	if _, err := c.rbac.Roles(namespace).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.rbac.RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, config Config) *Provider {
	t.Helper()
	p, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var ref = providertest.MustRef

// gate passes connections on to the server of a kubeconfig.
type gate struct {
	// kubeconfig leads through the gate.
	kubeconfig string
	listener   net.Listener
	silent     atomic.Bool
	mu         sync.Mutex
	conns      []net.Conn
}

func newGate(t testing.TB, kubeconfig string) *gate {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"), listener: listener}
	t.Cleanup(g.shut)
	cluster := config.Clusters["test"]
	server := strings.TrimPrefix(cluster.Server, "https://")
	cluster.Server = "https://" + listener.Addr().String()
	if err := clientcmd.WriteToFile(*config, g.kubeconfig); err != nil {
		t.Fatal(err)
	}
	go g.serve(server)
	return g
}

func (g *gate) serve(server string) {
	for {
		in, err := g.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", server)
		if err != nil {
			_ = in.Close()
			continue
		}
		g.mu.Lock()
		g.conns = append(g.conns, in, out)
		g.mu.Unlock()
		go g.pass(in, out)
		go g.pass(out, in)
	}
}

func (g *gate) pass(from, to net.Conn) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 1<<15)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if g.silent.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// drop ends the connections that there are.
func (g *gate) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range g.conns {
		_ = conn.Close()
	}
	g.conns = nil
}

// shut has further connections refused.
func (g *gate) shut() {
	_ = g.listener.Close()
	g.drop()
}
