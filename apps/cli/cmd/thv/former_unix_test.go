//go:build unix

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files and the table in docs/from-toolhive.md")

// former is a command line of ToolHive's, and what thv does with it.
type former struct {
	old string
	// code is thv's exit code, and says a part of what it prints.
	code int
	says string
	// now is what to use instead, which must succeed.
	now string
	// why is the last column.
	why string
}

var formerLines = []former{
	{old: "printf VALUE | thv secret set api-key", why: "the value comes on standard input, from a hidden prompt or by `--file`"},
	{old: "thv secret get api-key", says: "VALUE", why: "in a pipe exactly the value's bytes"},
	{old: "thv secret list", says: "api-key", why: "names only, sorted"},
	{old: "thv secret provider encrypted", why: "the provider is tried before it is written to the configuration"},
	{old: "thv secret provider basic", code: 2, says: "which encrypted has replaced", now: "thv secret provider encrypted", why: "names of earlier versions name what has replaced them"},
	{old: "thv secret setup --provider encrypted", why: "not needed before the first secret"},
	{old: "thv run fetch", says: "started example/fetch:1", now: "thv run -d --dry-run fetch", why: "thv stays in the foreground, so that an MCP client can start it; `-d` (without `--dry-run`) detaches, as ToolHive does"},
	{old: "thv run -f fetch", says: "started example/fetch:1", why: "the default"},
	{old: "thv run nosuch", code: 3, says: "has no server nosuch", now: "thv run --image nosuch", why: "a name is never an image by mistake; an image has a `/`, a tag or a digest"},
	{old: "thv run afar", code: 2, says: "remote server", why: "thv runs container images and local commands"},
	{old: "thv run https://example.com/mcp", code: 2, says: "URL", why: "as above"},
	{old: "thv run uvx://package", code: 2, says: "URL", why: "as above; build an image"},
	{old: "thv run --secret api-key,target=KEY example/server:1 -- --verbose", says: "[redacted]", why: "values are masked in what it prints (`--no-masking`)"},
	{old: "thv run -e A=1 -v ./data:/data:ro --network none example/server:1", says: "A=1"},
	{old: "thv run --env-file plain.env example/server:1", says: "A=1", why: "stricter than others: [env files](env-files.md)"},
	{old: "thv run --name web -l team=a --group tools example/server:1", says: "started", why: "a group is the label `toolhive-group`"},
	{old: "thv run --from-config theirs.json", code: 2, says: "isolate_network", now: "thv run --yes --from-config theirs.json --ignore isolate_network", why: "a protection that thv does not give is refused; what an image has not had is asked about"},
	{old: "thv run --permission-profile none example/server:1", code: 2, says: "--network none", now: "thv run --network none example/server:1", why: "mounts and networks are said by `-v` and `--network`"},
	{old: "thv run --isolate-network example/server:1", code: 2, says: "--network", now: "thv run --network none example/server:1", why: "thv has no proxy that lets single hosts through"},
	{old: "thv run --transport sse --proxy-port 8080 example/server:1", code: 2, says: "--port", now: "thv run --transport sse --port 8080 example/server:1", why: "no proxy stands before a server"},
	{old: "thv run --oidc-issuer https://example.com example/server:1", code: 2, says: "no proxy", why: "as above; so for `--authz-config`, `--audit-config`, `--tools`, `--token-exchange-…`"},
	{old: "thv run --remote-auth-client-id ID https://example.com/mcp", code: 2, says: "no remote servers", why: "as for `thv run https://…`"},
	{old: "thv run --otel-endpoint https://example.com example/server:1", code: 2, says: "no telemetry"},
	{old: "thv run --image-verification enabled example/server:1", code: 2, says: "digest", why: "a digest says which image it is"},
	{old: "thv list --all", says: "web"},
	{old: "thv list --all --group tools", says: "web"},
	{old: "thv list --format json", code: 2, says: "--output json", now: "thv list --output json", why: "one option for every verb"},
	{old: "thv stop --timeout 30 web", says: "does not run", why: "also a duration, `30s`"},
	{old: "thv stop --all"},
	{old: "thv start --all", why: "starts those that ran before a reboot; `thv restart --all` restarts those that run"},
	{old: "thv restart --all"},
	{old: "thv start --group tools", code: 2, says: "thv list --group", now: "thv list --all --group tools --output json", why: "verbs take names"},
	{old: "thv export web copies/web.json", says: "Wrote", why: "references, no values; `--format k8s` writes an MCPServer"},
	{old: "thv rm web", says: "Removed web", why: "its logs, and after a question the secrets that were made for it alone; there is no `thv logs prune`"},
	{old: "thv rm --all", code: 2, says: "thv list --all"},
	{old: "thv registry list", says: "fetch"},
	{old: "thv registry info fetch", code: 2, says: "thv registry show", now: "thv registry show fetch"},
	{old: "thv search fetch", code: 2, says: "thv registry list", now: "thv registry list"},
	{old: "thv config set-registry https://example.com/r.json", code: 2, says: "registry_url", why: "settings are in the [configuration file](cli.md#the-configuration-file); those of ToolHive for a registry are used"},
	{old: "thv client setup", code: 2, says: "README.md", why: "give the client the command `thv run NAME`"},
	{old: "thv group create tools", code: 2, says: "thv run --group"},
	{old: "thv proxy web", code: 2, says: "no proxy"},
	{old: "thv serve", code: 2, says: "--output json"},
	{old: "thv mcp list tools", code: 2, says: "MCP client"},
	{old: "thv inspector web", code: 2, says: "thv run NAME"},
	{old: "thv build npx://package", code: 2, says: "docker build"},
	{old: "thv runtime check", code: 2, says: "thv doctor"},
	{old: "thv secret delete api-key", says: "Deleted"},
	{old: "thv version", says: "thv"},
}

// TestFormerLines runs each line of the table in docs/from-toolhive.md in the order of the
// table; with -update it writes the table.
func TestFormerLines_AreWhatTheirPageSays(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- begin of the commands: written by go test -run Former -update, in apps/cli/cmd/thv -->\n", "<!-- end of the commands -->"
	h := formerHome(t)
	for _, line := range formerLines {
		out, code := h.shell(line.old)
		if code != line.code || !strings.Contains(out, line.says) {
			t.Errorf("%s: exit code %d, want %d and %q: %s", line.old, code, line.code, line.says, out)
		}
		if line.now == "" {
			continue
		}
		if out, code := h.shell(line.now); code != 0 {
			t.Errorf("%s: exit code %d: %s", line.now, code, out)
		}
	}
	h.holdsFormerFiles()
	page := filepath.Join("..", "..", "..", "..", "docs", "from-toolhive.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no marks of the table", page)
	}
	want := before + begin + formerTable() + end + after
	if *update {
		err = os.WriteFile(page, []byte(want), 0o644)
	} else if want != string(text) {
		t.Errorf("%s has another table than the test; run in apps/cli/cmd/thv: go test -run Former -update", page)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func formerTable() string {
	var b strings.Builder
	b.WriteString("| ToolHive | thv | |\n| --- | --- | --- |\n")
	for _, line := range formerLines {
		does := "the same"
		switch {
		case line.now != "" && line.code == 0:
			does = "differs: `" + line.now + "`"
		case line.now != "":
			does = "refused: `" + line.now + "`"
		case line.code != 0:
			does = "refused, and says what replaces it"
		}
		b.WriteString("| `" + strings.ReplaceAll(line.old, "|", `\|`) + "` | " + does + " | " + line.why + " |\n")
	}
	return b.String()
}

// formerHome has a registry where ToolHive's configuration names it, and an engine that
// only tells what it is to start.
func formerHome(t *testing.T) *home {
	t.Helper()
	h := newHome(t)
	bin := filepath.Join(h.folder, "bin")
	if err := besideEngine(bin); err != nil {
		t.Fatal(err)
	}
	h.vars["PATH"] = bin + string(os.PathListSeparator) + h.vars["PATH"]
	h.vars[engineVariable] = "teller"
	h.vars["PWD"] = h.folder
	h.write("plain.env", "A=1\n")
	h.write("theirs.json", `{"schema_version": "v0.1.0", "name": "theirs", "image": "example/theirs:1", "transport": "stdio", "isolate_network": true, "group": "default"}`)
	h.write("servers.json", `{"servers": {"fetch": {"image": "example/fetch:1"}}, "remote_servers": {"afar": {"url": "https://example.com/mcp"}}}`)
	h.write("config/toolhive/config.yaml", "local_registry_path: "+filepath.Join(h.folder, "servers.json")+"\nclients:\n  registered_clients: []\n")
	return h
}

// shell runs a line, and returns all that it prints.
func (h *home) shell(line string) (string, int) {
	h.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = h.folder
	for name, value := range h.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

// holdsFormerFiles checks what the page says of files.
func (h *home) holdsFormerFiles() {
	h.t.Helper()
	for _, path := range []string{"data/toolhive/secrets_encrypted", "state/toolhive/runconfigs/theirs.json", "data/toolhive/thv/statuses"} {
		if _, err := os.Stat(filepath.Join(h.folder, path)); err != nil {
			h.t.Error(err)
		}
	}
	for _, path := range []string{"data/toolhive/statuses", "data/toolhive/logs"} {
		if _, err := os.Stat(filepath.Join(h.folder, path)); err == nil {
			h.t.Errorf("thv made %s", path)
		}
	}
	config, err := os.ReadFile(filepath.Join(h.folder, "config/toolhive/config.yaml"))
	if err != nil || !strings.Contains(string(config), "provider_type: encrypted") || !strings.Contains(string(config), "clients:\n  registered_clients: []\n") {
		h.t.Errorf("the configuration is %s, %v", config, err)
	}
	saved, err := os.ReadFile(filepath.Join(h.folder, "state/toolhive/runconfigs/theirs.json"))
	if err != nil || !strings.Contains(string(saved), `"group": "default"`) || !strings.Contains(string(saved), `"isolate_network": true`) {
		h.t.Errorf("the RunConfig is %s, %v", saved, err)
	}
}
