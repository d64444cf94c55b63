package e2e

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/thv-secrets/thv/e2e/engine"
)

// connect makes transport an MCP session.
func connect(t *testing.T, transport mcp.Transport) *mcp.ClientSession {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, nil)
	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	return session
}

// call calls a tool and returns its text, and whether it refused.
func call(t *testing.T, session *mcp.ClientSession, tool string, arguments map[string]any) (string, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("call %s: %v", tool, err)
	}
	var text strings.Builder
	for _, content := range result.Content {
		if part, ok := content.(*mcp.TextContent); ok {
			text.WriteString(part.Text)
		}
	}
	return text.String(), result.IsError
}

// serverCommand returns the arguments that run the key server with secret
// weather-key, locally or in a container of image.
func serverCommand(image, digest string, more ...string) []string {
	verb := "exec"
	if image != "" {
		verb = "run"
	}
	args := append([]string{verb, "--secret", "weather-key,target=API_KEY", "-e", "API_KEY_SHA256=" + digest}, more...)
	if image != "" {
		return append(args, "--network", "none", image)
	}
	return append(args, "--", program("keyserver"))
}

func TestRoundTrip(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	for _, who := range userKinds {
		t.Run(who.name, func(t *testing.T) {
			p := who.make(t)
			key := randomKey(t)
			p.must(t, key+"\n", "secret", "set", "weather-key")
			t.Run("Process", func(t *testing.T) { roundTrip(t, p, key, "") })
			t.Run("Container", func(t *testing.T) {
				roundTrip(t, p, key, image)
				nothingIsLeft(t, docker, image)
			})
		})
	}
}

// roundTrip is a whole MCP session: the server answers, since it has its key,
// and its leaks are masked on the way.
func roundTrip(t *testing.T, p *user, key, image string) {
	t.Helper()
	session := connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), serverCommand(image, digestOf(key))...)})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused || text != "sunny in Bern" {
		t.Errorf("forecast: %q (refused: %v)", text, refused)
	}
	for _, form := range []string{"plain", "base64", "url"} {
		text, _ := call(t, session, "echo_key", map[string]any{"form": form})
		if text != "the key is [redacted]" {
			t.Errorf("the key as %s came through as %q", form, strings.ReplaceAll(text, key, "<the key>"))
		}
	}
	if err := session.Close(); err != nil {
		t.Errorf("the end: %v\n%s", err, p.everythingPrinted())
	}
	printed := p.everythingPrinted()
	if !strings.Contains(printed, "keyserver: the key is [redacted]") {
		t.Errorf("standard error did not come through:\n%s", printed)
	}
	if strings.Contains(printed, key) || strings.Contains(printed, base64.StdEncoding.EncodeToString([]byte(key))) {
		t.Error("the key is in standard error")
	}
}

func TestRoundTrip_UnmaskedOnRequest(t *testing.T) {
	needReal(t)
	p := withPasswordFile(t)
	key := randomKey(t)
	p.must(t, key, "secret", "set", "weather-key")
	command := p.command(context.Background(), serverCommand("", digestOf(key), "--no-masking")...)
	session := connect(t, &mcp.CommandTransport{Command: command})
	if text, _ := call(t, session, "echo_key", map[string]any{"form": "plain"}); text != "the key is "+key {
		t.Error("--no-masking masks")
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
}

func TestRoundTrip_ServerRefusesTheWrongKey(t *testing.T) {
	needReal(t)
	p := withPasswordFile(t)
	p.must(t, "another key", "secret", "set", "weather-key")
	session := connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), serverCommand("", digestOf("right"))...)})
	if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); !refused || !strings.Contains(text, "wrong API_KEY") {
		t.Errorf("forecast: %q (refused: %v)", text, refused)
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
}

func TestMissingSecrets_StartNothingAndAreAllNamed(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	p.must(t, "there", "secret", "set", "there")
	marker := filepath.Join(p.home, "started")
	secrets := []string{"--secret", "there", "--secret", "absent-one", "--secret", "absent-two"}

	local := append(append([]string{"exec"}, secrets...), "--", "touch", marker)
	if _, code := p.run(t, "", true, local...); code != 3 {
		t.Errorf("thv exec: exit code %d, want 3", code)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("the process was started")
	}
	container := append(append([]string{"run", "--network", "none"}, secrets...), image)
	if _, code := p.run(t, "", true, container...); code != 3 {
		t.Errorf("thv run: exit code %d, want 3", code)
	}
	nothingIsLeft(t, docker, image)
	printed := p.everythingPrinted()
	for _, name := range []string{"absent-one", "absent-two"} {
		if strings.Count(printed, name) < 2 {
			t.Errorf("%s is not named by both commands:\n%s", name, printed)
		}
	}
}

func nothingIsLeft(t *testing.T, docker *engine.Engine, image string) {
	t.Helper()
	names, err := docker.Containers(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) > 0 {
		t.Errorf("containers are left: %v", names)
	}
}
