package cluster

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// manifest returns the manifest of an MCPServer that runs the key server with the keys "api-key"
// and "digest" of the Secret weather, and with more lines in its spec.
func manifest(name string, more ...string) string {
	return fmt.Sprintf(`apiVersion: toolhive.stacklok.dev/v1beta1
kind: MCPServer
metadata: {name: %s}
spec:
  image: localhost/keyserver:%s
  transport: streamable-http
  mcpPort: 9000
  env: [{name: MCP_HOST, value: 0.0.0.0}]
  secrets:
    - {name: weather, key: api-key, targetEnvName: API_KEY}
    - {name: weather, key: digest, targetEnvName: API_KEY_SHA256}
%s
`, name, part("TAG"), strings.Join(more, "\n"))
}

// putSecret makes or changes the Secret weather. With no key it has none.
func putSecret(t *testing.T, namespace, key string) {
	t.Helper()
	data := "{digest: " + base64.StdEncoding.EncodeToString([]byte(digestOf(key)))
	if key != "" {
		data += ", api-key: " + base64.StdEncoding.EncodeToString([]byte(key))
	}
	run(t, "{apiVersion: v1, kind: Secret, metadata: {name: weather, namespace: "+namespace+"}, data: "+data+"}}",
		"kubectl", "apply", "--server-side", "-f", "-")
}

// object has the fields that the tests read of an object.
type object struct {
	Metadata struct {
		Name, UID, ResourceVersion, DeletionTimestamp string
		Generation                                    int
	}
	Spec struct {
		NodeName string
	}
	Status struct {
		Phase      string
		URL        string
		PodIP      string
		Conditions []condition
	}
}

type condition struct{ Type, Status, Reason, Message string }

func (o object) condition(kind string) condition {
	for _, c := range o.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return condition{Type: kind}
}

type list struct{ Items []object }

// server returns an MCPServer.
func server(t *testing.T, namespace, name string) object {
	t.Helper()
	var o object
	get(t, &o, "mcpserver", name, "--namespace", namespace)
	return o
}

// podsOf returns the server's pods that are not being deleted.
func podsOf(t *testing.T, namespace, name string) []object {
	t.Helper()
	var pods list
	get(t, &pods, "pods", "--namespace", namespace)
	return slices.DeleteFunc(pods.Items, func(pod object) bool {
		return pod.Metadata.DeletionTimestamp != "" || !strings.HasPrefix(pod.Metadata.Name, name+"-")
	})
}

func awaitReady(t *testing.T, namespace, name string) {
	t.Helper()
	eventually(t, "the MCPServer "+name+" to be ready", func() (bool, string) {
		s := server(t, namespace, name)
		return s.Status.Phase == "Ready" && s.condition("Ready").Status == "True", fmt.Sprintf("%+v", s)
	})
}

// awaitOnePod waits until the server has exactly one pod, which is ready and not before, and returns
// it.
func awaitOnePod(t *testing.T, namespace, name, before string) object {
	t.Helper()
	var pods []object
	eventually(t, "one new pod of "+name, func() (bool, string) {
		pods = podsOf(t, namespace, name)
		return len(pods) == 1 && pods[0].Metadata.UID != before && pods[0].condition("Ready").Status == "True", fmt.Sprintf("%+v", pods)
	})
	return pods[0]
}

var forwarded = regexp.MustCompile(`127\.0\.0\.1:([0-9]+) ->`)

// connect connects an MCP client to the server's Service, by way of kubectl. A pod
// may be ready before its server listens, and kubectl gives up then.
func connect(t *testing.T, namespace, name string) *mcp.ClientSession {
	t.Helper()
	var s *mcp.ClientSession
	eventually(t, "an MCP session with "+name, func() (bool, string) {
		port, err := forward(t, namespace, "service/mcp-"+name+"-proxy", "8080")
		if err == nil {
			s, err = session(t, &mcp.StreamableClientTransport{Endpoint: "http://127.0.0.1:" + port + "/mcp"})
		}
		return err == nil, fmt.Sprint(err)
	})
	return s
}

// forward returns the local port at which kubectl forwards to target's.
func forward(t *testing.T, namespace, target, port string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kubectl", "port-forward", "--namespace", namespace, target, ":"+port, "--address", "127.0.0.1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	local := forwarded.FindStringSubmatch(line)
	if local == nil {
		return "", fmt.Errorf("kubectl port-forward said %q (%w)", line, err)
	}
	return local[1], nil
}

func session(t *testing.T, transport mcp.Transport) (*mcp.ClientSession, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, nil)
	return client.Connect(ctx, transport, nil)
}

// call calls a tool of the key server, and returns its text and whether it refused.
func call(t *testing.T, s *mcp.ClientSession, tool string, arguments map[string]any) (string, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("call %s: %v", tool, err)
	}
	text := ""
	for _, content := range result.Content {
		if part, ok := content.(*mcp.TextContent); ok {
			text += part.Text
		}
	}
	return text, result.IsError
}

// works has an MCP client use the tool that works only with the key.
func works(t *testing.T, s *mcp.ClientSession, key string) {
	t.Helper()
	if text, refused := call(t, s, "forecast", map[string]any{"city": "Bern"}); refused || text != "sunny in Bern" {
		t.Errorf("forecast: %q (refused: %v)", text, refused)
	}
	if text, _ := call(t, s, "echo_key", map[string]any{"form": "plain"}); text != "the key is "+key {
		t.Error("the server has another key")
	}
	if err := s.Close(); err != nil {
		t.Errorf("the end: %v", err)
	}
}
