package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// addContext writes a context as docker does.
func addContext(t *testing.T, directory, name, meta string, files map[string]string) {
	t.Helper()
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	write(t, filepath.Join(directory, "contexts", "meta", id, "meta.json"), meta)
	for file, text := range files {
		write(t, filepath.Join(directory, "contexts", "tls", id, "docker", file), text)
	}
}

func choiceIn(directory string, variables ...string) (choice, error) {
	return choose(procenv.New(append(variables, "DOCKER_CONFIG="+directory)), slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func TestChoose_HasDockersOrder(t *testing.T) {
	d := t.TempDir()
	write(t, filepath.Join(d, "config.json"), `{"currentContext": "used"}`)
	addContext(t, d, "used", `{"Name": "used", "Endpoints": {"docker": {"Host": "unix:///used.sock"}}}`, nil)
	addContext(t, d, "named", `{"Name": "named", "Endpoints": {"docker": {"Host": "tcp://127.0.0.1:1", "SkipTLSVerify": true}}}`, nil)
	tests := map[string]struct {
		variables []string
		want, by  string
	}{
		"docker context use": {nil, "unix:///used.sock", "the Docker context used"},
		"DOCKER_CONTEXT":     {[]string{"DOCKER_CONTEXT=named"}, "tcp://127.0.0.1:1", "the Docker context named"},
		"DOCKER_HOST":        {[]string{"DOCKER_CONTEXT=named", "DOCKER_HOST=unix:///host.sock"}, "unix:///host.sock", "DOCKER_HOST"},
		"default":            {[]string{"DOCKER_CONTEXT=default"}, "unix:///var/run/docker.sock", ""},
	}
	for name, test := range tests {
		got, err := choiceIn(d, test.variables...)
		if err != nil || got.hosts[0] != test.want || got.by != test.by {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if skips := got.tls != nil && got.tls.InsecureSkipVerify; skips != (test.by == "the Docker context named") {
			t.Errorf("%s: TLS %+v", name, got.tls)
		}
	}
}

func TestChoose_WhatCannotBeReadIsNoOtherEngine(t *testing.T) {
	d := t.TempDir()
	addContext(t, d, "damaged", `{"Name": "canary-9`, nil)
	addContext(t, d, "other", `{"Name": "other", "Endpoints": {"kubernetes": {"Host": "x"}}}`, nil)
	addContext(t, d, "ca", `{"Name": "ca", "Endpoints": {"docker": {"Host": "tcp://127.0.0.1:1"}}}`, map[string]string{"ca.pem": "canary-9"})
	addContext(t, d, "pair", `{"Name": "pair", "Endpoints": {"docker": {"Host": "tcp://127.0.0.1:1"}}}`, map[string]string{"cert.pem": "canary-9", "key.pem": "canary-9"})
	tests := map[string]struct {
		name, says string
		want       error
	}{
		"absent": {"nosuch", "context not found", workload.ErrInvalidSpec}, "damaged": {"damaged", "docker context inspect", secret.ErrCorrupt},
		"endpoint": {"other", "no docker endpoint", workload.ErrInvalidSpec}, "name": {"../x", "context", workload.ErrInvalidSpec},
		"ca": {"ca", "ca.pem", workload.ErrInvalidSpec}, "pair": {"pair", "key.pem", workload.ErrInvalidSpec},
	}
	for name, test := range tests {
		_, err := choiceIn(d, "DOCKER_CONTEXT="+test.name)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	write(t, filepath.Join(d, "config.json"), `{"currentContext": "canary-9`)
	_, err := choiceIn(d)
	if !errors.Is(err, secret.ErrCorrupt) || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "DOCKER_CONTEXT") {
		t.Error(err)
	}
	// Who chooses by a variable is not stopped by the file.
	if got, err := choiceIn(d, "DOCKER_HOST=unix:///x"); err != nil || got.hosts[0] != "unix:///x" {
		t.Error(got, err)
	}
}

func TestPlaces_PodmansAreTheLast(t *testing.T) {
	got := places(procenv.New([]string{"XDG_RUNTIME_DIR=/run/user/7", "HOME=/home/x"}))
	if n := len(got); n < 3 || got[0] != "unix:///var/run/docker.sock" ||
		got[n-2] != "unix:///run/user/7/podman/podman.sock" || got[n-1] != "unix:///run/podman/podman.sock" {
		t.Error(got)
	}
}

func TestChoose_TimeoutIsAWholeNumberOfSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"": 0, "1": time.Second, "120": 2 * time.Minute, "3600": time.Hour} {
		if got, err := choiceIn(t.TempDir(), "DOCKER_CLIENT_TIMEOUT="+text); err != nil || got.timeout != want {
			t.Errorf("DOCKER_CLIENT_TIMEOUT=%q: got %v, %v, want %v", text, got.timeout, err, want)
		}
	}
	for _, text := range []string{"0", "-1", "3601", "1.5", "60s", " 60", "99999999999999999999"} {
		_, err := choiceIn(t.TempDir(), "DOCKER_CLIENT_TIMEOUT="+text)
		if !errors.Is(err, workload.ErrInvalidSpec) || !strings.Contains(err.Error(), "DOCKER_CLIENT_TIMEOUT") {
			t.Errorf("DOCKER_CLIENT_TIMEOUT=%q: got %v, want an invalid value that names the variable", text, err)
		}
	}
}
