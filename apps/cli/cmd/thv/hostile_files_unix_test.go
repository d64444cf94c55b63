//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// specs are RunConfigs with text in one field each.
func specs(t *testing.T, text string) []string {
	t.Helper()
	var all []string
	for field, value := range map[string]any{
		"image": text, "name": text, "cmd_args": []string{text}, "transport": text, "env_files": []string{text}, "env_file_dir": text,
		"secrets": []string{text}, "secrets ": []string{"a,target=" + text}, "secrets  ": []string{"op://" + text + "/b/c,target=A"}, "volumes": []string{text},
		"volumes ": []string{"/" + text + ":/a"}, "publish": []string{text}, "network": text, "container_labels": map[string]string{"a": text},
		"container_labels ": map[string]string{text: "a"}, "workdir": "/" + text, "user": text, "pull": text, "delivery": text, "restart_policy": text,
		"on_secret_change": text, "secret_interval": text, "saved_from": text, "ignored_fields": []string{text}, "env_vars": map[string]string{"A_URL": text},
		"env_vars ": map[string]string{text: "a"}, "env_vars  ": map[string]string{"A": "thv://" + text}, "env_inherit": []string{text}, text: text,
		"schema_version": text, "requirements": []map[string]any{{"name": "A", "description": text, "required": true}},
		"requirements ": []map[string]any{{"name": text, "required": true}}, "isolate_network": text, "permission_profile": map[string]any{text: text},
	} {
		spec := map[string]any{"image": "example/x:1", strings.TrimRight(field, " "): value}
		written, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(written))
	}
	return all
}

func TestHostile_RunConfigs(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		for i, spec := range specs(h.t, text) {
			h.write("from.json", spec)
			h.prints("run", "--from-config", "from.json", "--dry-run")
			h.prints("run", "--from-config", "from.json")
			h.prints("run", "--from-config", "from.json", "--yes")
			name := fmt.Sprintf("saved-%d", i)
			h.write("state/toolhive/runconfigs/"+name+".json", spec)
			h.prints("start", name)
			h.prints("status", name)
			h.prints("export", name, "-")
			h.prints("export", name, "x.yaml", "--format", "k8s", "--with-secrets-commands", "--force")
		}
		h.prints("list")
		h.prints("list", "--all")
		h.prints("secret", "set", "a", "--file", "from.json")
		h.prints("rm", "saved-1", "--yes")
		h.prints("doctor", "--offline")
	})
}

func TestHostile_EnvFiles(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		for _, line := range []string{text, text + "=a", "A=" + text, "A=thv://" + text, "A='" + text, "A=\"" + text + "\"", "A=Bearer thv://" + text, "A=${" + text + "}", "export " + text} {
			h.write("x.env", line+"\n")
			h.prints("exec", "--env-file", "x.env", "--", "true")
			h.prints("exec", "--env-file", "x.env", "--dry-run", "--", "true")
			h.write("dir/x.env", line+"\n")
			h.prints("exec", "--env-file-dir", "dir", "--", "true")
			h.prints("run", "--env-file", "x.env", "example/x:1")
		}
	})
}

func TestHostile_StatusFiles(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		h.prints("list")
		for i, fields := range []string{
			`"image": %[1]s`, `"url": %[1]s`, `"transport": %[1]s, "container": %[1]s, "socket": %[1]s`, `"log_problem": %[1]s, "restart": %[1]s`,
			`"last_end": {"time": "2026-01-02T03:04:05Z", "exit_code": 6, "class": %[1]s, "message": %[1]s}`,
			`"secrets": {"problem": %[1]s, "last_problem": %[1]s, "changed": [%[1]s], "effect": %[1]s}`,
		} {
			for _, state := range []string{`"failed"`, `"restarting"`, jsonString(text)} {
				name := fmt.Sprintf("web-%d-%d", i, len(state))
				h.write("data/toolhive/thv/statuses/"+name+".json",
					fmt.Sprintf(`{"schema": 1, "name": %q, "state": %s, "wanted": true, %s}`, name, state, fmt.Sprintf(fields, jsonString(text))))
				h.prints("status", name)
			}
		}
		h.write("data/toolhive/thv/statuses/damaged.json", text)
		h.write("data/toolhive/statuses/other.json", fmt.Sprintf(`{"status": %[1]s, "status_context": %[1]s, "created_at": %[1]s}`, jsonString(text)))
		h.write("state/toolhive/runconfigs/other.json", `{"image": "example/x:1"}`)
		for _, args := range [][]string{{"list"}, {"list", "--all"}, {"status", "other"}, {"status", "damaged"}, {"stop", "other"}, {"rm", "other", "--yes"}, {"stop", "--all"}, {"start", "--all"}} {
			h.prints(args...)
		}
	})
}

func TestHostile_Registries(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		quoted := jsonString(text)
		for _, entry := range []string{
			`"x": {"image": "example/x:1", "description": %s}`, `"x": {"image": %s}`, `"x": {"image": "example/x:1", "args": [%s]}`,
			`"x": {"image": "example/x:1", "tags": [%s]}`, `"x": {"image": "example/x:1", "tools": [%s]}`, `"x": {"image": "example/x:1", "transport": %s}`,
			`%s: {"image": "example/x:1"}`, `"x": {"image": "example/x:1", "env_vars": [{"name": %s}]}`,
			`"x": {"image": "example/x:1", "env_vars": [{"name": "A", "required": true, "description": %s}]}`,
			`"x": {"image": "example/x:1", "env_vars": [{"name": "A", "secret": true, "required": true, "description": %s}]}`,
			`"x": {"image": "example/x:1", "env_vars": [{"name": "A", "default": %s}]}`, `"x": {"image": "example/x:1", %s: 3}`, `"x": %s`, `"x": {"target_port": %s}`,
		} {
			h.write("servers.json", `{"servers": {`+fmt.Sprintf(entry, quoted)+`}}`)
			for _, args := range [][]string{{"registry", "list"}, {"registry", "show", "x"}, {"run", "x"}, {"run", "x", "--dry-run"}, {"run", "-d", "x"}, {"run", "nope"}} {
				h.prints(append(args, "--registry", filepath.Join(h.folder, "servers.json"))...)
			}
		}
		h.write("servers.json", text)
		h.prints("registry", "list", "--registry", filepath.Join(h.folder, "servers.json"))
	})
}

func TestHostile_Configuration(t *testing.T) {
	each(t, func(h *terminalUser, text string) {
		quoted := jsonString(text)
		for _, config := range []string{
			text, "secrets: {provider_type: %s}", "secrets: {%s: 1}", "secrets: {chain: [%s]}", "secrets: {chain: [{provider: encrypted, on: [%s]}]}",
			"secrets: {chain: [{provider: encrypted, %s: 1}]}", "secrets: {providers: {%s: {command: [probe, environ]}}}", "secrets: {providers: {vault: {command: [%s]}}}",
			"secrets: {providers: {vault: {command: [probe, environ], %s: 1}}}", "secrets: {providers: {vault: {command: [probe, environ], env: [%s]}}}",
			"secrets: {providers: {vault: {command: [probe, environ], timeout: %s}}}", "secrets: {onepassword: {vault: %s}}", "secrets: {onepassword: {%s: 1}}",
			"secrets: {kubernetes: {context: %s}}", "registry_path: %s", "registry_url: %s", "local_registry_path: %s",
		} {
			if strings.Contains(config, "%s") {
				config = fmt.Sprintf(config, quoted)
			}
			h.write("config/toolhive/config.yaml", config+"\n")
			for _, args := range [][]string{
				{"secret", "get", "x"}, {"secret", "get", "vault://x"}, {"secret", "provider"}, {"secret", "list"}, {"doctor", "--offline"},
				{"registry", "list"}, {"explain", "x", "op://a/b/c"}, {"secret", "setup", "--provider", "encrypted"},
			} {
				h.prints(args...)
			}
		}
	})
}

// What keeps a RunConfig from being run keeps it from being saved.
func TestHostile_NothingIsSavedUnchecked(t *testing.T) {
	h := newTeller(t)
	for _, field := range []string{`"env_files": [%s]`, `"env_file_dir": %s`, `"image": %s`, `"volumes": [%s]`, `"workdir": %s`} {
		h.write("from.json", fmt.Sprintf(`{"image": "example/x:1", `+field+`}`, jsonString("/h"+drives)))
		code := h.prints("run", "--from-config", "from.json", "--yes")
		saved, err := filepath.Glob(filepath.Join(h.folder, "state/toolhive/runconfigs/*.json"))
		if code != 2 || len(saved) > 0 || err != nil {
			t.Errorf("%s: exit code %d, saved %q, %v", field, code, saved, err)
		}
	}
}
