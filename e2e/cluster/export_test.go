package cluster

import (
	"os"
	"path/filepath"
	"testing"
)

// TestExport_AppliesAndRuns moves a server from a user's machine into the cluster: it applies the
// output of thv export with strict validation, runs the printed bash commands, and uses the server
// with an MCP client.
func TestExport_AppliesAndRuns(t *testing.T) {
	namespace := newNamespace(t)
	home, key := t.TempDir(), randomKey(t)
	saved := filepath.Join(home, ".local", "state", "toolhive", "runconfigs")
	password := filepath.Join(home, "password")
	files := map[string]string{
		password: "pw-" + randomHex(t, 8) + "\n",
		filepath.Join(saved, "weather.json"): `{"schema_version": "v0.1.0", "name": "weather", "image": "localhost/keyserver:` + part("TAG") + `",
			"transport": "streamable-http", "port": 8080, "target_port": 9000, "memory": 134217728, "cpus": 0.5,
			"env_vars": {"MCP_HOST": "0.0.0.0", "API_KEY_SHA256": "` + digestOf(key) + `"}, "secrets": ["weather-key,target=API_KEY"]}`,
	}
	if err := os.MkdirAll(saved, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The commands for bash find thv and kubectl on PATH, as for a user.
	bin := filepath.Join(home, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	wrapper := "#!/bin/sh\nexec '" + part("THV") + "' --password-file '" + password + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "thv"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TOOLHIVE_SECRETS_PROVIDER", "TOOLHIVE_SECRETS_PASSWORD"} {
		t.Setenv(name, "")
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))

	run(t, key, "thv", "secret", "set", "weather-key", "--no-input", "--recovery-key-file", filepath.Join(home, "recovery"))
	exported := filepath.Join(home, "weather.yaml")
	commands := run(t, "", "thv", "export", "weather", exported, "--format", "k8s", "--with-secrets-commands")
	kubectl(t, "config", "set-context", "--current", "--namespace", namespace)
	defer kubectl(t, "config", "set-context", "--current", "--namespace", "default")
	run(t, commands, "bash", "-eu", "-o", "pipefail", "-s")
	kubectl(t, "apply", "--validate=strict", "-f", exported)

	awaitReady(t, namespace, "weather")
	awaitOnePod(t, namespace, "weather", "")
	works(t, connect(t, namespace, "weather"), key)
}
