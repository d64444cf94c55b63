package compose_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

func TestServer_BecomesDeploymentServiceAndAccount(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "API_KEY", "v")
	server := s.server("web", withSecrets(ref("keys", "API_KEY")), func(spec *v1beta1.MCPServerSpec) { spec.Port, spec.TargetPort = 9000, 9001 })
	d := s.deployed("web")
	pod := d.Spec.Template.Spec
	env := pod.Containers[0].Env[len(pod.Containers[0].Env)-1]
	if pod.Containers[0].Name != "mcp" || env.Name != "API_KEY" || env.ValueFrom.SecretKeyRef.Name != "keys" {
		t.Errorf("%+v", pod.Containers[0])
	}
	if pod.ServiceAccountName != "mcp-web" || *pod.AutomountServiceAccountToken || !*pod.SecurityContext.RunAsNonRoot {
		t.Errorf("%+v", pod)
	}
	service, account := get[corev1.Service](s, "mcp-web-proxy"), get[corev1.ServiceAccount](s, "mcp-web")
	if service.Spec.Ports[0].Port != 9000 || service.Spec.Ports[0].TargetPort.IntValue() != 9001 || *account.AutomountServiceAccountToken {
		t.Errorf("%+v, %+v", service.Spec, account)
	}
	for _, object := range []client.Object{d, service, account} {
		if !metav1.IsControlledBy(object, server) {
			t.Errorf("%T is not the server's", object)
		}
	}
	s.says("web", v1beta1.ConditionReady, metav1.ConditionFalse, "Progressing")
	s.available("web")
	s.says("web", v1beta1.ConditionReady, metav1.ConditionTrue)
	st := s.status("web")
	if st.Phase != v1beta1.PhaseReady || st.URL != "http://mcp-web-proxy."+s.namespace+".svc:9000/mcp" || st.ObservedGeneration != 1 || len(st.SecretRefs) != 1 || st.SecretRefs[0].State != "Resolved" || st.SecretRefs[0].LastChanged == nil {
		t.Errorf("%+v", st)
	}
	s.silent(s.quiet())
}

func TestServer_OverStdioSaysHowToAttach(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("std", func(spec *v1beta1.MCPServerSpec) { spec.Transport = v1beta1.TransportStdio })
	if d := s.deployed("std"); !d.Spec.Template.Spec.Containers[0].Stdin {
		t.Error("it has no standard input")
	}
	s.available("std")
	s.says("std", v1beta1.ConditionReady, metav1.ConditionTrue, "kubectl attach -i -n "+s.namespace+" deploy/std -c mcp")
	if get[corev1.Service](s, "mcp-std-proxy") != nil || s.status("std").URL != "" {
		t.Error("it has a Service")
	}
}

func TestServer_LosesWhatItHasNoUseFor(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a")
	s.deployed("a")
	s.change("a", func(spec *v1beta1.MCPServerSpec) {
		spec.Transport, spec.ServiceAccount = v1beta1.TransportStdio, "mine"
	})
	s.eventually("Service and account are gone", func() bool {
		return get[corev1.Service](s, "mcp-a-proxy") == nil && get[corev1.ServiceAccount](s, "mcp-a") == nil
	})
	pod := s.deployment("a").Spec.Template.Spec
	if pod.ServiceAccountName != "mine" || !*pod.AutomountServiceAccountToken || len(pod.Containers[0].Ports) != 0 {
		t.Errorf("%+v", pod)
	}
	s.silent(s.quiet())
}

func TestServer_DriftIsHealedAndForeignFieldsStay(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.secret("keys", "K", "v")
	s.server("a", withSecrets(ref("keys", "K")))
	s.deployed("a")
	s.quiet()
	d := s.deployment("a")
	before := d.DeepCopy()
	d.Annotations["foreign"], d.Spec.Template.Labels["foreign"] = "stays", "stays"
	five := int32(5)
	d.Spec.Replicas = &five
	d.Spec.Template.Spec.Containers[0].Image = "evil"
	d.Spec.Template.Spec.Containers[0].Env = append(d.Spec.Template.Spec.Containers[0].Env[1:], corev1.EnvVar{Name: "FOREIGN", Value: "1"})
	if err := s.Patch(t.Context(), d, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	s.eventually("the image is healed", func() bool {
		return s.deployment("a").Spec.Template.Spec.Containers[0].Image == "registry.example/server:1"
	})
	d = s.deployment("a")
	if d.Annotations["foreign"] != "stays" || d.Spec.Template.Labels["foreign"] != "stays" || *d.Spec.Replicas != 5 || len(d.Spec.Template.Spec.Containers[0].Env) != 5 {
		t.Errorf("%+v", d.Spec)
	}
	service := get[corev1.Service](s, "mcp-a-proxy")
	if err := s.Delete(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	s.eventually("the Service is made again", func() bool { return get[corev1.Service](s, "mcp-a-proxy") != nil })
	s.silent(s.quiet())
}

func TestServer_TakesNobodysName(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	labels := map[string]string{"app": "other"}
	other := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: s.namespace}}
	other.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	other.Spec.Template.Labels = labels
	other.Spec.Template.Spec.Containers = []corev1.Container{{Name: "c", Image: "theirs"}}
	s.Make(t, other)
	s.server("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionFalse, "NameTaken", `Deployment "a"`)
	if d := s.deployment("a"); d.Spec.Template.Spec.Containers[0].Image != "theirs" || len(d.Labels) != 0 {
		t.Errorf("%+v", d)
	}
	if get[corev1.Service](s, "mcp-a-proxy") != nil {
		t.Error("the Service is made all the same")
	}
	if err := s.Delete(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	s.eventually("it is healed when the name is free", func() bool {
		d := s.deployment("a")
		return d != nil && d.Spec.Template.Spec.Containers[0].Name == "mcp"
	})
}

func TestServer_PatchThatIsWrongStartsNothing(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a", func(spec *v1beta1.MCPServerSpec) {
		spec.PodTemplateSpec = &runtime.RawExtension{Raw: []byte(`{"spec":{"containers":[{"name":"mcp","imagee":"x"}]}}`)}
	})
	s.says("a", v1beta1.ConditionPodTemplate, metav1.ConditionFalse, "Invalid", `unknown field "spec.containers[0].imagee"`)
	s.server("b", func(spec *v1beta1.MCPServerSpec) {
		spec.PodTemplateSpec = &runtime.RawExtension{Raw: []byte(`{"spec":{"restartPolicy":"Sometimes"}}`)}
	})
	s.says("b", v1beta1.ConditionPodTemplate, metav1.ConditionFalse, "Rejected", "restartPolicy")
	s.says("b", v1beta1.ConditionReady, metav1.ConditionFalse, "Rejected")
	if s.deployment("a") != nil || s.deployment("b") != nil || s.status("a").Phase != v1beta1.PhaseFailed {
		t.Error("something is started")
	}
	s.silent(s.quiet())
	s.change("a", func(spec *v1beta1.MCPServerSpec) { spec.PodTemplateSpec = nil })
	s.deployed("a")
	s.says("a", v1beta1.ConditionPodTemplate, metav1.ConditionTrue)
}

func TestServer_RequirementsAreNotPromptedFor(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a", func(spec *v1beta1.MCPServerSpec) {
		spec.Requirements = []v1beta1.Requirement{{Name: "TOKEN", Description: "of the forge", Secret: true, Required: true}, {Name: "REGION", Required: true}, {Name: "X"}}
		spec.Env = []v1beta1.EnvVar{{Name: "REGION", Value: "eu"}}
	})
	s.says("a", v1beta1.ConditionRequirementsMet, metav1.ConditionFalse, "Missing", "TOKEN is required (of the forge): set it in spec.secrets")
	if s.deployment("a") != nil {
		t.Error("it is started")
	}
	s.secret("keys", "TOKEN", "v")
	s.change("a", withSecrets(ref("keys", "TOKEN")))
	s.deployed("a")
	s.says("a", v1beta1.ConditionRequirementsMet, metav1.ConditionTrue)
}

func TestServer_TellsEachTransitionOnce(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.server("a", withSecrets(ref("none", "K")))
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse)
	var list eventsv1.EventList
	// Events are written asynchronously, and one that is pending at a stop is lost.
	s.eventually("the first event is there", func() bool {
		return s.List(t.Context(), &list, client.InNamespace(s.namespace)) == nil && len(list.Items) > 0
	})
	s.stop()
	s.start()
	s.secret("none", "OTHER", "v")
	s.says("a", v1beta1.ConditionSecretsResolved, metav1.ConditionFalse, "KeyNotFound")
	s.secret("none", "K", "v")
	s.deployed("a")
	s.available("a")
	s.says("a", v1beta1.ConditionReady, metav1.ConditionTrue)
	s.quiet()
	seen := map[string]int{}
	s.eventually("all events are there", func() bool {
		if err := s.List(t.Context(), &list, client.InNamespace(s.namespace)); err != nil {
			t.Fatal(err)
		}
		clear(seen)
		for _, e := range list.Items {
			seen[e.Reason]++
			if e.Series != nil {
				seen[e.Reason] += int(e.Series.Count)
			}
		}
		return len(seen) >= 4
	})
	for _, reason := range []string{"SecretNotFound", "KeyNotFound", "SecretsResolved", "Ready"} {
		if seen[reason] != 1 {
			t.Errorf("%s: %d events in %v", reason, seen[reason], seen)
		}
	}
	if len(seen) != 4 {
		t.Errorf("%v", seen)
	}
}
