package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/thv-secrets/thv/e2e/canary"
)

// withRegistry has p's configuration name a registry in which two servers are
// image, and ask for a variable of the same name.
func withRegistry(t *testing.T, p *user, image, digest string) {
	t.Helper()
	entry := fmt.Sprintf(`{"image": %q, "env_vars": [
		{"name": "API_KEY", "description": "Key of the server", "required": true, "secret": true},
		{"name": "API_KEY_SHA256", "default": %q}]}`, image, digest)
	folder := filepath.Join(p.home, ".config", "toolhive")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"servers.json": fmt.Sprintf(`{"servers": {"keys": %s, "others": %s}}`, entry, entry),
		"config.yaml":  "registry_path: servers.json\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRegistry_WhatIsTypedOnceIsFoundByAnMCPClient(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	key := randomKey(t)
	withRegistry(t, p, image, digestOf(key))

	if _, code := p.run(t, "", true, "run", "--network", "none", "keys"); code != 2 {
		t.Errorf("no terminal: exit code %d, want 2", code)
	}
	if printed := p.everythingPrinted(); !strings.Contains(printed, "API_KEY (secret), Key of the server: --secret NAME,target=API_KEY") {
		t.Errorf("no terminal:\n%s", printed)
	}
	nothingIsLeft(t, docker, image)

	screen := typed(t, p, key, "run", "--network", "none", "keys")
	if strings.Contains(screen, key) || !strings.Contains(screen, "Stored API_KEY for keys") {
		t.Errorf("the screen:\n%s", strings.ReplaceAll(screen, key, "<the key>"))
	}
	nothingIsLeft(t, docker, image)

	session := connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), "run", "--network", "none", "keys")})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused || text != "sunny in Bern" {
		t.Errorf("forecast: %q (refused: %v)", text, refused)
	}
	if err := session.Close(); err != nil {
		t.Errorf("the end: %v", err)
	}
	saved := filepath.Join(p.home, ".local", "state", "toolhive", "runconfigs", "keys.json")
	session = connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), "run", "--from-config", saved)})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused || text != "sunny in Bern" {
		t.Errorf("forecast, from what was saved: %q (refused: %v)", text, refused)
	}
	if err := session.Close(); err != nil {
		t.Errorf("the end, from what was saved: %v", err)
	}
	huntHome(t, canary.New(key), p)
	if _, code := p.run(t, "", true, "run", "--network", "none", "others"); code != 2 {
		t.Errorf("the other server: exit code %d, want 2", code)
	}
	nothingIsLeft(t, docker, image)
}

// typed runs thv at a terminal, types key at the prompt, ends the server's input once it is ready,
// and returns the content of the screen.
func typed(t *testing.T, p *user, key string, args ...string) string {
	t.Helper()
	ours, theirs := openTerminal(t)
	cmd := p.command(t.Context(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	answers := []struct{ to, with string }{{"not shown: ", key + "\n"}, {"keyserver: ready", "\x04"}}
	var screen bytes.Buffer
	for part := make([]byte, 4096); ; {
		n, err := ours.Read(part)
		screen.Write(part[:n])
		if err != nil {
			break
		}
		if len(answers) > 0 && strings.Contains(screen.String(), answers[0].to) {
			if _, err := ours.WriteString(answers[0].with); err != nil {
				t.Fatal(err)
			}
			answers = answers[1:]
		}
	}
	if err := cmd.Wait(); err != nil || len(answers) > 0 {
		t.Errorf("thv: %v\n%s", err, strings.ReplaceAll(screen.String(), key, "<the key>"))
	}
	return screen.String()
}
