package compose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/compose"
)

func (s *fixture) deleteSecret(name string) {
	s.t.Helper()
	if err := s.Delete(s.t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *fixture) token(name string) string {
	return s.deployed(name).Spec.Template.Annotations["thv-secrets.dev/secrets"]
}

// rolled waits until the pods' template has another token.
func (s *fixture) rolled(name, from string) string {
	s.t.Helper()
	s.eventually(name+" is restarted", func() bool { return s.token(name) != from })
	return s.token(name)
}

func TestSecrets_MissingIsToldAndHealedAtOnce(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a", withSecrets(ref("late", "K"), v1beta1.SecretRef{Name: "late", Key: "f", MountPath: "/run/f"}))
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse, "SecretNotFound", `the Secret "late" does not exist`, `with the key "K" for K`, `"f" for /run/f`)
	if st := s.status("a"); st.Phase != v1beta1.PhasePending || st.SecretRefs[1].State != "SecretNotFound" || st.SecretRefs[1].LastChanged != nil {
		t.Errorf("%+v", st)
	}
	s.silent(s.quiet())
	s.secret("late", "K", "v")
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse, "KeyNotFound", `the Secret "late" has no key "f", which /run/f needs`)
	if s.deployment("a") != nil {
		t.Error("it is started with half of its secrets")
	}
	s.secret("late", "K", "v", "f", "w")
	d := s.deployed("a")
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionTrue, "AllResolved")
	if mounts := d.Spec.Template.Spec.Containers[0].VolumeMounts; len(mounts) != 1 || mounts[0].MountPath != "/run/f" {
		t.Errorf("%+v", mounts)
	}
}

func TestSecrets_OptionalDoNotBlock(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a", withSecrets(v1beta1.SecretRef{Name: "late", Key: "K", Optional: true}, v1beta1.SecretRef{Name: "late", Key: "f", MountPath: "/f", Optional: true}))
	d := s.deployed("a")
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionTrue, "these optional ones have no value: K; /f")
	if len(d.Spec.Template.Spec.Containers[0].VolumeMounts) != 0 {
		t.Error("a missing file is mounted")
	}
	before := s.token("a")
	s.secret("late", "K", "v", "f", "w")
	s.rolled("a", before)
	s.eventually("the file is mounted", func() bool { return len(s.deployment("a").Spec.Template.Spec.Containers[0].VolumeMounts) == 1 })
}

func TestSecrets_DeletedWhileInUseLeavesWhatRuns(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "v")
	s.server("a", withSecrets(ref("keys", "K")))
	s.deployed("a")
	s.available("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	s.quiet()
	before := s.deployment("a")
	s.deleteSecret("keys")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionFalse, "SecretNotFound", "the running pods are left unchanged")
	s.change("a", func(spec *v1beta1.MCPServerSpec) { spec.Args = []string{"-v"} })
	s.silent(s.quiet())
	if after := s.deployment("a"); after.ResourceVersion != before.ResourceVersion || s.status("a").Phase != v1beta1.PhasePending {
		t.Errorf("the Deployment is changed: %+v", after)
	}
	s.change("a", func(spec *v1beta1.MCPServerSpec) { spec.Args = nil })
	s.secret("keys", "K", "v")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	if s.token("a") != before.Spec.Template.Annotations["thv-secrets.dev/secrets"] {
		t.Error("the same value, back again, restarts the pods")
	}
}

func TestRotation_ChangedSecretRollsOnceAndOthersDoNot(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "one", "OTHER", "x")
	s.server("a", withSecrets(ref("keys", "K")))
	s.server("b", withSecrets(ref("keys", "OTHER")))
	token, other := s.token("a"), s.token("b")
	s.secret("keys", "K", "two", "OTHER", "x")
	s.rolled("a", token)
	s.quiet()
	if s.token("b") != other {
		t.Error("a server is restarted for a key that it has not")
	}
	// A change of metadata is not a change of the value.
	now := s.token("a")
	kept := get[corev1.Secret](s, "keys")
	kept.Labels = map[string]string{"x": "y"}
	if err := s.Update(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	s.silent(s.quiet())
	if s.token("a") != now {
		t.Error("a label restarts the pods")
	}
}

func TestRotation_AtMostOncePerInterval(t *testing.T) {
	s := newFixture(t)
	s.secret("keys", "K", "0")
	s.server("a", withSecrets(ref("keys", "K")), func(spec *v1beta1.MCPServerSpec) { spec.MinRestartInterval = "4s" })
	last := s.token("a")
	s.secret("keys", "K", "1")
	last = s.rolled("a", last)
	first := s.deployment("a").Annotations["thv-secrets.dev/rotated-at"]
	for i := range 5 {
		s.secret("keys", "K", fmt.Sprint("again", i))
	}
	s.rolled("a", last)
	second := s.deployment("a").Annotations["thv-secrets.dev/rotated-at"]
	if first == "" || second <= first {
		t.Errorf("restarted at %s and %s", first, second)
	}
	n := s.quiet()
	s.silent(n)
	patches := 0
	for _, write := range s.wire.written() {
		if strings.Contains(write, "/deployments/a") {
			patches++
		}
	}
	// The Deployment was created and restarted twice, for six changes.
	if patches != 3 {
		t.Errorf("%d writes of the Deployment: %q", patches, s.wire.written())
	}
}

func TestRotation_AnotherChangeTakesTheNewValueAlong(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "0")
	s.server("a", withSecrets(ref("keys", "K")), func(spec *v1beta1.MCPServerSpec) { spec.MinRestartInterval = "1h" })
	last := s.token("a")
	s.secret("keys", "K", "1")
	last = s.rolled("a", last)
	s.secret("keys", "K", "2")
	s.quiet()
	if s.token("a") != last {
		t.Fatal("restarted before its time")
	}
	s.change("a", func(spec *v1beta1.MCPServerSpec) { spec.Args = []string{"-v"} })
	s.rolled("a", last)
	s.silent(s.quiet())
}

func TestRotation_NoneOnlyTells(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "0")
	s.server("a", withSecrets(ref("keys", "K")), func(spec *v1beta1.MCPServerSpec) { spec.SecretRotation = v1beta1.RotationNone })
	token, spec := s.token("a"), s.deployed("a").Spec
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionTrue)
	before := s.status("a").SecretRefs[0].LastChanged
	// Times in the status are whole seconds.
	s.eventually("the clock goes on", func() bool { return metav1.Now().Unix() > before.Unix()+1 })
	s.secret("keys", "K", "1")
	s.eventually("the status tells", func() bool { return before.Before(s.status("a").SecretRefs[0].LastChanged) })
	s.silent(s.quiet())
	if d := cmp.Diff(spec, s.deployment("a").Spec); d != "" {
		t.Errorf("the pods are restarted: %s", d)
	}
	s.change("a", func(spec *v1beta1.MCPServerSpec) { spec.SecretRotation = v1beta1.RotationRestart })
	s.rolled("a", token)
}

func TestRotation_RestartOfTheOperatorRollsNothing(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "0")
	s.server("a", withSecrets(ref("keys", "K")))
	s.deployed("a")
	s.available("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	s.quiet()
	s.stop()
	s.start()
	if n := s.quiet(); n != 0 {
		t.Errorf("the operator that starts again writes: %q", s.wire.written())
	}
	// The installation's key is lost: the running pods are adopted.
	token := s.token("a")
	s.stop()
	s.deleteSecret("thv-operator-fingerprint")
	s.start()
	s.quiet()
	if s.token("a") != token {
		t.Error("another key restarts the pods")
	}
	s.secret("keys", "K", "1")
	s.rolled("a", token)
	// A change while no operator runs is detected at the next start.
	token = s.token("a")
	s.stop()
	s.secret("keys", "K", "2")
	s.start()
	s.rolled("a", token)
}

func TestRotation_OneReadServesAllServers(t *testing.T) {
	t.Parallel()
	s := newFixture(t, func(o *compose.Options) { o.Workers = 16 })
	s.secret("shared", "K", "0")
	const servers = 30
	for i := range servers {
		s.server(fmt.Sprint("s", i), withSecrets(ref("shared", "K")))
	}
	path := "/api/v1/namespaces/" + s.namespace + "/secrets/shared"
	tokens := map[string]bool{}
	for i := range servers {
		tokens[s.token(fmt.Sprint("s", i))] = true
	}
	s.quiet()
	if n := s.wire.readsOf(path); n != 1 || len(tokens) != 1 {
		t.Errorf("%d reads, %d tokens", n, len(tokens))
	}
	s.secret("shared", "K", "1")
	for i := range servers {
		s.eventually("restarted", func() bool { return !tokens[s.token(fmt.Sprint("s", i))] })
	}
	s.quiet()
	if n := s.wire.readsOf(path); n != 2 {
		t.Errorf("%d reads for two versions", n)
	}
}

func TestAuth_ReachesTheWorkloadByReference(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("idp", "secret", "v")
	s.server("a", func(spec *v1beta1.MCPServerSpec) { spec.ExternalAuthConfigRef = &v1beta1.NameRef{Name: "idp"} })
	s.says("a", v1beta1.ConditionExternalAuth, metav1.ConditionFalse, "NotFound", `the MCPExternalAuthConfig "idp" does not exist`)
	auth := &v1beta1.MCPExternalAuthConfig{ObjectMeta: metav1.ObjectMeta{Name: "idp", Namespace: s.namespace}}
	auth.Spec = v1beta1.MCPExternalAuthConfigSpec{Type: v1beta1.AuthTokenExchange, TokenExchange: &v1beta1.TokenExchange{
		TokenURL: "https://idp.example/token", ClientID: "me", Audience: "api", Scopes: []string{"a", "b"}, ClientSecretRef: &v1beta1.SecretKeyRef{Name: "idp", Key: "secret"},
	}}
	s.Make(t, auth)
	d := s.deployed("a")
	vars := map[string]corev1.EnvVar{}
	for _, e := range d.Spec.Template.Spec.Containers[0].Env {
		vars[e.Name] = e
	}
	if r := vars["TOOLHIVE_TOKEN_EXCHANGE_CLIENT_SECRET"].ValueFrom; r == nil || r.SecretKeyRef.Key != "secret" || vars["TOOLHIVE_TOKEN_EXCHANGE_SCOPES"].Value != "a b" || vars["TOOLHIVE_TOKEN_EXCHANGE_CLIENT_ID"].Value != "me" {
		t.Errorf("%+v", vars)
	}
	s.says("a", v1beta1.ConditionExternalAuth, metav1.ConditionTrue)
	template := d.Spec.Template
	kept := get[v1beta1.MCPExternalAuthConfig](s, "idp")
	before := kept.DeepCopy()
	kept.Spec.TokenExchange.Audience = "other"
	if err := s.Patch(t.Context(), kept, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	s.eventually("a changed configuration rolls its users", func() bool { return !cmp.Equal(template, s.deployment("a").Spec.Template) })
	// So does its secret.
	token := s.token("a")
	s.secret("idp", "secret", "w")
	s.rolled("a", token)
	s.silent(s.quiet())
}

func TestAuth_InUseCannotBeDeletedUntilItIsNot(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	auth := &v1beta1.MCPExternalAuthConfig{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: s.namespace}, Spec: v1beta1.MCPExternalAuthConfigSpec{Type: v1beta1.AuthUnauthenticated}}
	s.Make(t, auth)
	s.server("a", func(spec *v1beta1.MCPServerSpec) { spec.ExternalAuthConfigRef = &v1beta1.NameRef{Name: "x"} })
	s.eventually("it is kept", func() bool { return len(get[v1beta1.MCPExternalAuthConfig](s, "x").Finalizers) == 1 })
	if err := s.Delete(t.Context(), auth); err != nil {
		t.Fatal(err)
	}
	s.eventually("it says by whom", func() bool {
		for _, c := range get[v1beta1.MCPExternalAuthConfig](s, "x").Status.Conditions {
			if c.Type == v1beta1.ConditionInUse && c.Reason == "DeletionWaits" && strings.HasSuffix(c.Message, ": a") {
				return true
			}
		}
		return false
	})
	s.silent(s.quiet())
	s.change("a", func(spec *v1beta1.MCPServerSpec) { spec.ExternalAuthConfigRef = nil })
	s.eventually("it is gone", func() bool { return get[v1beta1.MCPExternalAuthConfig](s, "x") == nil })
}
