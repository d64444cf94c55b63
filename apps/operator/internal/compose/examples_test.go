package compose_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
)

// apply applies the documents of a manifest in the namespace of the fixture, as a strict
// client does. What is of a kind that is not installed is passed over.
func (s *fixture) apply(manifest []byte) {
	s.t.Helper()
	for _, document := range bytes.Split(manifest, []byte("\n---\n")) {
		var u unstructured.Unstructured
		if err := yaml.UnmarshalStrict(document, &u.Object); err != nil {
			s.t.Fatalf("%v\n%s", err, document)
		}
		if !strings.HasPrefix(u.GetAPIVersion(), v1beta1.Group+"/") {
			continue
		}
		u.SetNamespace(s.namespace)
		if err := s.Create(s.t.Context(), &u, client.FieldValidation("Strict")); err != nil {
			s.t.Fatalf("%v\n%s", err, document)
		}
	}
}

func (s *fixture) applyFile(path ...string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		s.t.Fatal(err)
	}
	s.apply(text)
}

const examples = "../../examples"

func TestExamples_AllAreTested(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	tested := "basic.yaml csi-volume.yaml external-auth.yaml external-secrets.yaml vault-agent.yaml"
	paths, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil || len(paths) != len(strings.Fields(tested)) {
		t.Errorf("%q, %v", paths, err)
	}
	s.secret("github", "token", "v", "ca.pem", "w")
	s.applyFile(examples, "basic.yaml")
	d := s.deployed("github")
	if mounts := d.Spec.Template.Spec.Containers[0].VolumeMounts; len(mounts) != 1 || mounts[0].MountPath != "/etc/github/ca.pem" {
		t.Errorf("%+v", mounts)
	}
	s.secret("idp-client", "secret", "v")
	s.applyFile(examples, "external-auth.yaml")
	s.deployed("with-auth")
}

func TestExamples_VaultAgentFindsItsAnnotationsOnThePods(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.applyFile(examples, "vault-agent.yaml")
	template := s.deployed("with-vault").Spec.Template
	if template.Annotations["vault.hashicorp.com/agent-inject"] != "true" || !strings.Contains(template.Annotations["vault.hashicorp.com/agent-inject-template-github"], "secret/data/github") {
		t.Errorf("%v", template.Annotations)
	}
	if template.Spec.ServiceAccountName != "with-vault" || !*template.Spec.AutomountServiceAccountToken {
		t.Errorf("%+v", template.Spec)
	}
}

// The test takes the role of External Secrets: it creates the Secret and changes it.
func TestExamples_ExternalSecretsRefreshRestarts(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.applyFile(examples, "external-secrets.yaml")
	s.says("with-external-secrets", v1beta1.ConditionSecretsResolved, "False", "SecretNotFound", `"github"`)
	s.secret("github", "token", "of today")
	token := s.token("with-external-secrets")
	s.secret("github", "token", "of tomorrow")
	s.rolled("with-external-secrets", token)
}

func TestExamples_CSIVolumeIsMounted(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.applyFile(examples, "csi-volume.yaml")
	spec := s.deployed("with-csi").Spec.Template.Spec
	if len(spec.Volumes) != 1 || spec.Volumes[0].CSI == nil || spec.Containers[0].VolumeMounts[0].MountPath != "/mnt/secrets" {
		t.Errorf("%+v", spec)
	}
}

func TestExamples_OlderManifestsApplyAndAreDeployed(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	paths, err := filepath.Glob(filepath.Join(examples, "older", "*.yaml"))
	if err != nil || len(paths) != 3 {
		t.Fatal(paths, err)
	}
	s.secret("github-token", "token", "v")
	s.secret("weather", "API_KEY", "v", "BACKUP_KEY", "w")
	for _, path := range paths {
		s.applyFile(path)
	}
	c := s.deployed("github").Spec.Template.Spec.Containers[0]
	if !c.Stdin || c.Resources.Limits.Cpu().String() != "100m" || len(c.Env) != 4 {
		t.Errorf("%+v", c)
	}
	d := s.deployed("fetch")
	pod := d.Spec.Template
	if d.Labels["example.com/tier"] != "backend" || pod.Labels["example.com/pod"] != "yes" || pod.Labels["team"] != "search" || pod.Annotations["prometheus.io/scrape"] != "true" {
		t.Errorf("%+v", d)
	}
	if *pod.Spec.SecurityContext.RunAsUser != 1000 || !*pod.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem || len(pod.Spec.Tolerations) != 1 {
		t.Errorf("%+v", pod.Spec)
	}
	if service := get[corev1.Service](s, "mcp-fetch-proxy"); service.Annotations["service.example/internal"] != "true" {
		t.Errorf("%+v", service)
	}
	w := s.deployed("weather")
	if len(w.Spec.Template.Spec.Containers[0].Env) != 5 || w.Spec.Template.Spec.Volumes[0].HostPath.Path != "/srv/weather" || get[corev1.Service](s, "mcp-weather-proxy").Spec.Ports[0].TargetPort.IntValue() != 8000 {
		t.Errorf("%+v", w.Spec)
	}
	s.silent(s.quiet())
}

// The golden file of thv export's test is applied.
func TestExamples_WhatThvExportsApplies(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../cli/cmd/thv/testdata/script/export.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, manifest, _ := strings.Cut(string(text), "-- want.yaml --\n")
	manifest, _, found := strings.Cut(manifest, "\n-- ")
	if !found {
		t.Fatal("the golden file is not where it was")
	}
	s := newFixture(t)
	s.apply([]byte(manifest))
	s.says("my-server", v1beta1.ConditionSecretsResolved, "False", "SecretNotFound", `"my-server-secrets"`)
	s.secret("my-server-secrets", "api-key", "a", "api-key-2", "b", "it_s_mine", "c")
	c := s.deployed("my-server").Spec.Template.Spec.Containers[0]
	if c.Resources.Limits.Memory().Value() != 512<<20 || len(c.Env) != 8 || c.Args[1] != "1" {
		t.Errorf("%+v", c)
	}
}
