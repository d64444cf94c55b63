package e2e

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/thv-secrets/thv/e2e/canary"
)

// hunt reports every form of the canary in content.
func hunt(t *testing.T, c canary.Canary, where string, content []byte) {
	t.Helper()
	if found := c.In(content); len(found) > 0 {
		t.Errorf("the canary is in %s (as %s)", where, strings.Join(found, ", "))
	}
}

// TestCanary_IsFoundOnlyWhereItWasAskedFor follows one value through a whole
// session with --debug: stored, listed, injected into a process and into a
// container that leak it, looked for in everything that thv left or printed.
func TestCanary_IsFoundOnlyWhereItWasAskedFor(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withSecretService(t)
	p.global = append(p.global, "--debug")
	value := `can"ary/` + randomKey(t) + "+é&tail"
	forms := canary.New(value)

	p.must(t, value, "secret", "set", "weather-key")
	p.must(t, "", "secret", "list")
	p.must(t, "", "secret", "list", "--output", "json")
	p.run(t, "", true, "secret", "get", "absent")
	p.run(t, "", true, "secret", "set", "weather-key", value) // a mistake that people make
	p.run(t, "", true, "exec", "--secret", "weather-key="+value, "--", "true")

	for _, where := range []string{"", image} {
		session := connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), serverCommand(where, digestOf(value))...)})
		if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused {
			t.Errorf("forecast: %s", text)
		}
		for _, form := range []string{"plain", "base64", "url"} {
			text, _ := call(t, session, "echo_key", map[string]any{"form": form})
			hunt(t, forms, "the server's answer", []byte(text))
		}
		huntProcesses(t, forms, value)
		huntHome(t, forms, p)
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	}
	nothingIsLeft(t, docker, image)
	huntHome(t, forms, p)
	hunt(t, forms, "what thv printed", []byte(p.everythingPrinted()))
	if !strings.Contains(p.everythingPrinted(), "DEBUG") && !strings.Contains(p.everythingPrinted(), "debug") {
		t.Errorf("--debug logged nothing, so this test saw nothing:\n%s", p.everythingPrinted())
	}
	if got, _ := p.run(t, "", false, "secret", "get", "weather-key"); got != value {
		t.Error("secret get does not answer the canary")
	}
}

// huntHome looks at every file of the user, temporary ones included.
func huntHome(t *testing.T, forms canary.Canary, p *user) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(p.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		hunt(t, forms, path, content)
		hunt(t, forms, "the name "+path, []byte(path))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if files == 0 {
		t.Error("no file in the home: the store is elsewhere, and this test looked at nothing")
	}
}

// huntProcesses searches the arguments and the environment of every process. No
// arguments may hold the canary, and only the server's environment may.
func huntProcesses(t *testing.T, forms canary.Canary, value string) {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(folders) == 0 {
		t.Logf("no /proc here: processes are not looked at")
		return
	}
	holders := 0
	for _, folder := range folders {
		// Processes exit while this runs; one that cannot be read is gone.
		arguments, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		name, _, _ := strings.Cut(string(arguments), "\x00")
		hunt(t, forms, "the arguments of "+name, arguments)
		environment, _ := os.ReadFile(filepath.Join(folder, "environ"))
		if bytes.Contains(environment, []byte(value)) {
			holders++
			// A container's environment is also its init process's.
			if base := filepath.Base(name); base != "keyserver" && base != "docker-init" {
				t.Errorf("the canary is in the environment of %s", name)
			}
		}
	}
	if holders == 0 {
		t.Error("no process has the canary in its environment: this test did not see the server")
	}
}
