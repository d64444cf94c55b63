package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/e2e/canary"
)

// TestCanary_IsOnlyInTheSecretAndThePod follows a key through a rotation, with the
// operator's log at debug, and then looks for both values in every object of the
// cluster, in what anybody said to the API server, and in every log.
func TestCanary_IsOnlyInTheSecretAndThePod(t *testing.T) {
	namespace := newNamespace(t)
	first, second := `can"ary/`+randomKey(t)+"+é&tail", `can"ary/`+randomKey(t)+"+é&tail"
	putSecret(t, namespace, strings.Trim(first, "\n"))
	apply(t, namespace, manifest("weather"))
	awaitReady(t, namespace, "weather")
	pod := awaitOnePod(t, namespace, "weather", "")
	putSecret(t, namespace, second)
	awaitOnePod(t, namespace, "weather", pod.Metadata.UID)
	s := connect(t, namespace, "weather")
	if text, refused := call(t, s, "forecast", map[string]any{"city": "Bern"}); refused {
		t.Fatal(text)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}

	for which, value := range map[string]string{"first": first, "second": second} {
		c := canary.New(value)
		huntObjects(t, c, which, namespace)
		huntLogs(t, c, which)
	}
	if holders := holdersOf(t, second); len(holders) == 0 {
		t.Error("no process has the canary in its environment: this test did not see the server")
	} else {
		for _, holder := range holders {
			if holder != "keyserver" {
				t.Errorf("the canary is in the environment of %s", holder)
			}
		}
	}
}

// huntObjects looks at every object of every kind. A Secret is allowed to hold the
// canary where it is the one that does.
func huntObjects(t *testing.T, c canary.Canary, which, namespace string) {
	t.Helper()
	kinds := strings.Fields(kubectl(t, "api-resources", "--verbs=list", "--output=name"))
	if len(kinds) < 30 {
		t.Fatalf("only these kinds are there: %v", kinds)
	}
	for _, kind := range kinds {
		if kind == "secrets" {
			continue
		}
		if found := c.In([]byte(kubectl(t, "get", kind, "--all-namespaces", "--output=json", "--show-managed-fields"))); len(found) > 0 {
			t.Errorf("the %s canary is in one of %s (as %v)", which, kind, found)
		}
	}
	var secrets struct {
		Items []map[string]any
	}
	get(t, &secrets, "secrets", "--all-namespaces")
	held := 0
	for _, secret := range secrets.Items {
		metadata, _ := secret["metadata"].(map[string]any)
		text := kubectl(t, "get", "secret", metadata["name"].(string), "--namespace", metadata["namespace"].(string), "--output=json", "--show-managed-fields")
		if found := c.In([]byte(text)); len(found) == 0 {
			continue
		}
		if held++; metadata["name"] != "weather" || metadata["namespace"] != namespace {
			t.Errorf("the %s canary is in the Secret %v of %v", which, metadata["name"], metadata["namespace"])
		}
	}
	if which == "second" && held != 1 {
		t.Errorf("%d Secrets have the canary: this test did not see the one that does", held)
	}
}

// huntLogs looks at what the node's programs and all pods wrote, and at all that
// the API server was told but for the Secrets themselves.
func huntLogs(t *testing.T, c canary.Canary, which string) {
	t.Helper()
	cluster := part("CLUSTER")
	var files []string
	for _, pattern := range []string{"*.log", "pods/*/*/*.log"} {
		found, err := filepath.Glob(filepath.Join(cluster, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s in %s (%v)", pattern, cluster, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		if strings.HasSuffix(file, "audit.log") && !bytes.Contains(text, []byte("mcpservers")) {
			t.Error("the audit log says nothing of MCPServers: this test did not see what the API server was told")
		}
		if found := c.In(text); len(found) > 0 {
			t.Errorf("the %s canary is in %s (as %v)", which, file, found)
		}
	}
}

// holdersOf returns the names of the processes that have value in their environment.
func holdersOf(t *testing.T, value string) []string {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var holders []string
	for _, folder := range folders {
		// Processes end while this runs; what cannot be read is gone.
		environment, _ := os.ReadFile(filepath.Join(folder, "environ"))
		if bytes.Contains(environment, []byte(value)) {
			arguments, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
			name, _, _ := strings.Cut(string(arguments), "\x00")
			holders = append(holders, filepath.Base(name))
		}
	}
	return holders
}
