package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/internal/plan"
	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func input(change func(*v1beta1.MCPServerSpec)) plan.Input {
	server := &v1beta1.MCPServer{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "ns", UID: "u", Generation: 3}}
	server.Spec = v1beta1.MCPServerSpec{Image: "i", Transport: v1beta1.TransportSSE, Secrets: []v1beta1.SecretRef{{Name: "s", Key: "K"}}}
	if change != nil {
		change(&server.Spec)
	}
	return plan.Input{
		Server: server, KeyID: "key", Now: now, Interval: time.Minute,
		Secrets: map[string]plan.SecretState{"s": {Keys: map[string]rotation.Fingerprint{"K": {Hash: "1"}}}},
	}
}

// applied puts into in what the result applies, as a server would keep it.
func applied(t testing.TB, in plan.Input, result plan.Result) plan.Input {
	t.Helper()
	for _, config := range result.Apply {
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		var kind metav1.TypeMeta
		if err := json.Unmarshal(text, &kind); err != nil {
			t.Fatal(err)
		}
		var into any
		switch kind.Kind {
		case "Deployment":
			in.Deployment = new(appsv1.Deployment)
			into = in.Deployment
		case "Service":
			in.Service = new(corev1.Service)
			into = in.Service
		default:
			in.Account = new(corev1.ServiceAccount)
			into = in.Account
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	in.Server = in.Server.DeepCopy()
	in.Server.Status = result.Status
	return in
}

func condition(t *testing.T, r plan.Result, kind string) metav1.Condition {
	t.Helper()
	c := meta.FindStatusCondition(r.Status.Conditions, kind)
	if c == nil {
		t.Fatalf("no condition %s in %+v", kind, r.Status)
	}
	return *c
}

func TestDecide_AppliesNothingTwice(t *testing.T) {
	in := input(func(spec *v1beta1.MCPServerSpec) {
		spec.Resources = &v1beta1.Resources{Limits: corev1.ResourceList{}}
		spec.Env = []v1beta1.EnvVar{{Name: "EMPTY"}}
		spec.PodTemplateSpec = &runtime.RawExtension{Raw: []byte(`{"spec":{"containers":[{"name":"mcp","tty":false,"resources":{"limits":{"cpu":"0.10","memory":"1024Mi"}}}],"volumes":[{"name":"v","emptyDir":{}}]}}`)}
	})
	first := plan.Decide(in)
	if len(first.Apply) != 3 || !first.Creates {
		t.Fatalf("%d objects", len(first.Apply))
	}
	second := plan.Decide(applied(t, in, first))
	if len(second.Apply) != 0 || len(second.Delete) != 0 || second.RequeueAfter != 0 {
		t.Errorf("%+v", second)
	}
}

func TestDecide_DriftIsWhatIsLostNotWhatIsAdded(t *testing.T) {
	in := input(nil)
	in = applied(t, in, plan.Decide(in))
	in.Deployment.Labels["foreign"] = "1"
	in.Deployment.Spec.Template.Spec.Containers = append(in.Deployment.Spec.Template.Spec.Containers, corev1.Container{Name: "injected"})
	in.Service.Spec.ClusterIP = "10.0.0.1"
	if r := plan.Decide(in); len(r.Apply) != 0 {
		t.Errorf("%d objects are applied for what others have added", len(r.Apply))
	}
	for what, lose := range map[string]func(plan.Input){
		"a variable": func(in plan.Input) { in.Deployment.Spec.Template.Spec.Containers[0].Env = nil },
		"a label":    func(in plan.Input) { delete(in.Deployment.Labels, plan.LabelManagedBy) },
		"an image":   func(in plan.Input) { in.Deployment.Spec.Template.Spec.Containers[0].Image = "j" },
		"a port":     func(in plan.Input) { in.Service.Spec.Ports[0].Port++ },
		"an account": func(in plan.Input) { in.Account.AutomountServiceAccountToken = nil },
	} {
		changed := in
		changed.Deployment, changed.Service, changed.Account = in.Deployment.DeepCopy(), in.Service.DeepCopy(), in.Account.DeepCopy()
		lose(changed)
		if r := plan.Decide(changed); len(r.Apply) != 1 {
			t.Errorf("%s is lost, and %d objects are applied", what, len(r.Apply))
		}
	}
}

func TestDecide_FieldNoLongerAskedForIsTakenAway(t *testing.T) {
	in := input(func(spec *v1beta1.MCPServerSpec) { spec.Env = []v1beta1.EnvVar{{Name: "A", Value: "a"}} })
	in = applied(t, in, plan.Decide(in))
	in.Server.Spec.Env = nil
	if r := plan.Decide(in); len(r.Apply) != 1 {
		t.Errorf("%d objects are applied", len(r.Apply))
	}
}

func TestDecide_SaysWhichSecretsAreMissing(t *testing.T) {
	in := input(func(spec *v1beta1.MCPServerSpec) {
		for _, key := range []string{"L", "M", "N", "O", "P", "Q", "R"} {
			spec.Secrets = append(spec.Secrets, v1beta1.SecretRef{Name: "t", Key: key})
		}
	})
	in.Secrets["t"] = plan.SecretState{State: v1beta1.StateAccessDenied}
	r := plan.Decide(in)
	c := condition(t, r, v1beta1.ConditionSecretsResolved)
	if c.Reason != "AccessDenied" || !strings.Contains(c.Message, "and 2 more") || r.Unresolved != 7 || r.RequeueAfter == 0 || len(r.Apply) != 0 || c.ObservedGeneration != 3 {
		t.Errorf("%+v", r)
	}
}

func TestDecide_HeldBackRestartIsAskedForLater(t *testing.T) {
	in := input(nil)
	in = applied(t, in, plan.Decide(in))
	change := func(of string) {
		in.Secrets = map[string]plan.SecretState{"s": {Keys: map[string]rotation.Fingerprint{"K": {Hash: of}}}}
	}
	change("2")
	first := plan.Decide(in)
	if len(first.Apply) != 1 || !slices.Equal(first.Rotated, []string{"s/K"}) {
		t.Fatalf("%+v", first)
	}
	in = applied(t, in, first)
	change("3")
	in.Now = now.Add(20 * time.Second)
	held := plan.Decide(in)
	if len(held.Apply) != 0 || len(held.Rotated) != 0 || held.RequeueAfter != 40*time.Second {
		t.Errorf("%+v", held)
	}
	in.Now = now.Add(time.Minute)
	if last := plan.Decide(in); len(last.Apply) != 1 || !slices.Equal(last.Rotated, []string{"s/K"}) {
		t.Errorf("%+v", last)
	}
}

func TestDecide_ReadyFollowsTheDeployment(t *testing.T) {
	in := input(nil)
	in = applied(t, in, plan.Decide(in))
	zero := int32(0)
	for what, c := range map[string]struct {
		set           func(*appsv1.Deployment)
		phase, reason string
	}{
		"nothing yet": {func(*appsv1.Deployment) {}, v1beta1.PhasePending, plan.ReasonProgressing},
		"available":   {func(d *appsv1.Deployment) { says(d, appsv1.DeploymentAvailable, corev1.ConditionTrue, "x") }, v1beta1.PhaseReady, plan.ReasonAvailable},
		"stuck": {func(d *appsv1.Deployment) {
			says(d, appsv1.DeploymentProgressing, corev1.ConditionFalse, plan.ReasonStuck)
		}, v1beta1.PhaseFailed, plan.ReasonStuck},
		"none wanted": {func(d *appsv1.Deployment) { d.Spec.Replicas = &zero }, v1beta1.PhasePending, plan.ReasonScaledDown},
	} {
		with := in
		with.Deployment = in.Deployment.DeepCopy()
		c.set(with.Deployment)
		r := plan.Decide(with)
		if got := condition(t, r, v1beta1.ConditionReady); r.Status.Phase != c.phase || got.Reason != c.reason {
			t.Errorf("%s: %s, %+v", what, r.Status.Phase, got)
		}
	}
}

func says(d *appsv1.Deployment, kind appsv1.DeploymentConditionType, status corev1.ConditionStatus, reason string) {
	d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: kind, Status: status, Reason: reason})
}

func TestDecide_AuthThatSetsWhatTheServerSetsIsRefused(t *testing.T) {
	for _, change := range []func(*v1beta1.MCPServerSpec){
		func(spec *v1beta1.MCPServerSpec) { spec.Secrets[0].TargetEnvName = "TOOLHIVE_BEARER_TOKEN" },
		func(spec *v1beta1.MCPServerSpec) {
			spec.Env = []v1beta1.EnvVar{{Name: "TOOLHIVE_EXTERNAL_AUTH_TYPE", Value: "x"}}
		},
	} {
		in := input(change)
		in.Server.Spec.ExternalAuthConfigRef = &v1beta1.NameRef{Name: "x"}
		in.Auth = &v1beta1.MCPExternalAuthConfig{Spec: v1beta1.MCPExternalAuthConfigSpec{Type: v1beta1.AuthBearerToken, BearerToken: &v1beta1.BearerToken{TokenSecretRef: v1beta1.SecretKeyRef{Name: "s", Key: "K"}}}}
		r := plan.Decide(in)
		if c := condition(t, r, v1beta1.ConditionExternalAuth); c.Reason != "TargetTaken" || len(r.Apply) != 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestDecide_OptionalSecretWithoutAValueMeetsNoRequirement(t *testing.T) {
	in := input(func(spec *v1beta1.MCPServerSpec) {
		spec.Secrets = append(spec.Secrets, v1beta1.SecretRef{Name: "s", Key: "T", Optional: true})
		spec.Requirements = []v1beta1.Requirement{{Name: "K", Required: true}, {Name: "T", Required: true, Secret: true}}
	})
	r := plan.Decide(in)
	if c := condition(t, r, v1beta1.ConditionRequirementsMet); c.Status != "False" || !strings.Contains(c.Message, "T is required") || strings.Contains(c.Message, "K is required") {
		t.Errorf("%+v", c)
	}
}
