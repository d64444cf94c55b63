package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// encodings returns what a leak of value could look like. It is written apart
// from the masker's own list.
func encodings(t *testing.T, value string) map[string]string {
	t.Helper()
	quoted, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"plain":   value,
		"hex":     hex.EncodeToString([]byte(value)),
		"url":     url.QueryEscape(value),
		"path":    url.PathEscape(value),
		"json":    strings.Trim(string(quoted), `"`),
		"go":      strings.Trim(strconv.Quote(value), `"`),
		"numbers": strings.Trim(strings.ReplaceAll(jsonNumbers(value), ",", " "), "[]"),
		"array":   strings.Trim(jsonNumbers(value), "[]"),
	}
	// Whatever precedes the value in a base64 text shifts it by 0, 1 or 2 bytes.
	for shift := range 3 {
		encoded := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + value))
		inner := encoded[4 : len(encoded)-4]
		forms["base64url"+strconv.Itoa(shift)] = inner
		forms["base64"+strconv.Itoa(shift)] = strings.NewReplacer("-", "+", "_", "/").Replace(inner)
	}
	return forms
}

// jsonNumbers is how a []byte looks that was printed by mistake.
func jsonNumbers(value string) string {
	numbers := make([]string, len(value))
	for i, b := range []byte(value) {
		numbers[i] = strconv.Itoa(int(b))
	}
	return "[" + strings.Join(numbers, ",") + "]"
}

// hunt reports every form of the canary in content.
func hunt(t *testing.T, forms map[string]string, where string, content []byte) {
	t.Helper()
	lower := bytes.ToLower(content)
	for name, form := range forms {
		if bytes.Contains(content, []byte(form)) || name == "hex" && bytes.Contains(lower, []byte(form)) {
			t.Errorf("the canary is in %s (as %s)", where, name)
		}
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
	canary := `can"ary/` + randomKey(t) + "+é&tail"
	forms := encodings(t, canary)

	p.must(t, canary, "secret", "set", "weather-key")
	p.must(t, "", "secret", "list")
	p.must(t, "", "secret", "list", "--output", "json")
	p.run(t, "", true, "secret", "get", "absent")
	p.run(t, "", true, "secret", "set", "weather-key", canary) // a mistake that people make
	p.run(t, "", true, "exec", "--secret", "weather-key="+canary, "--", "true")

	for _, where := range []string{"", image} {
		session := connect(t, &mcp.CommandTransport{Command: p.command(context.Background(), serverCommand(where, digestOf(canary))...)})
		if text, refused := call(t, session, "forecast", map[string]any{"city": "Bern"}); refused {
			t.Errorf("forecast: %s", text)
		}
		for _, form := range []string{"plain", "base64", "url"} {
			text, _ := call(t, session, "echo_key", map[string]any{"form": form})
			hunt(t, forms, "the server's answer", []byte(text))
		}
		huntProcesses(t, forms, canary)
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
	if got, _ := p.run(t, "", false, "secret", "get", "weather-key"); got != canary {
		t.Error("secret get does not answer the canary")
	}
}

// huntHome looks at every file of the person, temporary ones included.
func huntHome(t *testing.T, forms map[string]string, p *person) {
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

// huntProcesses looks at every process's arguments, where nobody asked for the
// canary, and its environment, where the server alone may have it.
func huntProcesses(t *testing.T, forms map[string]string, canary string) {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(folders) == 0 {
		t.Logf("no /proc here: processes are not looked at")
		return
	}
	holders := 0
	for _, folder := range folders {
		// Processes end while this runs; what cannot be read is gone.
		arguments, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		name, _, _ := strings.Cut(string(arguments), "\x00")
		hunt(t, forms, "the arguments of "+name, arguments)
		environment, _ := os.ReadFile(filepath.Join(folder, "environ"))
		if bytes.Contains(environment, []byte(canary)) {
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
