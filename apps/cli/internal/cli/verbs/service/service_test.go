package service

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/secret"
)

var odd = [][2]string{{"XDG_DATA_HOME", `/home/o "dd" \ 100% $HOME`}, {"DOCKER_HOST", "unix:///run/docker.sock"}}

func TestSystemd_IsAUnitThatSystemdTakes(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("THV_REAL") == "1" {
			t.Fatal("systemd-analyze is not here")
		}
		t.Skip("systemd-analyze is not here")
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "a b%c", "thv")
	if err := errors.Join(os.MkdirAll(filepath.Dir(program), 0o700), os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	u := systemd(program, folder, odd)
	if err := errors.Join(os.MkdirAll(filepath.Dir(u.path), 0o700), os.WriteFile(u.path, []byte(u.text), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(verify, "verify", "--user", u.path)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+folder, "HOME="+folder, "XDG_CONFIG_HOME="+folder)
	output, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(output), "thv.service") {
		t.Errorf("%v: %s\n%s", err, output, u.text)
	}
}

func TestLaunchd_EscapesWhatItSays(t *testing.T) {
	u := launchd("/a<b>&c/thv", "/Users/o", odd)
	if !strings.Contains(u.text, "<string>/a&lt;b&gt;&amp;c/thv</string>") || !strings.HasPrefix(u.path, "/Users/o/Library/LaunchAgents/") {
		t.Errorf("%s\n%s", u.path, u.text)
	}
}

func TestUnitOf_WindowsHasNone(t *testing.T) {
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	thv := filepath.Join(filepath.Dir(self), "thv")
	if err := os.WriteFile(thv, nil, 0o700); err != nil {
		t.Skipf("cannot write beside the test: %v", err)
	}
	t.Cleanup(func() { _ = os.Remove(thv) })
	a := &app.App{Environ: procenv.New([]string{"HOME=" + folder}), ConfigPath: app.ConfigPath(filepath.Join(folder, "toolhive", "config.yaml"))}
	if _, err := unitOf(a, "windows"); !errors.Is(err, secret.ErrUnsupported) {
		t.Error(err)
	}
	for _, system := range []string{"linux", "darwin"} {
		if u, err := unitOf(a, system); err != nil || !strings.HasPrefix(u.path, folder) || !strings.Contains(u.text, "--all") {
			t.Errorf("%s: %+v %v", system, u, err)
		}
	}
}
