package v1beta1_test

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
)

// apply asks the API server in a dry run whether it would accept a resource, with
// strict field validation.
func apply(t *testing.T, c *clustertest.Cluster, kind, version, name, spec string) error {
	t.Helper()
	text := fmt.Sprintf("apiVersion: toolhive.stacklok.dev/%s\nkind: %s\nmetadata: {name: %q, namespace: default}\nspec: %s\n", version, kind, name, spec)
	var u unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c.Create(t.Context(), &u, client.FieldValidation("Strict"), client.DryRunAll)
}

// refusals are specs, each with the message with which the API server refuses it.
type refusals []struct{ spec, want string }

func (r refusals) check(t *testing.T, kind string) {
	c := clustertest.Connect(t)
	for _, refused := range r {
		for _, version := range []string{"v1beta1", "v1alpha1"} {
			err := apply(t, c, kind, version, "x", refused.spec)
			if err == nil {
				t.Errorf("%s: %s: got no error, want %q", version, refused.spec, refused.want)
			} else if !strings.Contains(err.Error(), refused.want) {
				t.Errorf("%s: %s:\n   got %v\n  want %s", version, refused.spec, err, refused.want)
			}
		}
	}
}

func TestMCPServer_TakesWhatIsMeantToBe(t *testing.T) {
	c := clustertest.Connect(t)
	for _, spec := range []string{
		`{image: i}`,
		`{image: i, transport: stdio, port: 8080}`,
		`{image: i, transport: sse, port: 1, proxyPort: 1, targetPort: 65535, mcpPort: 65535}`,
		`{image: i, secrets: [{name: s, key: A}, {name: s, key: B}, {name: s, key: b.c, targetEnvName: C, optional: true}, {name: s, key: A, mountPath: /run/a}]}`,
		`{image: i, env: [{name: A, value: ""}], secrets: [{name: s, key: A, mountPath: /A}]}`,
		`{image: i, resources: {limits: {cpu: 1, memory: 4294967296, nvidia.com/gpu: "1"}, requests: {cpu: "0.5", memory: 1Gi}}}`,
		`{image: i, podTemplateSpec: {metadata: {annotations: {a: b}}, spec: {containers: [{name: mcp, tty: true}]}}}`,
		`{image: i, minRestartInterval: 1h30m, secretRotation: None, replicas: 0}`,
		`{image: i, volumes: [{name: a, hostPath: /x, mountPath: /x, readOnly: true}, {name: b, persistentVolumeClaim: c, mountPath: /y}]}`,
		`{image: i, requirements: [{name: A, description: d, secret: true, required: true}]}`,
		`{image: i, resourceOverrides: {proxyDeployment: {annotations: {a: b}, labels: {c: d}, env: [{name: A, value: b}], podTemplateMetadataOverrides: {annotations: {a: b}, labels: {c: d}}}, proxyService: {annotations: {a: b}}}}`,
	} {
		for _, version := range []string{"v1beta1", "v1alpha1"} {
			if err := apply(t, c, "MCPServer", version, "x", spec); err != nil {
				t.Errorf("%s: %s: %v", version, spec, err)
			}
		}
	}
}

func TestMCPServer_RefusesWithWordsThatHelp(t *testing.T) {
	refusals{
		{`{transport: stdio}`, "spec.image: Required value"},
		{`{image: ""}`, "spec.image"},
		{`{image: i, transport: http}`, `supported values: "stdio", "streamable-http", "sse"`},
		{`{image: i, permissionProfile: {type: builtin, name: network}}`, `unknown field "spec.permissionProfile"`},
		{`{image: i, secrets: [{name: s, key: A, namespace: other}]}`, `unknown field "spec.secrets[0].namespace"`},
		{`{image: i, secrets: [{name: other/s, key: A}]}`, "a server reads only the Secrets of its own namespace"},
		{`{image: i, secrets: [{name: S, key: A}]}`, "a Secret's name must be a DNS name"},
		{`{image: i, secrets: [{name: s, key: a/b, targetEnvName: A}]}`, "a Secret's key must have the form"},
		{`{image: i, secrets: [{name: s, key: a-b}]}`, "the key is not a valid variable name ([A-Za-z_][A-Za-z0-9_]*): set targetEnvName"},
		{`{image: i, secrets: [{name: s, key: a, targetEnvName: 1A}]}`, "targetEnvName must have the form"},
		{`{image: i, secrets: [{name: s, key: a, targetEnvName: "A=B"}]}`, "targetEnvName must have the form"},
		{`{image: i, secrets: [{name: s, key: a, targetEnvName: A, mountPath: /a}]}`, "set only one of them"},
		{`{image: i, secrets: [{name: s, key: a, mountPath: a}]}`, "mountPath must be an absolute path of a file"},
		{`{image: i, secrets: [{name: s, key: a, mountPath: /a/../b}]}`, "mountPath must be an absolute path of a file"},
		{`{image: i, secrets: [{name: s, key: a, mountPath: /a/}]}`, "mountPath must be an absolute path of a file"},
		{`{image: i, secrets: [{name: s, key: A}, {name: t, key: A}]}`, "two secrets have the same target"},
		{`{image: i, secrets: [{name: s, key: A}, {name: t, key: b, targetEnvName: A}]}`, "two secrets have the same target"},
		{`{image: i, secrets: [{name: s, key: a, mountPath: /a}, {name: t, key: b, mountPath: /a}]}`, "two secrets have the same target"},
		{`{image: i, env: [{name: A, value: b}], secrets: [{name: s, key: a, targetEnvName: A}]}`, "env and secrets set the same variable"},
		{`{image: i, env: [{name: A, value: b}], secrets: [{name: s, key: A}]}`, "env and secrets set the same variable"},
		{`{image: i, env: [{name: A, value: b}, {name: A, value: c}]}`, "Duplicate value"},
		{`{image: i, env: [{name: A-B, value: b}]}`, "a variable's name must have the form"},
		{`{image: i, env: [{name: A}]}`, "spec.env[0].value: Required value"},
		{`{image: i, port: 1, proxyPort: 2}`, "port is the older name of proxyPort"},
		{`{image: i, targetPort: 1, mcpPort: 2}`, "targetPort is the older name of mcpPort"},
		{`{image: i, port: 0}`, "greater than or equal to 1"},
		{`{image: i, mcpPort: 65536}`, "less than or equal to 65535"},
		{`{image: i, replicas: -1}`, "greater than or equal to 0"},
		{`{image: i, minRestartInterval: 1 day}`, "minRestartInterval must be a duration such as 90s"},
		{`{image: i, minRestartInterval: 200h}`, "at most 168h"},
		{`{image: i, minRestartInterval: -1s}`, "minRestartInterval must be a duration"},
		{`{image: i, secretRotation: Sometimes}`, `supported values: "Restart", "None"`},
		{`{image: i, resources: {limits: {cpu: much}}}`, "spec.resources.limits"},
		{`{image: i, resources: {requests: {cpu: 1e99999999999999999999}}}`, "spec.resources.requests"},
		{`{image: i, podTemplateSpec: text}`, "spec.podTemplateSpec"},
		{`{image: i, volumes: [{name: a, mountPath: /x}]}`, "exactly one of hostPath, persistentVolumeClaim and configMap"},
		{`{image: i, volumes: [{name: a, mountPath: /x, hostPath: /x, configMap: c}]}`, "exactly one of"},
		{`{image: i, volumes: [{name: thv-secrets, mountPath: /x, hostPath: /x}]}`, "must not begin with thv-"},
		{`{image: i, requirements: [{name: "a b"}]}`, "a variable's name must have the form"},
		{`{image: i, requirements: [{name: A}, {name: A}]}`, "Duplicate value"},
		{`{image: i, externalAuthConfigRef: {name: a, namespace: b}}`, `unknown field "spec.externalAuthConfigRef.namespace"`},
		{`{image: i, resourceOverrides: {proxyDeployment: {replicas: 2}}}`, "unknown field"},
	}.check(t, "MCPServer")
}

func TestMCPServer_NameLeavesRoomForItsObjects(t *testing.T) {
	c := clustertest.Connect(t)
	if err := apply(t, c, "MCPServer", "v1beta1", strings.Repeat("a", 53), `{image: i}`); err != nil {
		t.Error(err)
	}
	for _, name := range []string{strings.Repeat("a", 54), "a.b"} {
		err := apply(t, c, "MCPServer", "v1beta1", name, `{image: i}`)
		if err == nil || !strings.Contains(err.Error(), "the name is at most 53 characters") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMCPExternalAuthConfig_TakesExactlyTheMatchingObject(t *testing.T) {
	c := clustertest.Connect(t)
	for _, spec := range []string{
		`{type: unauthenticated}`,
		`{type: bearerToken, bearerToken: {tokenSecretRef: {name: s, key: k}}}`,
		`{type: headerInjection, headerInjection: {headerName: X-Api-Key, valueSecretRef: {name: s, key: k}}}`,
		`{type: tokenExchange, tokenExchange: {tokenUrl: "https://idp.example/token", audience: a}}`,
		`{type: tokenExchange, tokenExchange: {tokenUrl: "http://idp:8080/token", clientId: c, clientSecretRef: {name: s, key: k}, audience: a, scopes: [a:b, c], subjectTokenType: access_token, externalTokenHeaderName: X-Token}}`,
	} {
		for _, version := range []string{"v1beta1", "v1alpha1"} {
			if err := apply(t, c, "MCPExternalAuthConfig", version, "x", spec); err != nil {
				t.Errorf("%s: %s: %v", version, spec, err)
			}
		}
	}
	const exchange, header, bearer = "tokenExchange: {tokenUrl: 'https://x/', audience: a}", "headerInjection: {headerName: X, valueSecretRef: {name: s, key: k}}", "bearerToken: {tokenSecretRef: {name: s, key: k}}"
	refusals{
		{`{}`, "spec.type: Required value"},
		{`{type: basic}`, "supported values"},
		{`{type: tokenExchange}`, "tokenExchange is required for the type tokenExchange"},
		{`{type: headerInjection}`, "headerInjection is required for the type headerInjection"},
		{`{type: bearerToken}`, "bearerToken is required for the type bearerToken"},
		{`{type: unauthenticated, ` + bearer + `}`, "bearerToken is required for the type bearerToken and not allowed for any other"},
		{`{type: bearerToken, ` + bearer + `, ` + header + `}`, "headerInjection is required for the type headerInjection and not allowed for any other"},
		{`{type: headerInjection, ` + header + `, ` + exchange + `}`, "tokenExchange is required for the type tokenExchange and not allowed for any other"},
		{`{type: bearerToken, bearerToken: {token: hunter2}}`, "unknown field"},
		{`{type: bearerToken, bearerToken: {tokenSecretRef: {name: s, key: k, namespace: n}}}`, "unknown field"},
		{`{type: bearerToken, bearerToken: {tokenSecretRef: {name: n/s, key: k}}}`, "without a namespace"},
		{`{type: bearerToken, bearerToken: {tokenSecretRef: {name: s, key: "k k"}}}`, "a Secret's key must have the form"},
		{`{type: tokenExchange, tokenExchange: {tokenUrl: "ftp://x", audience: a}}`, "tokenUrl must be an http or https URL"},
		{`{type: tokenExchange, tokenExchange: {tokenUrl: x, audience: a}}`, "tokenUrl must be an http or https URL"},
		{`{type: tokenExchange, tokenExchange: {tokenUrl: "https://x", audience: a, clientSecretRef: {name: s, key: k}}}`, "clientSecretRef requires clientId"},
		{`{type: tokenExchange, tokenExchange: {tokenUrl: "https://x", audience: a, scopes: ["a b"]}}`, "a scope must not contain spaces"},
		{`{type: tokenExchange, tokenExchange: {tokenUrl: "https://x", audience: a, externalTokenHeaderName: "X Y"}}`, "a header's name"},
		{`{type: headerInjection, headerInjection: {headerName: "X:", valueSecretRef: {name: s, key: k}}}`, "a header's name"},
	}.check(t, "MCPExternalAuthConfig")
}

// TestMCPServer_MayBeLarge checks that a server with 200 kB of variables is accepted.
func TestMCPServer_MayBeLarge(t *testing.T) {
	c := clustertest.Connect(t)
	var env []string
	for i := range 200 {
		env = append(env, fmt.Sprintf("{name: A%d, value: %s}", i, strings.Repeat("x", 1000)))
	}
	if err := apply(t, c, "MCPServer", "v1beta1", "x", "{image: i, env: ["+strings.Join(env, ", ")+"]}"); err != nil {
		t.Error(err)
	}
}
