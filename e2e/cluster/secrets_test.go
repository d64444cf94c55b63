package cluster

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestSecret_ReachesTheServerAndItsChangeToo follows one server through the life of
// its key: it works with it, and after a change a new pod works with the new one.
func TestSecret_ReachesTheServerAndItsChangeToo(t *testing.T) {
	namespace := newNamespace(t)
	first, second := randomKey(t), randomKey(t)
	putSecret(t, namespace, first)
	apply(t, namespace, manifest("weather"))
	awaitReady(t, namespace, "weather")
	pod := awaitOnePod(t, namespace, "weather", "")
	works(t, connect(t, namespace, "weather"), first)
	if url := server(t, namespace, "weather").Status.URL; !strings.Contains(url, "mcp-weather-proxy."+namespace) || !strings.Contains(url, ":8080") {
		t.Errorf("the status has the address %q", url)
	}

	putSecret(t, namespace, second)
	awaitOnePod(t, namespace, "weather", pod.Metadata.UID)
	works(t, connect(t, namespace, "weather"), second)
}

// TestSecret_WithRotationNoneChangesNothing checks that the pod is not restarted
// and keeps the older value.
func TestSecret_WithRotationNoneChangesNothing(t *testing.T) {
	namespace := newNamespace(t)
	first := randomKey(t)
	putSecret(t, namespace, first)
	apply(t, namespace, manifest("still", "  secretRotation: None"))
	awaitReady(t, namespace, "still")
	pod := awaitOnePod(t, namespace, "still", "")
	putSecret(t, namespace, randomKey(t))
	provePresence(t, namespace)
	if pods := podsOf(t, namespace, "still"); len(pods) != 1 || pods[0].Metadata.UID != pod.Metadata.UID {
		t.Errorf("the pods are now %+v", pods)
	}
	works(t, connect(t, namespace, "still"), first)
}

// TestOperator_RestartRestartsNoServer compares everything of a server before and
// after the operator is another one.
func TestOperator_RestartRestartsNoServer(t *testing.T) {
	namespace := newNamespace(t)
	key := randomKey(t)
	putSecret(t, namespace, key)
	apply(t, namespace, manifest("weather"))
	awaitReady(t, namespace, "weather")
	awaitOnePod(t, namespace, "weather", "")
	before := versions(t, namespace)

	kubectl(t, "rollout", "restart", "--namespace", system, "deployment/"+release)
	kubectl(t, "rollout", "status", "--namespace", system, "deployment/"+release, "--timeout", "90s")
	provePresence(t, namespace)
	if after := versions(t, namespace); after != before {
		t.Errorf("before the operator's restart:\n%s\nafter it:\n%s", before, after)
	}
	works(t, connect(t, namespace, "weather"), key)
}

// versions returns the names of the pods, and the versions of all other objects.
func versions(t *testing.T, namespace string) string {
	t.Helper()
	var b strings.Builder
	for _, pod := range podsOf(t, namespace, "weather") {
		fmt.Fprintln(&b, "pod", pod.Metadata.Name, pod.Metadata.UID)
	}
	for _, kind := range []string{"mcpserver/weather", "deployment/weather", "service/mcp-weather-proxy"} {
		var o object
		get(t, &o, kind, "--namespace", namespace)
		fmt.Fprintln(&b, kind, o.Metadata.UID, "generation", o.Metadata.Generation, "version", o.Metadata.ResourceVersion)
	}
	return b.String()
}

// provePresence returns when the operator has certainly seen all that there was
// before: it has made another server ready.
func provePresence(t *testing.T, namespace string) {
	t.Helper()
	name := "proof-" + randomHex(t, 3)
	apply(t, namespace, manifest(name))
	awaitReady(t, namespace, name)
}

// TestSecret_MissingIsReportedAndHealed checks what the status reports, from no Secret
// to a complete one.
func TestSecret_MissingIsReportedAndHealed(t *testing.T) {
	namespace := newNamespace(t)
	apply(t, namespace, manifest("weather"))
	reported := func(reason, words string) {
		t.Helper()
		eventually(t, reason, func() (bool, string) {
			s := server(t, namespace, "weather")
			c := s.condition("SecretsResolved")
			return c.Status == "False" && c.Reason == reason && strings.Contains(c.Message, words) && strings.Contains(c.Message, "weather"), fmt.Sprintf("%+v", s)
		})
		if pods := podsOf(t, namespace, "weather"); len(pods) != 0 {
			t.Errorf("pods run without the secret: %+v", pods)
		}
	}
	reported("SecretNotFound", "weather")
	putSecret(t, namespace, "")
	reported("KeyNotFound", "api-key")
	key := randomKey(t)
	putSecret(t, namespace, key)
	awaitReady(t, namespace, "weather")
	works(t, connect(t, namespace, "weather"), key)
}

// TestServer_OverStdioIsAttachedTo speaks MCP through kubectl attach.
func TestServer_OverStdioIsAttachedTo(t *testing.T) {
	namespace := newNamespace(t)
	key := randomKey(t)
	putSecret(t, namespace, key)
	apply(t, namespace, strings.NewReplacer("streamable-http", "stdio", "  mcpPort: 9000\n", "").Replace(manifest("local")))
	awaitReady(t, namespace, "local")
	pod := awaitOnePod(t, namespace, "local", "")
	s, err := session(t, &mcp.CommandTransport{Command: exec.CommandContext(t.Context(),
		"kubectl", "attach", "--namespace", namespace, "--quiet", "--stdin", pod.Metadata.Name, "--container", "mcp")})
	if err != nil {
		t.Fatal(err)
	}
	works(t, s, key)
}

// TestSecret_AsAFileIsNoVariable delivers the key at a path.
func TestSecret_AsAFileIsNoVariable(t *testing.T) {
	namespace := newNamespace(t)
	key := randomKey(t)
	putSecret(t, namespace, key)
	apply(t, namespace, strings.NewReplacer(
		"key: api-key, targetEnvName: API_KEY}", "key: api-key, mountPath: /secrets/weather/key}",
		"env: [", "env: [{name: API_KEY_FILE, value: /secrets/weather/key}, ",
	).Replace(manifest("filed")))
	awaitReady(t, namespace, "filed")
	awaitOnePod(t, namespace, "filed", "")
	works(t, connect(t, namespace, "filed"), key)
	if holders := holdersOf(t, key); len(holders) != 0 {
		t.Errorf("the key is in the environment of %v", holders)
	}
}

// TestOlderManifest_AppliesAndRuns takes the fields that manifests of the older
// system use, in its spelling and version.
func TestOlderManifest_AppliesAndRuns(t *testing.T) {
	namespace := newNamespace(t)
	key := randomKey(t)
	putSecret(t, namespace, key)
	apply(t, namespace, `apiVersion: toolhive.stacklok.dev/v1alpha1
kind: MCPServer
metadata:
  name: older
spec:
  image: localhost/keyserver:`+part("TAG")+`
  transport: streamable-http
  port: 8080
  targetPort: 9100
  env:
    - name: MCP_HOST
      value: 0.0.0.0
  secrets:
    - name: weather
      key: api-key
      targetEnvName: API_KEY
    - name: weather
      key: digest
      targetEnvName: API_KEY_SHA256
  resources:
    limits: {cpu: 500m, memory: 128Mi}
    requests: {cpu: 10m, memory: 32Mi}
  podTemplateSpec:
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: mcp
          workingDir: /
  resourceOverrides:
    proxyDeployment:
      labels: {team: weather}
      podTemplateMetadataOverrides:
        annotations: {vault.hashicorp.com/agent-inject: "false"}
    proxyService:
      labels: {team: weather}
`)
	awaitReady(t, namespace, "older")
	pod := awaitOnePod(t, namespace, "older", "")
	works(t, connect(t, namespace, "older"), key)
	got := kubectl(t, "get", "pod", pod.Metadata.Name, "--namespace", namespace, "-o",
		`jsonpath={.metadata.annotations.vault\.hashicorp\.com/agent-inject} {.spec.terminationGracePeriodSeconds} {.spec.containers[0].workingDir} {.spec.containers[0].resources.limits.memory}`)
	if got != "false 5 / 128Mi" {
		t.Errorf("the pod has %q", got)
	}
	for _, kind := range []string{"deployment/older", "service/mcp-older-proxy"} {
		if team := kubectl(t, "get", kind, "--namespace", namespace, "-o", "jsonpath={.metadata.labels.team}"); team != "weather" {
			t.Errorf("%s is of the team %q", kind, team)
		}
	}
}
