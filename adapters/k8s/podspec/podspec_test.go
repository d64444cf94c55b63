package podspec_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/thv-secrets/thv/adapters/k8s/podspec"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func pod() podspec.Pod {
	return podspec.Pod{
		Workload: workload.Spec{Image: "i", Command: []string{"-v"}, Transport: "streamable-http", TargetPort: 8081, EnvVars: map[string]string{"A": "a", "MCP_PORT": "1"}},
		Secrets: []podspec.Secret{
			{Name: "s", Key: "k", Target: secret.Target{Env: "TOKEN"}},
			{Name: "s", Key: "f", Target: secret.Target{Path: "/run/f"}, Optional: true},
		},
		Selector: map[string]string{"app": "x"}, Fixed: map[string]string{"fixed": "1"},
	}
}

// build returns the template as the server would read it.
func build(t *testing.T, p podspec.Pod) corev1.PodTemplateSpec {
	t.Helper()
	made, err := podspec.Build(p)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var template corev1.PodTemplateSpec
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	return template
}

func TestBuild_RefersToSecretsAndHoldsNone(t *testing.T) {
	c := build(t, pod()).Spec.Containers[0]
	want := []corev1.EnvVar{
		{Name: "A", Value: "a"}, {Name: "FASTMCP_PORT", Value: "8081"}, {Name: "MCP_PORT", Value: "8081"}, {Name: "MCP_TRANSPORT", Value: "streamable-http"},
		{Name: "TOKEN", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "s"}, Key: "k"}}},
	}
	if d := cmp.Diff(want, c.Env); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]corev1.VolumeMount{{Name: podspec.FilesVolume, MountPath: "/run/f", SubPath: "0", ReadOnly: true}}, c.VolumeMounts); d != "" {
		t.Error(d)
	}
	if c.Name != "mcp" || c.Image != "i" || c.Args[0] != "-v" || c.Ports[0].ContainerPort != 8081 || c.Stdin {
		t.Errorf("%+v", c)
	}
}

func TestBuild_AbsentFileIsNotMounted(t *testing.T) {
	p := pod()
	p.Secrets[1].Absent = true
	template := build(t, p)
	if len(template.Spec.Volumes) != 0 || len(template.Spec.Containers[0].VolumeMounts) != 0 {
		t.Errorf("%+v", template.Spec)
	}
}

func TestBuild_StdioHasStandardInputAndNoPort(t *testing.T) {
	p := pod()
	p.Workload.Transport = "stdio"
	c := build(t, p).Spec.Containers[0]
	if !c.Stdin || len(c.Ports) != 0 || c.ReadinessProbe != nil || len(c.Env) != 4 {
		t.Errorf("%+v", c)
	}
}

func TestBuild_IsRestricted(t *testing.T) {
	s := build(t, pod()).Spec
	c := s.Containers[0].SecurityContext
	if !*s.SecurityContext.RunAsNonRoot || s.SecurityContext.SeccompProfile.Type != "RuntimeDefault" || *c.AllowPrivilegeEscalation || c.Capabilities.Drop[0] != "ALL" || *s.AutomountServiceAccountToken {
		t.Errorf("%+v", s)
	}
}

func TestBuild_PatchMergesByName(t *testing.T) {
	p := pod()
	p.Limits = corev1.ResourceList{"cpu": resource.MustParse("0.5")}
	p.Patch = []byte(`{"metadata":{"annotations":{"a":"b"}},"spec":{"nodeSelector":{"n":"1"},"securityContext":{"runAsNonRoot":false},
		"volumes":[{"name":"v","csi":{"driver":"d"}}],
		"containers":[{"name":"mcp","tty":true,"env":[{"name":"B","value":"b"},{"name":"A","value":"over"}],"volumeMounts":[{"name":"v","mountPath":"/v"}],"readinessProbe":null},{"name":"side","image":"s"}]}}`)
	template := build(t, p)
	c := template.Spec.Containers
	if len(c) != 2 {
		t.Fatalf("%+v", c)
	}
	mcp := c[0]
	if mcp.Name != "mcp" {
		mcp = c[1]
	}
	if !mcp.TTY || mcp.Image != "i" || len(mcp.Env) != 6 || len(mcp.VolumeMounts) != 2 || mcp.ReadinessProbe != nil {
		t.Errorf("%+v", mcp)
	}
	if template.Annotations["a"] != "b" || template.Annotations["fixed"] != "1" || template.Labels["app"] != "x" || *template.Spec.SecurityContext.RunAsNonRoot || len(template.Spec.Volumes) != 2 {
		t.Errorf("%+v", template)
	}
}

func TestBuild_PatchCannotReplaceWhatIsOwned(t *testing.T) {
	for patch, want := range map[string]string{
		`{"metadata":{"labels":{"app":"y"}}}`:                                                            "the label app selects",
		`{"metadata":{"labels":null}}`:                                                                   "the label app selects",
		`{"metadata":{"annotations":{"fixed":"2"}}}`:                                                     "the annotation fixed is the operator's",
		`{"metadata":{"annotations":{"fixed":null}}}`:                                                    "the annotation fixed is the operator's",
		`{"spec":{"containers":[{"name":"mcp","env":[{"name":"TOKEN","value":"x"}]}]}}`:                  "the variable TOKEN is set by the operator",
		`{"spec":{"containers":[{"name":"mcp","env":[{"name":"TOKEN","$patch":"delete"}]}]}}`:            "the variable TOKEN is set by the operator",
		`{"spec":{"containers":[{"name":"mcp","env":[{"$patch":"replace"},{"name":"B","value":"b"}]}]}}`: "is set by the operator",
		`{"spec":{"containers":[{"name":"mcp","env":[{"name":"MCP_PORT","value":"9"}]}]}}`:               "the variable MCP_PORT is set by the operator",
		`{"spec":{"containers":[{"name":"mcp","$patch":"delete"}]}}`:                                     "the container mcp runs the server",
		`{"spec":{"containers":[{"$patch":"replace"},{"name":"other","image":"i"}]}}`:                    "the container mcp runs the server",
		`{"spec":{"$patch":"replace","containers":[{"name":"mcp","image":"i"}]}}`:                        "is set by the operator",
		`{"spec":null}`: "the container mcp runs the server",
		`{"spec":{"containers":[{"name":"mcp","volumeMounts":[{"mountPath":"/run/f","name":"other"}]}]}}`:       "the mount at /run/f is a secret's",
		`{"spec":{"volumes":[{"name":"thv-secrets","projected":{"sources":[{"secret":{"name":"another"}}]}}]}}`: "the volume thv-secrets is the operator's",
		`{"spec":{"containers":[{"image":"i"}]}}`:                                                               "it cannot be merged",
		`{"spec":{"containers":[{"name":"mcp","imagee":"i"}]}}`:                                                 `unknown field "spec.containers[0].imagee"`,
		`{"spec":{"containers":[{"name":"mcp","tty":"yes"}]}}`:                                                  "it is no pod template",
		`{"spec":{"containers":"mcp"}}`:                                                                         "it is no pod template",
		`{"specs":{}}`:                                                                                          `unknown field "specs"`,
		`[]`:                                                                                                    "it is no JSON object",
		`{"spec":{"containers":[{"name":"mcp","$patch":"hover"}]}}`:                                             "it cannot be merged",
	} {
		p := pod()
		p.Patch = []byte(patch)
		_, err := podspec.Build(p)
		if !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\n  want: %s", patch, err, want)
		}
	}
}

func FuzzBuild_PatchKeepsTheSecrets(f *testing.F) {
	for _, patch := range []string{`{}`, `null`, `{"spec":{"containers":[{"name":"mcp","env":[{"name":"B","value":"b"}]}]}}`, `{"spec":{"containers":[{"$patch":"replace"}]}}`, `{"spec":{"$setElementOrder/containers":[{"name":"x"}]}}`} {
		f.Add(patch)
	}
	f.Fuzz(func(t *testing.T, patch string) {
		p := pod()
		p.Patch = []byte(patch)
		made, err := podspec.Build(p)
		if err != nil {
			if !errors.Is(err, workload.ErrInvalidSpec) {
				t.Error(err)
			}
			return
		}
		text, err := json.Marshal(made)
		if err != nil || !strings.Contains(string(text), `{"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}`) {
			t.Errorf("%s, %v", text, err)
		}
	})
}
