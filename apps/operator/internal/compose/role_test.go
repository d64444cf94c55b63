package compose_test

import (
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/config"
)

// The operator needs only a RoleBinding in one namespace, and no cluster-wide rights.
func TestRole_IsEnoughForANamespace(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.stop()
	var role rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict(config.Role, &role); err != nil {
		t.Fatal(err)
	}
	role.Name = s.namespace
	s.Make(t, &role, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "operator", Namespace: s.namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "reader"}},
	})
	reader, err := clientcmd.BuildConfigFromFlags("", os.Getenv("THV_TEST_KUBECONFIG_READER"))
	if err != nil {
		t.Fatal(err)
	}
	reader.WarningHandlerWithContext = rest.NoWarnings{}
	s.as, s.options.LeaderElect = reader, true
	s.start()
	s.secret("keys", "K", "v")
	s.Make(t, &v1beta1.MCPExternalAuthConfig{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: s.namespace}, Spec: v1beta1.MCPExternalAuthConfigSpec{Type: v1beta1.AuthUnauthenticated}})
	s.server("a", withSecrets(ref("keys", "K")), func(spec *v1beta1.MCPServerSpec) { spec.ExternalAuthConfigRef = &v1beta1.NameRef{Name: "x"} })
	s.deployed("a")
	s.available("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	s.eventually("the configuration is kept", func() bool { return len(get[v1beta1.MCPExternalAuthConfig](s, "x").Finalizers) == 1 })
	token := s.token("a")
	s.secret("keys", "K", "w")
	s.rolled("a", token)
	s.change("a", func(spec *v1beta1.MCPServerSpec) {
		spec.Transport, spec.ExternalAuthConfigRef = v1beta1.TransportStdio, nil
	})
	s.eventually("the Service is gone", func() bool { return get[corev1.Service](s, "mcp-a-proxy") == nil })
	s.eventually("the configuration is let go", func() bool { return len(get[v1beta1.MCPExternalAuthConfig](s, "x").Finalizers) == 0 })
}
