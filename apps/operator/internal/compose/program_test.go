package compose_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/operator/internal/clustertest"
)

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func fetch(t *testing.T, url, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The endpoint has a self-signed certificate.
	c := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 10 * time.Second} //nolint:gosec // of the test itself
	response, err := c.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

// The executable elects a leader, serves health and protected metrics, and stops
// gracefully on a signal.
func TestProgram_ServesHealthAndProtectedMetricsAndEndsWithGrace(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM on Windows")
	}
	c := clustertest.Connect(t)
	namespace := c.Namespace(t)
	health, metrics := freePort(t), freePort(t)
	command, log, copied := startOperator(t, "--kubeconfig", os.Getenv("THV_TEST_KUBECONFIG"), "--namespace", namespace,
		"--watch-namespaces", namespace, "--health-probe-bind-address", health, "--metrics-bind-address", metrics)
	for _, path := range []string{"/healthz", "/readyz"} {
		clustertest.Eventually(t, path, func() bool { code, _ := fetch(t, "http://"+health+path, ""); return code == 200 })
	}
	clustertest.Eventually(t, "it leads", func() bool { return strings.Contains(log.String(), "Starting workers") })
	// The metrics server starts asynchronously. Before it listens, the code is 0.
	var code int
	var body string
	clustertest.Eventually(t, "it serves metrics", func() bool { code, body = fetch(t, "https://"+metrics+"/metrics", ""); return code != 0 })
	if code != 401 {
		t.Errorf("metrics for all: %d %.100s", code, body)
	}
	if code, body := fetch(t, "https://"+metrics+"/metrics", token(t, "THV_TEST_KUBECONFIG_READER")); code != 403 {
		t.Errorf("metrics for one who may not: %d %.100s", code, body)
	}
	code, body = fetch(t, "https://"+metrics+"/metrics", token(t, "THV_TEST_KUBECONFIG"))
	for _, name := range []string{"thv_unresolved_references 0", "thv_rotation_restarts_total 0", "thv_oldest_unresolved_seconds 0", "controller_runtime_reconcile_total"} {
		if code != 200 || !strings.Contains(body, name) {
			t.Errorf("%d: no %s", code, name)
		}
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-copied
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// startOperator builds and starts the program, which the test's end kills. Its log is
// copied until it closes its error output, and shown if the test fails.
func startOperator(t *testing.T, args ...string) (command *exec.Cmd, log *safeBuffer, copied <-chan struct{}) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "thv-operator")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/thv-operator").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command = exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...)
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	log = &safeBuffer{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Fprintln(log, lines.Text())
		}
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return command, log, done
}

// token returns the token of a kubeconfig.
func token(t *testing.T, variable string) string {
	t.Helper()
	text, err := os.ReadFile(os.Getenv(variable))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), `token: "`)
	found, _, _ := strings.Cut(after, `"`)
	return found
}
