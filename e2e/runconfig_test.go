package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/thv-secrets/thv/e2e/canary"
)

// TestRunConfig_RunsAgainWithItsKey saves a run, and uses the server from the saved RunConfig with an
// MCP client: with a key that was changed since, from the saved file and from a copy as from
// elsewhere. No file in the home ever contains a key.
func TestRunConfig_RunsAgainWithItsKey(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	first, second := randomKey(t), randomKey(t)
	talk := func(args ...string) {
		t.Helper()
		session := connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), args...)})
		if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused || text != "sunny in Bern" {
			t.Errorf("thv %q: %q (refused: %v)", args, text, refused)
		}
		if err := session.Close(); err != nil {
			t.Errorf("the end: %v\n%s", err, p.everythingPrinted())
		}
	}
	p.must(t, first, "secret", "set", "weather-key")
	talk(serverCommand(image, digestOf(first), "--name", "weather")...)
	saved := filepath.Join(p.home, ".local", "state", "toolhive", "runconfigs", "weather.json")
	talk("run", "--from-config", saved)

	// The reference stays, the value is another: the saved digest is of the first.
	p.must(t, second, "secret", "set", "weather-key")
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(p.home, "elsewhere.json")
	changed := strings.ReplaceAll(string(text), digestOf(first), digestOf(second))
	if err := os.WriteFile(elsewhere, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	talk("run", "--from-config", elsewhere, "--name", "elsewhere", "--yes") // another variable is asked about

	for _, key := range []string{first, second} {
		forms := canary.New(key)
		huntHome(t, forms, p)
		hunt(t, forms, "what thv printed", []byte(p.everythingPrinted()))
	}
	nothingIsLeft(t, docker, image)
}

func TestRunConfig_FromElsewhereStartsNothingUnasked(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	p.must(t, randomKey(t), "secret", "set", "weather-key")
	elsewhere := filepath.Join(p.home, "elsewhere.json")
	text := `{"image": "` + image + `", "network": "none", "secrets": ["weather-key,target=API_KEY"]}`
	if err := os.WriteFile(elsewhere, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := p.run(t, "", true, "run", "--from-config", elsewhere); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	if want := "weather-key goes to image " + image; !strings.Contains(p.everythingPrinted(), want) {
		t.Errorf("%q is not said:\n%s", want, p.everythingPrinted())
	}
	if _, err := os.Stat(filepath.Join(p.home, ".local", "state", "toolhive", "runconfigs")); err == nil {
		t.Error("something is saved")
	}
	nothingIsLeft(t, docker, image)
}
