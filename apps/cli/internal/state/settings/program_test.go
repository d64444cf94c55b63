package settings

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoad_ReadsProviders(t *testing.T) {
	no := false
	got, err := Load(write(t, `
secrets:
  chain: [vault, environment]
  providers:
    vault:
      command: [/usr/local/bin/vault-provider, --mount, kv]
      env: [VAULT_ADDR, "VAULT_NAMESPACE=team=a"]
      timeout: 1m30s
  onepassword: {vault: Team, transport: cli, resident: false, timeout: 20s, idle: 5m}
  kubernetes:
    kubeconfig: /etc/kube
    context: staging
    namespace: tools
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Secrets{
		Chain: got.Secrets.Chain,
		Providers: map[string]Program{"vault": {
			Command: []string{"/usr/local/bin/vault-provider", "--mount", "kv"},
			Env:     []string{"VAULT_ADDR", "VAULT_NAMESPACE=team=a"},
			Timeout: "1m30s",
		}},
		OnePassword: OnePassword{Vault: "Team", Transport: TransportCLI, Resident: &no, Timeout: "20s", Idle: "5m"},
		Kubernetes:  Kubernetes{Kubeconfig: "/etc/kube", Context: "staging", Namespace: "tools"},
	}
	if limit := got.Secrets.Providers["vault"].Timeout.Duration(); limit != 90*time.Second {
		t.Errorf("the limit is %v", limit)
	}
	if diff := cmp.Diff(want, got.Secrets, cmp.Comparer(func(a, b Step) bool { return a.Provider == b.Provider })); diff != "" {
		t.Error(diff)
	}
}

func TestLoad_RefusesProvidersThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no command":        {"providers: {vault: {env: [A]}}", "secrets.providers.vault: command is missing"},
		"empty command":     {"providers: {vault: {command: []}}", "command is missing"},
		"null":              {"providers: {vault: }", "command is missing"},
		"own name":          {"providers: {op: {command: [/x]}}", "belongs to thv"},
		"no scheme":         {"providers: {Vault: {command: [/x]}}", "lower-case letter"},
		"a digit first":     {"providers: {2fa: {command: [/x]}}", "lower-case letter"},
		"mistyped key":      {"providers: {vault: {comand: [/x]}}", `[2:23] secrets.providers.vault: unknown field "comand"; there are command, env, timeout`},
		"mistyped vault":    {"onepassword: {valt: x}", `[2:17] secrets.onepassword: unknown field "valt"`},
		"mistyped cluster":  {"kubernetes: {contxt: x}", `[2:16] secrets.kubernetes: unknown field "contxt"`},
		"no variable":       {"providers: {vault: {command: [/x], env: ['a-b=canary']}}", "env, entry 1"},
		"NUL":               {`providers: {vault: {command: [/x], env: ["A=canary\0"]}}`, "env, entry 1"},
		"no duration":       {"providers: {vault: {command: [/x], timeout: soon}}", "secrets.providers.vault: timeout is a length of time"},
		"no list":           {"providers: {vault: {command: /x}}", "[2:32] "},
		"negative":          {"providers: {vault: {command: [/x], timeout: -1s}}", "above zero"},
		"negative for op":   {"onepassword: {timeout: -1s}", "above zero"},
		"never idle":        {"onepassword: {idle: -1s}", "above zero"},
		"unknown transport": {"onepassword: {transport: carrier-pigeon}", "sdk or cli"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, "secrets:\n  "+c.text+"\n"), "op")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("err = %v", err)
			} else if strings.Contains(err.Error(), "canary") {
				t.Errorf("%v repeats what may be a secret", err)
			}
		})
	}
}
