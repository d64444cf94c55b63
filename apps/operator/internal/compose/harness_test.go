package compose_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
	"github.com/thv-secrets/thv/apps/operator/internal/compose"
)

func TestMain(m *testing.M) {
	// Each operator has its own logger; the library's global one is discarded.
	ctrl.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// fixture is a namespace of a real API server with an operator of its own.
type fixture struct {
	*clustertest.Cluster
	t         testing.TB
	namespace string
	wire      *wire
	log       *safeBuffer
	options   compose.Options
	// as is how the operator reaches the server.
	as   *rest.Config
	stop func()
}

// newFixture starts an operator that watches a new namespace.
func newFixture(t testing.TB, change ...func(*compose.Options)) *fixture {
	t.Helper()
	c := clustertest.Connect(t)
	s := &fixture{Cluster: c, t: t, namespace: c.Namespace(t), log: &safeBuffer{}, as: c.Config}
	s.options = compose.Options{
		Namespace: s.namespace, LeaderElectionNamespace: s.namespace, WatchNamespaces: []string{s.namespace},
		MetricsAddress: "0", ProbeAddress: "0", Workers: 4, QPS: -1, Burst: 1,
	}
	for _, each := range change {
		each(&s.options)
	}
	s.start()
	return s
}

// start starts the operator, again where it was stopped.
func (s *fixture) start() {
	s.t.Helper()
	s.wire = &wire{}
	config := rest.CopyConfig(s.as)
	config.QPS, config.Burst = s.options.QPS, s.options.Burst
	config.Wrap(s.wire.wrap)
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	operator, err := compose.New(ctx, s.options, config, log)
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- operator.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("Run: got %v, want nil", err)
		}
	})
	s.t.Cleanup(func() {
		s.stop()
		if s.t.Failed() {
			s.t.Logf("log:\n%.6000s", s.log.String())
		}
	})
}

// wire is what the operator's requests pass through.
type wire struct {
	mu     sync.Mutex
	writes []string
	reads  map[string]int
	fault  func(*http.Request) *http.Response
}

func (w *wire) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w.mu.Lock()
		if r.Method != http.MethodGet {
			// Events and leases are not part of a server's state.
			if !strings.Contains(r.URL.Path, "/events") && !strings.Contains(r.URL.Path, "/leases/") {
				w.writes = append(w.writes, r.Method+" "+r.URL.Path)
			}
		} else if r.URL.Query().Get("watch") == "" {
			if w.reads == nil {
				w.reads = map[string]int{}
			}
			w.reads[r.URL.Path]++
		}
		fault := w.fault
		w.mu.Unlock()
		if fault != nil {
			if response := fault(r); response != nil {
				return response, nil
			}
		}
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (w *wire) setFault(fault func(*http.Request) *http.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

func (w *wire) written() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.writes...)
}

func (w *wire) readsOf(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reads[path]
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// server is an MCPServer that is made with what change says.
func (s *fixture) server(name string, change ...func(*v1beta1.MCPServerSpec)) *v1beta1.MCPServer {
	s.t.Helper()
	server := &v1beta1.MCPServer{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}}
	server.Spec = v1beta1.MCPServerSpec{Image: "registry.example/server:1", Transport: v1beta1.TransportStreamableHTTP}
	for _, each := range change {
		each(&server.Spec)
	}
	s.Make(s.t, server)
	return server
}

func withSecrets(refs ...v1beta1.SecretRef) func(*v1beta1.MCPServerSpec) {
	return func(spec *v1beta1.MCPServerSpec) { spec.Secrets = refs }
}

func ref(name, key string) v1beta1.SecretRef { return v1beta1.SecretRef{Name: name, Key: key} }

// secret makes a Secret, or changes it. pairs are keys and values.
func (s *fixture) secret(name string, pairs ...string) {
	s.t.Helper()
	kept := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}}
	kept.Data = map[string][]byte{}
	for i := 0; i < len(pairs); i += 2 {
		kept.Data[pairs[i]] = []byte(pairs[i+1])
	}
	err := s.Create(s.t.Context(), kept)
	if err != nil {
		err = s.Update(s.t.Context(), kept)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// get reads an object of the namespace of the fixture; it is nil if it does not exist.
func get[T any, P interface {
	*T
	client.Object
}](s *fixture, name string) P {
	s.t.Helper()
	object := P(new(T))
	err := s.Get(s.t.Context(), client.ObjectKey{Namespace: s.namespace, Name: name}, object)
	if client.IgnoreNotFound(err) != nil {
		s.t.Fatal(err)
	}
	if err != nil {
		return nil
	}
	return object
}

func (s *fixture) deployment(name string) *appsv1.Deployment { return get[appsv1.Deployment](s, name) }

// deployed waits for the server's Deployment.
func (s *fixture) deployed(name string) *appsv1.Deployment {
	s.t.Helper()
	s.eventually(name+" has a Deployment", func() bool { return s.deployment(name) != nil })
	return s.deployment(name)
}

func (s *fixture) status(name string) v1beta1.MCPServerStatus {
	s.t.Helper()
	if server := get[v1beta1.MCPServer](s, name); server != nil {
		return server.Status
	}
	return v1beta1.MCPServerStatus{}
}

// says waits until a condition has the status, and words in its reason or message.
func (s *fixture) says(name, kind string, status metav1.ConditionStatus, words ...string) {
	s.t.Helper()
	var last string
	s.eventually(fmt.Sprintf("%s of %s is %s with %q", kind, name, status, words), func() bool {
		c := meta.FindStatusCondition(s.status(name).Conditions, kind)
		if c == nil {
			return false
		}
		last = string(c.Status) + " " + c.Reason + ": " + c.Message
		for _, each := range words {
			if !strings.Contains(last, each) {
				return false
			}
		}
		return c.Status == status
	}, &last)
}

// available sets the status of a Deployment whose pods run, as a cluster's controllers
// would.
func (s *fixture) available(name string) {
	s.t.Helper()
	d := s.deployed(name)
	before := d.DeepCopy()
	d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable"}}
	if err := s.Status().Patch(s.t.Context(), d, client.MergeFrom(before)); err != nil {
		s.t.Fatal(err)
	}
}

// change patches an MCPServer's spec.
func (s *fixture) change(name string, how func(*v1beta1.MCPServerSpec)) {
	s.t.Helper()
	server := get[v1beta1.MCPServer](s, name)
	before := server.DeepCopy()
	how(&server.Spec)
	if err := s.Patch(s.t.Context(), server, client.MergeFrom(before)); err != nil {
		s.t.Fatal(err)
	}
}
