package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
)

func configured(t *testing.T, text string) func(string) (string, error) {
	t.Helper()
	return configuredFor(t, text, io.Discard)
}

func configuredFor(t *testing.T, text string, said io.Writer) func(string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return registryAuth(procenv.New([]string{"DOCKER_CONFIG=" + folder}), slog.New(slog.NewTextHandler(said, nil)))
}

func TestRegistryAuth_AnswersWhatDockerLoginStored(t *testing.T) {
	login := base64.StdEncoding.EncodeToString([]byte("who:canary-9"))
	auth := configured(t, `{"auths": {"ghcr.io": {"auth": "`+login+`"}, "https://index.docker.io/v1/": {"auth": "`+login+`"}}}`)
	for _, registry := range []string{"ghcr.io", "docker.io"} {
		encoded, err := auth(registry)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := base64.URLEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Username, Password string }
		if err := json.Unmarshal(decoded, &got); err != nil || got.Username != "who" || got.Password != "canary-9" {
			t.Errorf("%s: user %q, %v", registry, got.Username, err)
		}
	}
	if encoded, err := auth("quay.io"); encoded != "" || err != nil {
		t.Errorf("not logged in: %q, %v", encoded, err)
	}
}

// As docker, which warns and pulls without credentials.
func TestRegistryAuth_WhatFailsIsAWarningWithoutItsText(t *testing.T) {
	helpers := t.TempDir()
	helper := "#!/bin/sh\necho canary-9 is wrong\nexit 1\n"
	if err := os.WriteFile(filepath.Join(helpers, "docker-credential-broken"), []byte(helper), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", helpers)
	for _, text := range []string{
		`{"auths": {"canary-9"`, `{"credsStore": "broken"}`, `{"credHelpers": {"ghcr.io": "broken"}}`, `{"credsStore": "absent"}`,
	} {
		var said bytes.Buffer
		encoded, err := configuredFor(t, text, &said)("ghcr.io")
		if encoded != "" || err != nil || strings.Contains(said.String(), "canary") || !strings.Contains(said.String(), "ghcr.io") {
			t.Errorf("%s: %q, %v: %s", text, encoded, err, said.String())
		}
	}
}

func TestRegistryAuth_AnswersWhatAHelperKeeps(t *testing.T) {
	helpers := t.TempDir()
	helper := "#!/bin/sh\nread -r server\necho \"{\\\"ServerURL\\\":\\\"$server\\\",\\\"Username\\\":\\\"who\\\",\\\"Secret\\\":\\\"canary-9\\\"}\"\n"
	if err := os.WriteFile(filepath.Join(helpers, "docker-credential-mine"), []byte(helper), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", helpers)
	for _, text := range []string{`{"credsStore": "mine"}`, `{"credHelpers": {"ghcr.io": "mine"}}`} {
		encoded, err := configured(t, text)("ghcr.io")
		decoded, _ := base64.URLEncoding.DecodeString(encoded)
		if err != nil || !strings.Contains(string(decoded), "canary-9") {
			t.Errorf("%s: %d bytes, %v", text, len(decoded), err)
		}
	}
}

func TestRegistryAuth_NoConfigurationIsNoLogin(t *testing.T) {
	auth := registryAuth(procenv.New([]string{"HOME=" + t.TempDir()}), slog.New(slog.DiscardHandler))
	if encoded, err := auth("ghcr.io"); encoded != "" || err != nil {
		t.Errorf("%q, %v", encoded, err)
	}
}
