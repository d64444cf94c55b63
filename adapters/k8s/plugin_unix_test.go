//go:build unix

package k8s

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/thv-secrets/thv/core/secret"
)

const pluginAPI = "client.authentication.k8s.io/v1"

// plugin opens a provider whose credentials come from a shell script.
func plugin(t testing.TB, s *server, script string, config Config) *Provider {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plugin")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	config.Kubeconfig = []string{s.kubeconfig(t, func(k *kubeconfig) {
		k.user = api.AuthInfo{Exec: &api.ExecConfig{Command: path, APIVersion: pluginAPI, InteractiveMode: api.IfAvailableExecInteractiveMode}}
	})}
	return open(t, config)
}

func credentials(token string) string {
	return `echo '{"kind":"ExecCredential","apiVersion":"` + pluginAPI + `","status":{"token":"` + token + `"}}'` + "\n"
}

func TestPlugin_MakesTheCredentials(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer made" {
			answers(401, "text/plain", "")(w, r)
			return
		}
		holds("c")(w, r)
	})
	if _, err := plugin(t, s, credentials("made"), Config{}).Get(t.Context(), ref(t, "k8s://a/b/c")); err != nil {
		t.Error(err)
	}
	for op, err := range every(t, plugin(t, s, credentials("stale"), Config{})) {
		if !errors.Is(err, secret.ErrDenied) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func TestPlugin_WhatGoesWrongIsUnavailableAndRepeatsNothing(t *testing.T) {
	s := newServer(t, holds("c"))
	for script, want := range map[string]string{
		"exit 3":                      "exit code 3",
		"echo 'a: b: " + canary + "'": "what it prints cannot be used",
		"echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + pluginAPI + "\",\"status\":\"" + canary + "\"}'": "what it prints cannot be used",
	} {
		for op, err := range every(t, plugin(t, s, script, Config{})) {
			if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %s: %v", script, op, err)
			}
		}
	}
	path := s.kubeconfig(t, func(k *kubeconfig) {
		k.user = api.AuthInfo{Exec: &api.ExecConfig{Command: "thv-no-such-plugin", APIVersion: pluginAPI, InteractiveMode: api.NeverExecInteractiveMode, InstallHint: "two\nlines"}}
	})
	_, err := open(t, Config{Kubeconfig: []string{path}}).Get(t.Context(), ref(t, "k8s://a/b/c"))
	if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "thv-no-such-plugin not found") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

// client-go waits for a plugin without regard to any context.
func TestPlugin_ThatHangsEndsWithTheContext(t *testing.T) {
	hold := filepath.Join(t.TempDir(), "hold")
	if err := os.WriteFile(hold, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Remove(hold) }()
	// It ends with the test, and by itself should the test not come to its end.
	script := "n=0; while [ -e '" + hold + "' ] && [ $((n += 1)) -lt 600 ]; do sleep 0.05; done\n" + credentials("made")
	s := newServer(t, holds("c"))
	for op, err := range every(t, plugin(t, s, script, Config{Timeout: 100 * time.Millisecond})) {
		if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), "credential plugin") {
			t.Errorf("%s: %v", op, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := plugin(t, s, script, Config{}).Get(ctx, ref(t, "k8s://a/b/c")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
