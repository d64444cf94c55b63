package cluster

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/e2e/canary"
)

// TestCanary_IsOnlyInTheSecretAndThePod rotates a key, with the operator's log at debug, and then
// searches for both values, and for the key of the operator's fingerprints, in every object of the
// cluster, in the API server's audit log, and in every log.
func TestCanary_IsOnlyInTheSecretAndThePod(t *testing.T) {
	namespace := newNamespace(t)
	first, second := `can"ary/`+randomKey(t)+"+é&tail", `can"ary/`+randomKey(t)+"+é&tail"
	putSecret(t, namespace, first)
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

	for _, p := range []heldValue{
		{what: "the first key", value: first, namespace: namespace, secret: "weather"},
		{what: "the second key", value: second, namespace: namespace, secret: "weather", held: true},
		{what: "the key for fingerprints", value: fingerprintKey(t), namespace: system, secret: "thv-operator-fingerprint", held: true},
	} {
		c := canary.New(p.value)
		huntObjects(t, c, p)
		huntLogs(t, c, p.what)
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

// heldValue is a value that only one Secret may hold, or may have held.
type heldValue struct {
	what, value, namespace, secret string
	held                           bool
}

// fingerprintKey returns the key of this installation.
func fingerprintKey(t *testing.T) string {
	t.Helper()
	encoded := kubectl(t, "get", "secret", "thv-operator-fingerprint", "--namespace", system, "-o", "jsonpath={.data.key}")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) < 16 {
		t.Fatalf("the key for fingerprints has %d bytes (%v)", len(key), err)
	}
	return string(key)
}

// huntObjects looks at every object of every kind.
func huntObjects(t *testing.T, c canary.Canary, p heldValue) {
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
			t.Errorf("%s is in one of %s (as %v)", p.what, kind, found)
		}
	}
	var secrets struct{ Items []map[string]any }
	get(t, &secrets, "secrets", "--all-namespaces")
	held := false
	for _, secret := range secrets.Items {
		text, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		metadata, _ := secret["metadata"].(map[string]any)
		if found := c.In(text); len(found) == 0 {
			continue
		}
		if held = true; metadata["name"] != p.secret || metadata["namespace"] != p.namespace {
			t.Errorf("%s is in the Secret %v of %v", p.what, metadata["name"], metadata["namespace"])
		}
	}
	if held != p.held {
		t.Errorf("a Secret has %s: %v, want %v", p.what, held, p.held)
	}
}

// huntLogs searches the logs of the node's processes and of all pods, and the requests to the API
// server, except those for the Secrets themselves.
func huntLogs(t *testing.T, c canary.Canary, what string) {
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
			t.Errorf("%s is in %s (as %v)", what, file, found)
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
		// Processes exit while this runs; one that cannot be read is gone.
		environment, _ := os.ReadFile(filepath.Join(folder, "environ"))
		if bytes.Contains(environment, []byte(value)) {
			arguments, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
			name, _, _ := strings.Cut(string(arguments), "\x00")
			holders = append(holders, filepath.Base(name))
		}
	}
	return holders
}
