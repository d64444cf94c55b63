package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/thv-secrets/thv/e2e/canary"
	"github.com/thv-secrets/thv/e2e/engine"
)

// arrival is the maximum wait of a test for an event. The tests do not assert how long it took.
const arrival = 2 * time.Minute

// rotating is a detached key server with secret weather-key, whose client is an MCP
// client.
type rotating struct {
	*user
	name, url string
}

// asVariable gives the secret to the key server in its environment.
const asVariable = "--secret=weather-key,target=API_KEY"

// rotatingStatus has the fields of a status file that a test reads.
type rotatingStatus struct {
	State     string `json:"state"`
	PID       int    `json:"pid"`
	Container string `json:"container"`
	Restarts  int    `json:"restarts"`
	Secrets   struct {
		Rotations int                  `json:"rotations"`
		Kept      []string             `json:"kept"`
		Changed   map[string]time.Time `json:"changed"`
		Failure   *struct {
			Class      string   `json:"class"`
			References []string `json:"references"`
		} `json:"failure"`
	} `json:"secrets"`
}

// detachRotating runs the key server detached, with options. Its end must be called.
func detachRotating(t *testing.T, p *user, image string, options ...string) *rotating {
	t.Helper()
	port := freePort(t)
	r := &rotating{user: p, name: "rotating-" + randomKey(t)[2:10], url: fmt.Sprintf("http://127.0.0.1:%d/mcp", port)}
	args := []string{"run", "-d", "--name", r.name, "--transport", "streamable-http", "--target-port", strconv.Itoa(port),
		"--network", "host"}
	p.must(t, "", append(append(args, options...), image)...)
	return r
}

// end stops the workload, and checks that nothing is left in the engine.
func (r *rotating) end(t *testing.T, docker *engine.Engine, image string) {
	t.Helper()
	if pid := r.status(t).PID; pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGTERM)
		r.await(t, "its end", func() bool { return syscall.Kill(pid, 0) != nil })
	}
	nothingIsLeft(t, docker, image)
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func (r *rotating) status(t *testing.T) rotatingStatus {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.home, ".local", "share", "toolhive", "thv", "statuses", r.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var st rotatingStatus
	if err := json.Unmarshal(text, &st); err != nil {
		t.Fatal(err)
	}
	return st
}

// key returns the server's key as an MCP client gets it; empty while the server does not respond.
func (r *rotating) key(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: r.url, MaxRetries: -1}, nil)
	if err != nil {
		return ""
	}
	defer session.Close()
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "echo_key", Arguments: map[string]any{"form": "plain"}})
	if err != nil || len(result.Content) != 1 {
		return ""
	}
	text, _ := result.Content[0].(*mcp.TextContent)
	return strings.TrimPrefix(text.Text, "the key is ")
}

func (r *rotating) awaitKey(t *testing.T, key string) {
	t.Helper()
	r.await(t, "the key", func() bool { return r.key(t) == key })
}

// TestRotation_ReachesTheClient changes a secret fifty times under load. An MCP client
// sees the last value, and the workload restarts at most once in an interval.
func TestRotation_ReachesTheClient(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withSecretService(t)
	first, last := randomKey(t), randomKey(t)
	p.must(t, first, "secret", "set", "weather-key")
	r := detachRotating(t, p, image, asVariable, "--on-secret-change", "restart", "--secret-interval", "10s")
	defer r.end(t, docker, image)
	r.awaitKey(t, first)

	began := time.Now()
	values := make(chan string)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for value := range values {
				p.must(t, value, "secret", "set", "weather-key")
			}
		})
	}
	for range 49 {
		values <- randomKey(t)
	}
	close(values)
	all.Wait()
	p.must(t, last, "secret", "set", "weather-key")
	r.awaitKey(t, last)
	r.await(t, "the record of it", func() bool { return r.status(t).Secrets.Changed["API_KEY"].After(began) })
	st := r.status(t)
	if most := 1 + int(time.Since(began)/(10*time.Second)); st.Secrets.Rotations > most || st.Restarts != st.Secrets.Rotations {
		t.Errorf("%d changes and %d restarts, at most %d may be: %+v", st.Secrets.Rotations, st.Restarts, most, st)
	}
	t.Logf("fifty values, the last seen after %v with %d restarts", time.Since(began), st.Restarts)
	for _, key := range []string{first, last} {
		forms := canary.New(key)
		huntHome(t, forms, p)
		hunt(t, forms, "what thv printed", []byte(p.everythingPrinted()))
	}
}

// TestRotation_LeavesAloneWhatDoesNotChange has the same value, another secret and a
// store that cannot be read do nothing to the workload, and a change after all that
// arrive.
func TestRotation_LeavesAloneWhatDoesNotChange(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	first, second := randomKey(t), randomKey(t)
	p.must(t, first, "secret", "set", "weather-key")
	r := detachRotating(t, p, image, asVariable, "--on-secret-change", "restart")
	defer r.end(t, docker, image)
	r.awaitKey(t, first)
	before := r.status(t)

	p.must(t, first, "secret", "set", "weather-key")
	p.must(t, second, "secret", "set", "another-key")
	store := filepath.Join(p.home, ".local", "share", "toolhive", "secrets_encrypted")
	whole, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(store, []byte("no store"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the failure", func() bool { return r.status(t).Secrets.Failure != nil })
	if f := r.status(t).Secrets.Failure; f.Class != "corrupt" && f.Class != "locked" {
		t.Errorf("the failure is %+v", f)
	}
	if st := r.status(t); st.Container != before.Container || st.State != "running" || r.key(t) != first {
		t.Errorf("the workload was touched: %+v, was %+v", st, before)
	}
	if err := os.WriteFile(store, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the end of the failure", func() bool { return r.status(t).Secrets.Failure == nil })
	p.must(t, second, "secret", "set", "weather-key")
	r.awaitKey(t, second)
	if want := r.name + " (running) restarts"; !strings.Contains(p.everythingPrinted(), want) {
		t.Errorf("%q is not said:\n%s", want, p.everythingPrinted())
	}
	r.await(t, "the record of it", func() bool { return r.status(t).Secrets.Rotations > 0 })
	if st := r.status(t); st.Secrets.Rotations != 1 || st.Restarts != 1 {
		t.Errorf("%d changes and %d restarts: %+v", st.Secrets.Rotations, st.Restarts, st)
	}
}

// TestRotation_IgnoresChangesUnlessToldOtherwise checks that the workload keeps its value, and that
// thv secret set reports this.
func TestRotation_IgnoresChangesUnlessToldOtherwise(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withPasswordFile(t)
	first := randomKey(t)
	p.must(t, first, "secret", "set", "weather-key")
	r := detachRotating(t, p, image, asVariable)
	defer r.end(t, docker, image)
	r.awaitKey(t, first)
	p.must(t, randomKey(t), "secret", "set", "weather-key")
	if want := r.name + " (running) keeps the old value until: thv restart " + r.name; !strings.Contains(p.everythingPrinted(), want) {
		t.Errorf("%q is not said:\n%s", want, p.everythingPrinted())
	}
	if st := r.status(t); st.Secrets.Rotations != 0 || st.Restarts != 0 || r.key(t) != first {
		t.Errorf("%+v", st)
	}
}

// TestRotation_RewritesFilesAndSignals checks that a running server reads its new key from a file,
// while a variable keeps the old one, which the status reports. The log contains neither.
func TestRotation_RewritesFilesAndSignals(t *testing.T) {
	needReal(t)
	docker, image := withEngine(t)
	p := withSecretService(t)
	first, second := randomKey(t), randomKey(t)
	p.must(t, first, "secret", "set", "weather-key")
	r := detachRotating(t, p, image, "--on-secret-change", "signal=HUP", "-e", "API_KEY_FILE=/run/secrets/key",
		"--secret", "weather-key,target=/run/secrets/key,mode=0444", "--secret", "weather-key,target=WEATHER_KEY")
	defer r.end(t, docker, image)
	r.awaitKey(t, first)
	before := r.status(t)
	p.must(t, second, "secret", "set", "weather-key")
	r.awaitKey(t, second)
	r.await(t, "the record of it", func() bool { return r.status(t).Secrets.Rotations > 0 })
	st := r.status(t)
	if st.Container != before.Container || st.Restarts != 0 || st.Secrets.Rotations != 1 {
		t.Errorf("%+v, was %+v", st, before)
	}
	if len(st.Secrets.Kept) != 1 || st.Secrets.Kept[0] != "WEATHER_KEY" {
		t.Errorf("the status says of %v that they keep old values", st.Secrets.Kept)
	}
	p.must(t, "", "logs", r.name)
	if printed := p.everythingPrinted(); strings.Count(printed, "the key in the file is [redacted]") != 2 {
		t.Errorf("the log is\n%s", printed)
	}
	for _, key := range []string{first, second} {
		huntHome(t, canary.New(key), p)
	}
	if text := p.must(t, "", "status", r.name); !strings.Contains(text, "WEATHER_KEY, until: thv restart "+r.name) {
		t.Errorf("the status is\n%s", text)
	}
}
