package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// configure writes the user's configuration file.
func (p *user) configure(t *testing.T, text string) {
	t.Helper()
	folder := filepath.Join(p.home, ".config", "toolhive")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A keyring's items are shared with other programs: what thv stores they read,
// and what they store thv reads.
func TestKeyringReferences_WithARealSecretService(t *testing.T) {
	needReal(t)
	p := withSecretService(t)
	service, key := "thv-e2e-"+randomKey(t), randomKey(t)
	ref := "keyring://" + service + "/some%2Fbody"
	p.must(t, key, "secret", "set", ref)
	t.Cleanup(func() { _ = exec.Command("secret-tool", "clear", "service", service).Run() })
	if got, code := p.run(t, "", false, "secret", "get", ref); code != 0 || got != key {
		t.Errorf("secret get ends with %d and another value", code)
	}
	theirs, err := exec.Command("secret-tool", "lookup", "service", service, "username", "some/body").Output()
	if err != nil || string(theirs) != key {
		t.Errorf("secret-tool does not read it: %v", err)
	}
	if got, code := p.run(t, "", true, "exec", "--secret", ref+",target=KEY", "--", "sh", "-c", "echo key is $KEY"); code != 0 || got != "key is [redacted]\n" {
		t.Errorf("exec ends with %d: %q", code, got)
	}
	p.must(t, "", "secret", "delete", ref)
	if _, code := p.run(t, "", true, "secret", "get", ref); code != 3 {
		t.Errorf("after the deletion: exit code %d", code)
	}
	store := exec.Command("secret-tool", "store", "--label=e2e", "service", service, "username", "other")
	store.Stdin = strings.NewReader(key)
	if output, err := store.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if got, code := p.run(t, "", false, "secret", "get", "keyring://"+service+"/other"); code != 0 || got != key {
		t.Errorf("what secret-tool stored is not read: exit code %d", code)
	}
	// The password of thv's own store cannot be read as a secret.
	if _, code := p.run(t, "", true, "secret", "get", "keyring://toolhive/toolhive"); code != 4 {
		t.Errorf("thv's own item: exit code %d", code)
	}
}

// The program of the documentation is the provider of a real MCP server's key.
func TestRoundTrip_KeyOfAProgram(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := offTheBus(t)
	key := randomKey(t)
	script, err := os.ReadFile(filepath.Join("..", "docs", "provider-protocol", "example.sh"))
	if err != nil {
		t.Fatal(err)
	}
	shelf := filepath.Join(p.home, "shelf")
	for _, err := range []error{
		os.Mkdir(shelf, 0o700), os.WriteFile(filepath.Join(shelf, "weather-key"), []byte(key), 0o600),
		os.WriteFile(filepath.Join(p.home, "example.sh"), script, 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.configure(t, fmt.Sprintf("secrets:\n  chain: [shelf, environment]\n  providers:\n    shelf: {command: [%q, %q]}\n",
		filepath.Join(p.home, "example.sh"), shelf))
	t.Run("Process", func(t *testing.T) { roundTrip(t, p, key, "") })
	t.Run("Container", func(t *testing.T) {
		roundTrip(t, p, key, image)
		nothingIsLeft(t, docker, image)
	})
	t.Run("Explained", func(t *testing.T) {
		out, code := p.run(t, "", true, "run", "--dry-run", "--secret", "weather-key,target=API_KEY", image)
		if code != 0 || !strings.Contains(out, "weather-key as API_KEY: from shelf, fingerprint ") || strings.Contains(out, key) {
			t.Errorf("exit code %d: %s", code, out)
		}
	})
}

// An outage does not mean that the secret is missing: the next provider is not asked, and nothing
// starts.
func TestRoundTrip_OutageStartsNothing(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := offTheBus(t)
	p.configure(t, "secrets:\n  chain: [shelf, environment]\n  providers:\n    shelf: {command: [/bin/false]}\n")
	p.env = append(p.env, "TOOLHIVE_SECRET_WEATHER_KEY=weaker")
	if _, code := p.run(t, "", true, "run", "--network", "none", "--secret", "weather-key,target=API_KEY", image); code != 6 {
		t.Errorf("exit code %d, want 6", code)
	}
	nothingIsLeft(t, docker, image)
	if out, code := p.run(t, "", true, "run", "--dry-run", "--secret", "weather-key,target=API_KEY", image); code != 6 || !strings.Contains(out, "only after not-found from shelf") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// However many names there are, the store's file is read once for the values, and if
// some are missing once more for the names that are like them.
func TestExec_HundredNamesAreOneReadOfTheStore(t *testing.T) {
	needReal(t)
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatalf("needs strace, which shows what is read: %v", err)
	}
	p := withPasswordFile(t)
	p.must(t, "a value", "secret", "set", "name-0")
	args := append(append([]string{}, p.global...), "exec")
	for i := range 100 { // all but one are looked for and not there
		args = append(args, "--secret", fmt.Sprintf("name-%d", i))
	}
	trace := filepath.Join(p.home, "trace")
	traced := append([]string{"-f", "-e", "trace=openat,open", "-o", trace, program("thv")}, args...)
	cmd := exec.CommandContext(t.Context(), "strace", append(traced, "--", "true")...)
	cmd.Env, cmd.Stderr = p.env, p
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("%v, want exit code 3\n%s", err, p.everythingPrinted())
	}
	if !strings.Contains(p.everythingPrinted(), "99 secrets are missing") {
		t.Errorf("not 99 are missing:\n%s", p.everythingPrinted())
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `/secrets_encrypted"`) && !strings.Contains(line, "ENOENT") {
			opened++
		}
	}
	if opened != 2 {
		t.Errorf("the store's file is opened %d times, want 2", opened)
	}
}
