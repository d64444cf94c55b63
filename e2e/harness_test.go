package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thv-secrets/thv/e2e/engine"
)

// bin is the directory of the executables under test.
var bin string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	if os.Getenv("THV_REAL") == "" {
		return m.Run(), nil
	}
	var err error
	if bin, err = os.MkdirTemp("", "thv-e2e-"); err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(bin) }()
	if err := errors.Join(build("../apps/cli", "./cmd/..."), buildInit(), build(".", "./cmd/keyserver", "./cmd/format1", "./cmd/leakprobe")); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func build(module string, packages ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-trimpath", "-o", bin + string(filepath.Separator)}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %v: %w\n%s", packages, err, output)
	}
	return nil
}

// buildInit builds the init under the name that it has beside thv.
func buildInit() error {
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", program("thv-init-linux-"+runtime.GOARCH), "./cmd/thv-init")
	cmd.Dir = filepath.Join("..", "apps", "cli")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the init: %w\n%s", err, output)
	}
	return nil
}

func needReal(t *testing.T) {
	t.Helper()
	if os.Getenv("THV_REAL") == "" {
		t.Skip("needs the built programs and real parts: THV_REAL is not set (make test sets it)")
	}
}

func program(name string) string { return filepath.Join(bin, name) }

// randomKey returns a value that no other test and no source has.
func randomKey(t *testing.T) string {
	t.Helper()
	raw := make([]byte, 12)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	return "k-" + hex.EncodeToString(raw)
}

func digestOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// user runs thv in a fresh home directory. It keeps all that its commands print.
type user struct {
	home string
	env  []string
	// global goes before every command's own arguments.
	global []string

	mu      sync.Mutex
	printed bytes.Buffer
}

// newUser returns a user with the environment of the test, without the variables that
// point thv to files outside the fresh home, and with vars added.
func newUser(t *testing.T, vars ...string) *user {
	t.Helper()
	home := t.TempDir()
	p := &user{home: home}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "TOOLHIVE_") || strings.HasPrefix(name, "XDG_") && name != "XDG_RUNTIME_DIR" || name == "CI" {
			continue
		}
		p.env = append(p.env, pair)
	}
	temporary := filepath.Join(home, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "HOME="+home, "TMPDIR="+temporary,
		"XDG_DATA_HOME="+filepath.Join(home, ".local", "share"),
		"XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
		"XDG_STATE_HOME="+filepath.Join(home, ".local", "state"),
		"XDG_CACHE_HOME="+filepath.Join(home, ".cache"))
	p.env = append(p.env, vars...)
	return p
}

// command returns thv with args, with standard error kept.
func (p *user) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program("thv"), append(append([]string{}, p.global...), args...)...)
	cmd.Env = p.env
	cmd.Dir = p.home
	cmd.Stderr = p
	return cmd
}

// Write keeps what a command printed.
func (p *user) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.Write(text)
}

func (p *user) everythingPrinted() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.String()
}

// run runs thv with input and returns its standard output and exit code. It
// keeps the output only if keep is set.
func (p *user) run(t *testing.T, input string, keep bool, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := p.command(ctx, args...)
	cmd.Stdin = strings.NewReader(input)
	output, err := cmd.Output()
	if keep {
		_, _ = p.Write(output)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("thv %q: %v", args, err)
	}
	return string(output), cmd.ProcessState.ExitCode()
}

// must is run for commands that have to succeed.
func (p *user) must(t *testing.T, input string, args ...string) string {
	t.Helper()
	output, code := p.run(t, input, true, args...)
	if code != 0 {
		t.Fatalf("thv %q: exit code %d\n%s", args, code, p.everythingPrinted())
	}
	return output
}

// withEngine returns an image of the key server at a real engine.
func withEngine(t *testing.T) (*engine.Engine, string) {
	t.Helper()
	return withImage(t, "keyserver")
}

// withImage returns an image of a program at a real engine.
func withImage(t *testing.T, name string) (*engine.Engine, string) {
	t.Helper()
	docker, err := engine.New("")
	if err != nil {
		t.Fatal(err)
	}
	if err := docker.Ping(t.Context()); err != nil {
		t.Fatalf("needs a container engine (hack/docker-engine.sh starts one): %v", err)
	}
	image := "thv-e2e-" + randomKey(t)[2:10] + ":latest"
	if err := docker.Import(t.Context(), image, program(name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := docker.RemoveImage(context.Background(), image); err != nil {
			t.Error(err)
		}
	})
	return docker, image
}
