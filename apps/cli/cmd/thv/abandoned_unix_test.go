//go:build !windows

package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// A start that is interrupted, or whose starter is killed, leaves nothing but what
// was saved before it.
func TestRunDetached_AStarterThatEndsLeavesNothing(t *testing.T) {
	t.Parallel()
	if unsafe != "" {
		t.Skip("the user's own kernel keyring would be used: " + unsafe)
	}
	c, _ := newChaos(t, 1)
	for sig, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGKILL: -1} {
		asked, release := make(chan struct{}, 100), make(chan struct{})
		registry := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			asked <- struct{}{}
			select {
			case <-release:
			case <-req.Context().Done():
			}
		}))
		image := strings.TrimPrefix(registry.URL, "http://") + "/slow:1"
		cmd := c.command("run", "-d", "--network", "none", "--name", "slow", "--yes", image)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-asked:
		case <-time.After(time.Minute):
			t.Fatalf("the image is not pulled: %s", said.String())
		}
		if !c.statuses.HasSupervisor("slow") {
			t.Error("there is no supervisor while the image is pulled")
		}
		_ = cmd.Process.Signal(sig)
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != code {
			t.Errorf("%v: it ends with %v", sig, err)
		}
		close(release)
		if !c.statuses.AwaitEnd("slow", time.Minute) {
			t.Errorf("%v: the supervisor stays", sig)
		}
		if _, err := c.statuses.Read("slow"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("%v: its status stays: %v", sig, err)
		}
		if left := c.containers(); len(left) > 0 {
			t.Errorf("%v: left %v", sig, left)
		}
		registry.Close()
	}
	if left, _ := filepath.Glob(filepath.Join(c.home, "data", "toolhive", "thv", "statuses", ".thv-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
