package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword/onepasswordtest"
	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/secret"
)

// home is the home directory of a user, for commands that a test compares.
type home struct {
	t      *testing.T
	folder string
	vars   map[string]string
}

func newHome(t *testing.T) *home {
	t.Helper()
	if unsafe != "" {
		t.Skip("the user's own kernel keyring would be used: " + unsafe)
	}
	folder := t.TempDir()
	h := &home{t: t, folder: folder, vars: map[string]string{
		"GORACE": raceOptions, "PATH": os.Getenv("PATH"), "HOME": folder, "TMPDIR": folder,
		"XDG_DATA_HOME": filepath.Join(folder, "data"), "XDG_CONFIG_HOME": filepath.Join(folder, "config"),
		"XDG_STATE_HOME": filepath.Join(folder, "state"), "XDG_RUNTIME_DIR": "", "DBUS_SESSION_BUS_ADDRESS": "",
		// Random bytes, so that nothing waits for a key derivation.
		"TOOLHIVE_SECRETS_PASSWORD": "q0RrPX3rYkqkz2m3Jv0F5qv6m3m1o8Qe1yqk1x9u8aE=",
		"OP_SERVICE_ACCOUNT_TOKEN":  onepasswordtest.Token,
	}}
	t.Cleanup(func() { h.run("", "secret", "reset-keyring", "--yes") })
	return h
}

func (h *home) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) run(input string, args ...string) (stdout string, code int) {
	h.t.Helper()
	cmd := exec.Command("thv", args...)
	for name, value := range h.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// explained is what the JSON of explain says that a run must agree with.
type explained struct {
	Secrets []struct {
		Reference string       `json:"reference"`
		Outcome   secret.Class `json:"outcome"`
		DecidedBy string       `json:"decided_by"`
		Next      string       `json:"next"`
		Chain     []struct {
			Provider string       `json:"provider"`
			Asked    bool         `json:"asked"`
			Class    secret.Class `json:"class"`
		} `json:"chain"`
	} `json:"secrets"`
	Outcome  secret.Class `json:"outcome"`
	ExitCode int          `json:"exit_code"`
}

func (h *home) explain(refs []string, more ...string) explained {
	h.t.Helper()
	text, code := h.run("", append(append([]string{"--output", "json", "explain"}, refs...), more...)...)
	var e explained
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		h.t.Fatalf("explain %v %v: exit code %d, %v", refs, more, code, err)
	}
	if code != e.ExitCode {
		h.t.Errorf("explain ends with %d and says %d", code, e.ExitCode)
	}
	return e
}

// execs is the exit code of a run with refs.
func (h *home) execs(refs ...string) int {
	h.t.Helper()
	args := []string{"exec", "--no-masking"}
	for i, ref := range refs {
		args = append(args, "--secret", fmt.Sprintf("%s,target=SECRET_%d", ref, i))
	}
	_, code := h.run("", append(args, "--", "probe", "status", "0")...)
	return code
}

// agree checks that what was simulated has happened.
func (h *home) agree(what string, refs []string, simulated explained) {
	h.t.Helper()
	if diff := cmp.Diff(simulated, h.explain(refs)); diff != "" {
		h.t.Errorf("%s: it was simulated, and is:\n%s", what, diff)
	}
	if code := h.execs(refs...); code != simulated.ExitCode {
		h.t.Errorf("%s: a run ends with %d, and was to end with %d", what, code, simulated.ExitCode)
	}
}

// Providers that are programs can really fail with every class that can be told.
func TestExplain_SimulationOfEveryClassIsWhatARunDoes(t *testing.T) {
	refs := []string{"in-first", "in-second", "in-environment", "nowhere", "first://in-first", "second://in-second"}
	for _, row := range fallback.Table() {
		if !row.Configurable {
			continue // no provider reports it; core compares these
		}
		for _, rule := range [][]secret.Class{{secret.ClassNotFound}, {secret.ClassNotFound, row.Class}} {
			t.Run(fmt.Sprintf("%s-on-%v", row.Class, len(rule)), func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				h.programs(rule)
				for _, outage := range []map[string]secret.Class{
					{"first": row.Class}, {"second": row.Class},
					{"first": row.Class, "second": secret.ClassConflict}, {"first": secret.ClassTimeout, "second": row.Class},
				} {
					h.outage(refs, outage)
				}
			})
		}
	}
}

// outage simulates, makes it true, and compares.
func (h *home) outage(refs []string, outage map[string]secret.Class) {
	h.t.Helper()
	var simulate []string
	for victim, class := range outage {
		simulate = append(simulate, "--simulate", fmt.Sprintf("%s=%s", victim, class))
	}
	simulated := h.explain(refs, simulate...)
	for victim, class := range outage {
		defer h.write(victim+".json", h.plan(victim))
		h.write(victim+".json", fmt.Sprintf(`{"fail": %q}`, class))
	}
	h.agree(fmt.Sprint(outage), refs, simulated)
	if len(outage) > 1 {
		return
	}
	for _, s := range simulated.Secrets {
		if code := h.execs(s.Reference); (code == 0) != (s.Outcome == secret.ClassOK) {
			h.t.Errorf("%v: a run with %s alone ends with %d, and it was to be %s", outage, s.Reference, code, s.Outcome)
		}
	}
}

// programs are two, and the environment after them.
func (h *home) programs(rule []secret.Class) {
	on, err := json.Marshal(slices.Compact(rule))
	if err != nil {
		h.t.Fatal(err)
	}
	h.write("first.json", `{"values": {"in-first": "1"}}`)
	h.write("second.json", `{"values": {"in-second": "2"}}`)
	h.vars["TOOLHIVE_SECRET_IN_ENVIRONMENT"] = "3"
	h.write("config/toolhive/config.yaml", fmt.Sprintf(`
secrets:
  chain:
    - {provider: first, on: %[1]s}
    - {provider: second, on: %[1]s}
    - environment
  providers:
    first: {command: [probe, provider, %[2]s/first.json]}
    second: {command: [probe, provider, %[2]s/second.json]}
`, on, h.folder))
}

func (h *home) plan(name string) string {
	text, err := os.ReadFile(filepath.Join(h.folder, name+".json"))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// The others are made to fail in every way that there is here.
func TestExplain_SimulationOfEachProviderIsWhatARunDoes(t *testing.T) {
	const vaults = `{"vaults": [{"name": "Team", "items": [{"name": "in-1password", "fields": {"credential": "1"}}]}]}`
	refs := []string{
		"in-encrypted", "in-1password", "in-environment", "nowhere",
		"thv://in-encrypted", "op://Team/in-1password/credential", "env://IN_ENVIRONMENT", "keyring://service/account",
	}
	store := func(h *home) string { return filepath.Join("data", "toolhive", "secrets_encrypted") }
	outages := map[string]func(*home){
		"encrypted=not-found":   func(h *home) { h.remove(store(h)) },
		"encrypted=locked":      func(h *home) { h.vars["TOOLHIVE_SECRETS_PASSWORD"] = "wrong" },
		"encrypted=corrupt":     func(h *home) { h.write(store(h), "thv-secrets") },
		"encrypted=denied":      func(h *home) { h.chmod(store(h), 0o666) },
		"1password=locked":      func(h *home) { h.vars["OP_SERVICE_ACCOUNT_TOKEN"] = "" },
		"1password=denied":      func(h *home) { h.write(onepasswordtest.FileName, `{"fail": "denied"}`) },
		"1password=unavailable": func(h *home) { h.write(onepasswordtest.FileName, `{"fail": "rate-limited"}`) },
		"1password=not-found":   func(h *home) { h.write(onepasswordtest.FileName, `{}`) },
		"environment=not-found": func(h *home) { delete(h.vars, "TOOLHIVE_SECRET_IN_ENVIRONMENT"); delete(h.vars, "IN_ENVIRONMENT") },
		"keyring=unsupported":   func(*home) {}, // there is no session bus
		"k8s=unsupported":       func(*home) {}, // nor a kubeconfig
	}
	for _, outage := range slices.Sorted(maps.Keys(outages)) {
		for _, rule := range []string{"[not-found]", "[not-found, unavailable, denied, locked, corrupt]"} {
			t.Run(outage+rule, func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				h.vars["TOOLHIVE_SECRET_IN_ENVIRONMENT"], h.vars["IN_ENVIRONMENT"] = "3", "3"
				h.write(onepasswordtest.FileName, vaults)
				h.write("config/toolhive/config.yaml", fmt.Sprintf(`
secrets:
  onepassword: {vault: Team}
  chain:
    - {provider: encrypted, on: %[1]s}
    - {provider: 1password, on: %[1]s}
    - {provider: environment, on: %[1]s}
    - none
`, rule))
				if _, code := h.run("1", "secret", "set", "in-encrypted"); code != 0 {
					t.Fatalf("secret set ends with %d", code)
				}
				h.run("", "secret", "reset-keyring", "--yes")
				asked := refs
				if strings.HasPrefix(outage, "k8s") {
					asked = append(slices.Clone(refs), "k8s://namespace/secret/key")
				}
				simulated := h.explain(asked, "--simulate", outage)
				outages[outage](h)
				h.agree(outage, asked, simulated)
			})
		}
	}
}

func (h *home) remove(name string) {
	if err := os.Remove(filepath.Join(h.folder, name)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) chmod(name string, mode os.FileMode) {
	if err := os.Chmod(filepath.Join(h.folder, name), mode); err != nil {
		h.t.Fatal(err)
	}
}
