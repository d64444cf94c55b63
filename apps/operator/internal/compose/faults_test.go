package compose_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/compose"
)

func answer(r *http.Request, code int, reason metav1.StatusReason) *http.Response {
	body := fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d,"message":"by the test"}`, reason, code)
	return &http.Response{
		StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// refuses answers the operator's writes of a kind with code until it is told to stop.
func (s *fixture) refuses(part string, code int, reason metav1.StatusReason) (tries *atomic.Int64) {
	tries = new(atomic.Int64)
	s.wire.setFault(func(r *http.Request) *http.Response {
		if r.Method == http.MethodGet || !strings.Contains(r.URL.Path, part) {
			return nil
		}
		tries.Add(1)
		return answer(r, code, reason)
	})
	return tries
}

func TestFaults_RefusedWritesAreTriedWithPatience(t *testing.T) {
	t.Parallel()
	for code, reason := range map[int]metav1.StatusReason{409: metav1.StatusReasonConflict, 429: metav1.StatusReasonTooManyRequests, 500: metav1.StatusReasonInternalError, 503: metav1.StatusReasonServiceUnavailable} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			s := newFixture(t)
			tries := s.refuses("/deployments/", code, reason)
			s.server("a")
			s.eventually("it tries again", func() bool { return tries.Load() >= 2 })
			time.Sleep(3 * time.Second) //nolint:forbidigo // tries that are too many would come now
			// 100 ms, doubled each time: at most five more fit into the pause, however slow the machine.
			if n := tries.Load(); n > 10 {
				t.Errorf("%d tries", n)
			}
			s.wire.setFault(nil)
			s.deployed("a")
			s.silent(s.quiet())
		})
	}
}

func TestFaults_ForbiddenIsToldAndTriedWithPatience(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	tries := s.refuses("/deployments/", 403, metav1.StatusReasonForbidden)
	s.server("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionFalse, "Forbidden", "by the test")
	time.Sleep(3 * time.Second) //nolint:forbidigo // tries that are too many would come now
	statuses := 0
	for _, write := range s.wire.written() {
		if strings.HasSuffix(write, "/status") {
			statuses++
		}
	}
	if n := tries.Load(); n > 10 || statuses > 2 {
		t.Errorf("%d tries, %d statuses", n, statuses)
	}
	s.wire.setFault(nil)
	s.deployed("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionFalse, "Progressing")
}

func TestFaults_APIServerThatIsAwayComesBack(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a")
	s.deployed("a")
	s.quiet()
	var requests atomic.Int64
	s.wire.setFault(func(r *http.Request) *http.Response {
		requests.Add(1)
		return answer(r, 503, metav1.StatusReasonServiceUnavailable)
	})
	s.server("b")
	s.secret("keys", "K", "v")
	time.Sleep(3 * time.Second) //nolint:forbidigo // tries that are too many would come now
	if n := requests.Load(); n > 100 {
		t.Errorf("%d requests to a server that is away", n)
	}
	s.wire.setFault(nil)
	s.deployed("b")
	s.silent(s.quiet())
}

func TestFaults_SlowAPIServerIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.wire.setFault(func(r *http.Request) *http.Response {
		if r.Method != http.MethodGet {
			time.Sleep(500 * time.Millisecond) //nolint:forbidigo // an API server that is slow
		}
		return nil
	})
	s.server("a")
	s.deployed("a")
	s.available("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	if n := s.quiet(); n > 6 {
		t.Errorf("%d writes: %q", n, s.wire.written())
	}
}

func TestFaults_SecretThatMayNotBeReadIsTold(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "v")
	s.wire.setFault(func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/secrets/keys") {
			return answer(r, 403, metav1.StatusReasonForbidden)
		}
		return nil
	})
	s.server("a", withSecrets(ref("keys", "K")))
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse, "AccessDenied", `the operator may not read the Secret "keys"`)
	s.silent(s.quiet())
	s.wire.setFault(nil)
	s.secret("keys", "K", "w")
	s.deployed("a")
}

func TestFaults_OfTwoOperatorsOneWorks(t *testing.T) {
	elect := func(o *compose.Options) { o.LeaderElect = true }
	s := newFixture(t, elect)
	s.server("a")
	s.deployed("a")
	second := *s
	second.log = &safeBuffer{}
	second.start()
	s.server("b")
	s.deployed("b")
	s.quiet()
	if writes := second.wire.written(); len(writes) > 0 {
		t.Errorf("the second writes too: %q", writes)
	}
	s.stop()
	s.server("c")
	second.deployed("c")
	if n := second.quiet(); n == 0 {
		t.Error("the second does not take over")
	}
}

func TestFaults_TwoThatBothWorkDoNotFight(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	second := *s
	second.start()
	s.secret("keys", "K", "v")
	for i := range 5 {
		s.server(fmt.Sprint("s", i), withSecrets(ref("keys", "K")))
	}
	for i := range 5 {
		s.available(fmt.Sprint("s", i))
	}
	s.silent(s.quiet())
	second.silent(second.quiet())
}

func TestFaults_LargeServerIsDeployed(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a", func(spec *v1beta1.MCPServerSpec) {
		for i := range 200 {
			spec.Env = append(spec.Env, v1beta1.EnvVar{Name: fmt.Sprint("A", i), Value: strings.Repeat("x", 1000)})
		}
	})
	if d := s.deployed("a"); len(d.Spec.Template.Spec.Containers[0].Env) != 203 {
		t.Errorf("%d variables", len(d.Spec.Template.Spec.Containers[0].Env))
	}
	s.silent(s.quiet())
}

func TestFaults_ForeignFinalizerIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	server := s.server("a")
	s.deployed("a")
	before := server.DeepCopy()
	server.Finalizers = []string{"example.com/theirs"}
	if err := s.Patch(t.Context(), server, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	s.says("a", v1beta1.ConditionReady, metav1.ConditionFalse, "Terminating")
	if s.status("a").Phase != v1beta1.PhaseTerminating {
		t.Errorf("%+v", s.status("a"))
	}
	s.silent(s.quiet())
	if d := s.deployment("a"); d == nil {
		t.Error("what others are to remove is removed")
	}
	server = get[v1beta1.MCPServer](s, "a")
	before = server.DeepCopy()
	server.Finalizers = nil
	if err := s.Patch(t.Context(), server, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	s.silent(s.quiet())
}

func TestFaults_NamespaceThatIsDeletedIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "OTHER", "v")
	s.server("a", withSecrets(ref("keys", "K")))
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse)
	if err := s.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}}); err != nil {
		t.Fatal(err)
	}
	kept := get[corev1.Secret](s, "keys")
	kept.Data["K"] = []byte("v")
	if err := s.Update(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	s.says("a", v1beta1.ConditionReady, metav1.ConditionFalse, "NamespaceTerminating")
	s.silent(s.quiet())
}
