package examples

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// bin is the directory of the executables under test.
var bin string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "examples:", err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	if bin, err = os.MkdirTemp("", "thv-examples-"); err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(bin) }()
	for module, packages := range map[string][]string{
		"../apps/cli": {"./cmd/thv", "./cmd/thv-engine-docker"},
		".":           {"./provider-go"},
	} {
		cmd := exec.Command("go", append([]string{"build", "-buildvcs=false", "-trimpath", "-o", bin + string(filepath.Separator)}, packages...)...)
		cmd.Dir = module
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("build %v: %w\n%s", packages, err, output)
		}
	}
	return m.Run(), nil
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(bin, name)
}

// home is a new user's home, with an encrypted store that the file password opens,
// and the file of the configuration.
type home struct{ path, password, config string }

func newHome(t *testing.T) home {
	t.Helper()
	h := home{path: t.TempDir()}
	h.password = h.write(t, "password", []byte("correct horse battery staple\n"), 0o600)
	var made struct{ Config string }
	text := h.must(t, "", "secret", "setup", "--provider", "encrypted", "--password-file", h.password, "--output", "json")
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		t.Fatal(err)
	}
	h.config = made.Config
	return h
}

// write makes a file in the home, which belongs to this user alone.
func (h home) write(t *testing.T, name string, content []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(h.path, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}

// copied is a copy in the home of one of the examples.
func (h home) copied(t *testing.T, name string) string {
	t.Helper()
	return h.write(t, name, read(t, name), 0o600)
}

// must runs thv, which has to succeed, and returns its standard output.
func (h home) must(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), executable("thv"), args...)
	cmd.Dir, cmd.Stdin = h.path, strings.NewReader(input)
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); !strings.HasPrefix(name, "TOOLHIVE_") && !strings.HasPrefix(name, "XDG_") && !strings.HasPrefix(name, "DBUS_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, "HOME="+h.path, "LOCALAPPDATA="+h.path,
		"XDG_CONFIG_HOME="+filepath.Join(h.path, "config"), "XDG_RUNTIME_DIR="+h.path)
	var output, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("thv %q: got %v, want success\n%s%s", args, err, output.String(), problems.String())
	}
	return output.String()
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
