package cluster

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// settings are releases that differ in everything that the templates decide by.
var settings = map[string][]string{
	"cluster":    nil,
	"namespaced": {"scope=namespaced"},
	"two namespaces": {
		"scope=namespaced", "watchNamespaces={team-a,team-b}", "metrics.mode=authenticated", "image.digest=sha256:" + strings.Repeat("0", 64),
	},
	"plain metrics": {"scope=namespaced", "metrics.mode=plain", "networkPolicy.enabled=false", "podDisruptionBudget.enabled=false"},
	"no metrics":    {"metrics.mode=off", "rbac.aggregate=false", "crds.keep=false"},
	"no rights":     {"rbac.create=false", "serviceAccount.create=false", "serviceAccount.name=mine", "crds.install=false"},
	"everything": {
		"replicas=3", "imagePullSecrets[0].name=pull", "priorityClassName=system-cluster-critical", "nodeSelector.disk=fast",
		"tolerations[0].key=a", "tolerations[0].operator=Exists", "podLabels.a=b", "podAnnotations.c=d",
		"topologySpreadConstraints[0].maxSkew=1", "topologySpreadConstraints[0].topologyKey=kubernetes.io/hostname",
		"topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway", "topologySpreadConstraints[0].labelSelector.matchLabels.a=b",
		"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=a",
		"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator=Exists",
		"metrics.serviceMonitor.enabled=true", "metrics.prometheusRule.enabled=true", "metrics.dashboard.enabled=true",
		"metrics.readers[0].namespace=monitoring", "metrics.readers[0].name=prometheus",
		"networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team=monitoring", "serviceAccount.annotations.e=f",
		"extraArgs={--version=false}", "extraEnv[0].name=A", "extraEnv[0].value=b", "controller.kubeAPI.qps=50", "controller.kubeAPI.burst=100",
	},
}

// dryRun has the API server judge, and its warnings count: so does what Kubernetes
// calls restricted.
var dryRun = []string{"apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "--warnings-as-errors"}

// render returns what the chart makes of sets.
func render(t *testing.T, sets ...string) string {
	t.Helper()
	args := []string{"template", release, chart, "--namespace", system}
	for _, set := range sets {
		args = append(args, "--set", set)
	}
	return run(t, "", part("HELM"), args...)
}

// documents returns the objects of a manifest.
func documents(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, document := range strings.Split("\n"+text, "\n---") {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(o) > 0 {
			all = append(all, o)
		}
	}
	return all
}

// TestChart_IsValidInEveryScope has the API server judge, strictly and changing
// nothing, what the chart makes.
func TestChart_IsValidInEveryScope(t *testing.T) {
	needCluster(t)
	needMonitoring(t)
	for _, name := range []string{"team-a", "team-b"} {
		kubectl(t, "create", "namespace", name)
		defer kubectl(t, "delete", "namespace", name)
	}
	for name, sets := range settings {
		t.Run(name, func(t *testing.T) {
			said := run(t, render(t, sets...), "kubectl", append(dryRun, "-f", "-")...)
			if !strings.Contains(said, "deployment.apps/"+release) {
				t.Errorf("the API server said:\n%s", said)
			}
		})
	}
	run(t, "", part("HELM"), "lint", "--strict", chart)
}

// TestChart_PlainManifestsAreValid does so for those that make manifests renders.
func TestChart_PlainManifestsAreValid(t *testing.T) {
	needCluster(t)
	for _, file := range []string{"thv-operator.yaml", "thv-operator-namespaced.yaml"} {
		path := filepath.Join(part("DIST"), file)
		kubectl(t, append(dryRun, "-f", path)...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(string(text)), "helm") {
			t.Errorf("%s speaks of helm, which does not manage it", file)
		}
	}
}

// TestChart_NamespacedNeedsNothingOfTheCluster looks for what only an administrator
// of the cluster may make. The CRDs are theirs in any case.
func TestChart_NamespacedNeedsNothingOfTheCluster(t *testing.T) {
	needCluster(t)
	for _, o := range documents(t, render(t, "scope=namespaced", "crds.install=false")) {
		if kind, _ := o["kind"].(string); strings.HasPrefix(kind, "Cluster") || o["metadata"].(map[string]any)["namespace"] != system {
			t.Errorf("%s %v", kind, o["metadata"])
		}
	}
}

// TestChart_RefusesWhatItDoesNotKnow checks that a mistyped value fails the installation.
func TestChart_RefusesWhatItDoesNotKnow(t *testing.T) {
	needCluster(t)
	for set, want := range map[string]string{
		"metrics.mod=off":                                      "mod",
		"scope=everything":                                     "scope",
		"replicas=many":                                        "replicas",
		"image.digest=sha256:abc":                              "digest",
		"serviceAccount.create=false":                          "name",
		"watchNamespaces={a}":                                  "scope: namespaced",
		"controller.minRestartInterval=soon":                   "minRestartInterval",
		"metrics.port=70000":                                   "port",
		"networkPolicy.apiServerPorts={}":                      "apiServerPorts",
		"scope=namespaced,metrics.serviceMonitor.enabled=true": "need metrics",
	} {
		if _, err := output(t.Context(), "", part("HELM"), "template", release, chart, "--set", set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names %q", set, err, want)
		}
	}
}

// TestChart_HasTheRulesAndTheCRDsOfTheOperator compares the chart's copies with the files that are
// generated from the operator's source.
func TestChart_HasTheRulesAndTheCRDsOfTheOperator(t *testing.T) {
	needCluster(t)
	const config = "../../apps/operator/config"
	text, err := os.ReadFile(filepath.Join(config, "rbac", "role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := rules(documents(t, string(text)))
	var roles []map[string]any
	for _, o := range documents(t, render(t, "rbac.aggregate=false")) {
		name, _ := o["metadata"].(map[string]any)["name"].(string)
		if kind := o["kind"]; (kind == "Role" || kind == "ClusterRole") && !strings.HasSuffix(name, "-metrics-reader") {
			roles = append(roles, o)
		}
	}
	got := rules(roles)
	for rule := range want {
		if !got[rule] {
			t.Errorf("the chart does not allow %s", rule)
		}
	}
	for rule := range got {
		if !want[rule] {
			t.Errorf("the chart allows %s, which the operator does not ask for", rule)
		}
	}
	files, err := filepath.Glob(filepath.Join(config, "crd", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no CRDs in %s (%v)", config, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if own, err := os.ReadFile(filepath.Join(chart, "files", "crds", filepath.Base(file))); err != nil || string(own) != string(source) {
			t.Errorf("the chart's %s is not the operator's (%v); run make generate", filepath.Base(file), err)
		}
	}
}

// rules returns single permissions: group, resource, name and verb of each.
func rules(roles []map[string]any) map[string]bool {
	all := map[string]bool{}
	for _, role := range roles {
		list, _ := role["rules"].([]any)
		for _, entry := range list {
			rule, _ := entry.(map[string]any)
			for _, group := range words(rule["apiGroups"]) {
				for _, resource := range words(rule["resources"]) {
					for _, name := range append(words(rule["resourceNames"]), "")[:max(1, len(words(rule["resourceNames"])))] {
						for _, verb := range words(rule["verbs"]) {
							all[strings.Join([]string{verb, resource, group, name}, " ")] = true
						}
					}
				}
			}
		}
	}
	return all
}

func words(value any) []string {
	list, _ := value.([]any)
	out := make([]string, len(list))
	for i := range list {
		out[i], _ = list[i].(string)
	}
	return out
}

// TestChart_EveryValueIsInTheSchema keeps values.yaml and its schema together.
func TestChart_EveryValueIsInTheSchema(t *testing.T) {
	var values map[string]any
	var schema struct{ Properties map[string]any }
	for file, into := range map[string]any{"values.yaml": &values, "values.schema.json": &schema} {
		text, err := os.ReadFile(filepath.Join(chart, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	delete(schema.Properties, "global") // helm's own
	if got, want := slices.Sorted(maps.Keys(schema.Properties)), slices.Sorted(maps.Keys(values)); !slices.Equal(got, want) {
		t.Errorf("the schema has %v, values.yaml has %v", got, want)
	}
}
