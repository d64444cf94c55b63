package examples

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/thv-secrets/thv/core/workload"
)

func TestRunConfig_IsReadAndHasNoFieldThatIsNotKnown(t *testing.T) {
	t.Parallel()
	spec, err := workload.ReadSpec(bytes.NewReader(read(t, "runconfig.json")))
	if err != nil {
		t.Fatal(err)
	}
	if unknown := spec.Unknown(); len(unknown) > 0 {
		t.Errorf("got the unknown fields %q, want none", unknown)
	}
	if spec.Name != "weather" || len(spec.Secrets) != 2 {
		t.Errorf("got %+v, want weather with two secrets", spec)
	}
}

func TestRegistry_HasItsServers(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	registry := h.copied(t, "registry.json")
	var list struct{ Servers []struct{ Name string } }
	text := h.must(t, "", "registry", "list", "--registry", registry, "--output", "json")
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Servers) != 2 {
		t.Errorf("got %s (%v), want two servers", text, err)
	}
	if shown := h.must(t, "", "registry", "show", "weather", "--registry", registry); !strings.Contains(shown, "API_KEY") {
		t.Errorf("got %q, want the variable API_KEY", shown)
	}
}

func TestMCPClient_ItsCommandsGetTheirSecrets(t *testing.T) {
	t.Parallel()
	var config struct {
		MCPServers map[string]struct {
			Command string
			Args    []string
		} `json:"mcpServers"`
	}
	if err := json.Unmarshal(read(t, "mcp-client.json"), &config); err != nil {
		t.Fatal(err)
	}
	if len(config.MCPServers) != 2 {
		t.Errorf("got %d servers, want one of thv run and one of thv exec", len(config.MCPServers))
	}
	for _, server := range config.MCPServers {
		getsItsSecrets(t, append([]string{server.Command}, server.Args...))
	}
}

func TestCompose_ItsCommandGetsItsSecret(t *testing.T) {
	t.Parallel()
	var file struct {
		Services map[string]struct {
			Image   string
			Command []string
			Secrets []string
		}
		Secrets map[string]struct{ File string }
	}
	if err := yaml.Unmarshal(read(t, "compose.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	web := file.Services["web"]
	getsItsSecrets(t, web.Command)
	for _, name := range web.Secrets {
		if file.Secrets[name].File == "" || !slices.Contains(web.Command, "/run/secrets/"+name) {
			t.Errorf("got the secret %s without a file or a use in %q, want both", name, web.Command)
		}
	}
	if err := exec.Command("docker", "compose", "version").Run(); err != nil {
		t.Log("docker compose is not installed, so only the commands were checked")
		return
	}
	if output, err := exec.Command("docker", "compose", "--file", "compose.yaml", "config", "--quiet").CombinedOutput(); err != nil {
		t.Errorf("docker compose config: got %v, want success\n%s", err, output)
	}
}

func TestUnit_ItsCommandGetsItsSecret(t *testing.T) {
	t.Parallel()
	start := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindSubmatch(read(t, "web.service"))
	if start == nil {
		t.Fatal("got no ExecStart, want one")
	}
	words := strings.Fields(string(start[1]))
	if words[0] != "/usr/bin/env" {
		t.Fatalf("got %q, want thv by /usr/bin/env", words)
	}
	getsItsSecrets(t, words[1:])
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Log("systemd-analyze is not installed, so only the command was checked")
		return
	}
	// It reports on standard error, and fails also on units of this machine.
	output, _ := exec.Command("systemd-analyze", "verify", "--user", "--man=no", "./web.service").CombinedOutput()
	for line := range strings.Lines(string(output)) {
		if strings.Contains(line, "web.service") {
			t.Errorf("systemd-analyze: got %q, want nothing about the unit", line)
		}
	}
}

// getsItsSecrets runs the command of an example as a dry run, in a home that has
// each secret it names.
func getsItsSecrets(t *testing.T, command []string) {
	t.Helper()
	if len(command) < 2 || command[0] != "thv" {
		t.Fatalf("got the command %q, want one of thv", command)
	}
	h := newHome(t)
	args := append([]string{command[1], "--dry-run", "--password-file", h.password}, command[2:]...)
	var names []string
	for i, arg := range args {
		switch {
		case args[max(i-1, 0)] == "--secret":
			name, target, _ := strings.Cut(arg, ",target=")
			names = append(names, name+" as "+target)
			h.must(t, "value-of-"+name, "secret", "set", name, "--password-file", h.password)
		case strings.HasSuffix(arg, "/store-password"):
			args[i] = h.password
		}
	}
	report := h.must(t, "", args...)
	for _, name := range names {
		if !strings.Contains(report, name+": from encrypted") {
			t.Errorf("thv %q: got %q, want %s from encrypted", args, report, name)
		}
	}
	if len(names) == 0 {
		t.Errorf("got the command %q, want one with a secret", command)
	}
}

// need fails with THV_REAL, and skips otherwise, if name is not installed.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("THV_REAL") != "" && runtime.GOOS == "linux" {
		t.Fatalf("got none of %q in PATH, want one: THV_REAL is set", names)
	}
	t.Skipf("needs one of %q in PATH", names)
	return ""
}
