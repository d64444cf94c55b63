package engine

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/core/secret"
)

func configured(t *testing.T, text string) func(string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return registryAuth(app.NewEnviron([]string{"DOCKER_CONFIG=" + folder}))
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

func TestRegistryAuth_BrokenConfigurationIsAnErrorWithoutItsText(t *testing.T) {
	_, err := configured(t, `{"auths": {"canary-9"`)("ghcr.io")
	if !errors.Is(err, secret.ErrCorrupt) || strings.Contains(err.Error(), "canary") {
		t.Errorf("err = %v", err)
	}
}

func TestRegistryAuth_NoConfigurationIsNoLogin(t *testing.T) {
	auth := registryAuth(app.NewEnviron([]string{"HOME=" + t.TempDir()}))
	if encoded, err := auth("ghcr.io"); encoded != "" || err != nil {
		t.Errorf("%q, %v", encoded, err)
	}
}
