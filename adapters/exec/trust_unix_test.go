//go:build unix

package exec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

// installed makes folder/bin/provider, all of it of safe modes.
func installed(t *testing.T) (folder string) {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	chmod(t, folder, 0o755)
	write(t, filepath.Join(folder, "bin", "provider"), 0o755)
	return folder
}

func write(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	chmod(t, filepath.Dir(path), 0o755)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	chmod(t, path, mode)
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	if err := os.Lchown(path, 12345, -1); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestTrusted_ProgramsThatOthersCanChangeAreDenied(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, folder string)
		path  string // "" is bin/provider
		names string // what the error names after its command, below folder
		mend  string
	}{
		"everybody may write": {spoil: func(t *testing.T, f string) { chmod(t, f+"/bin/provider", 0o777) }, names: "/bin/provider", mend: "chmod go-w"},
		"others may write":    {spoil: func(t *testing.T, f string) { chmod(t, f+"/bin/provider", 0o757) }, names: "/bin/provider", mend: "chmod go-w"},
		"sticky program":      {spoil: func(t *testing.T, f string) { chmod(t, f+"/bin/provider", 0o777|fs.ModeSticky) }, names: "/bin/provider", mend: "chmod go-w"},
		"its folder":          {spoil: func(t *testing.T, f string) { chmod(t, f+"/bin", 0o777) }, names: "/bin", mend: "chmod go-w"},
		"a folder above":      {spoil: func(t *testing.T, f string) { chmod(t, f, 0o757) }, names: "", mend: "chmod go-w"},
		"another's program":   {spoil: func(t *testing.T, f string) { chown(t, f+"/bin/provider") }, names: "/bin/provider", mend: ""},
		"another's folder":    {spoil: func(t *testing.T, f string) { chown(t, f+"/bin") }, names: "/bin", mend: ""},
		"another's in sticky": {spoil: func(t *testing.T, f string) { chmod(t, f+"/bin", 0o777|fs.ModeSticky); chown(t, f+"/bin/provider") }, names: "/bin/provider", mend: ""},
		"a link's folder": {spoil: func(t *testing.T, f string) {
			write(t, f+"/links/other", 0o755)
			link(t, "../bin/provider", f+"/links/provider")
			chmod(t, f+"/links", 0o777)
		}, path: "/links/provider", names: "/links", mend: "chmod go-w"},
		"a link's goal": {spoil: func(t *testing.T, f string) {
			link(t, f+"/bin", f+"/link")
			chmod(t, f+"/bin", 0o777)
		}, path: "/link/provider", names: "/bin", mend: "chmod go-w"},
		"another's link": {spoil: func(t *testing.T, f string) {
			link(t, "bin", f+"/link")
			chown(t, f+"/link")
		}, path: "/link/provider", names: "/link", mend: ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := installed(t)
			c.spoil(t, folder)
			if c.path == "" {
				c.path = "/bin/provider"
			}
			_, err := Open(t.Context(), Config{Name: "test", Scheme: "memory", Command: []string{folder + c.path}})
			command := ""
			if c.mend != "" {
				command = c.mend + " " + folder + c.names
			}
			var mends interface{ Fix() string }
			if !errors.Is(err, secret.ErrDenied) || !strings.HasSuffix(err.Error(), command) || !strings.Contains(err.Error(), folder+c.names) || strings.Contains(err.Error(), "chown") {
				t.Errorf("%v", err)
			} else if !errors.As(err, &mends) || mends.Fix() != command {
				t.Errorf("its fix is not %s", command)
			}
		})
	}
}

func TestTrusted_ProgramsThatNobodyElseCanChangeAreTaken(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, folder string)
		path    string
	}{
		"plain":             {func(*testing.T, string) {}, "/bin/provider"},
		"not clean":         {func(*testing.T, string) {}, "/bin/.././bin//provider"},
		"in a sticky one":   {func(t *testing.T, f string) { chmod(t, f, 0o777|fs.ModeSticky) }, "/bin/provider"},
		"by a link":         {func(t *testing.T, f string) { link(t, "provider", f+"/bin/link") }, "/bin/link"},
		"by absolute links": {func(t *testing.T, f string) { link(t, f+"/bin", f+"/a"); link(t, f+"/a/provider", f+"/b") }, "/b"},
		"by a parent":       {func(t *testing.T, f string) { write(t, f+"/x/y/z", 0o700); link(t, "x/y", f+"/l") }, "/l/../../bin/provider"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := installed(t)
			c.prepare(t, folder)
			got, err := Trusted(folder + c.path)
			if err != nil || got != folder+"/bin/provider" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestTrusted_WhatIsNoProgramIsUnavailable(t *testing.T) {
	folder := installed(t)
	chmod(t, folder+"/bin/provider", 0o644)
	link(t, "loop", folder+"/loop")
	link(t, "nowhere", folder+"/dangling")
	for path, text := range map[string]string{
		"/bin/provider": "is not executable (chmod +x ", "/bin": "is no program", "/loop": "too many", "/dangling": "install it",
		"/bin/provider/x": "not a directory", "/absent/x": "install it",
	} {
		_, err := Config{Name: "test", Command: []string{folder + path}}.trusted()
		if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTrusted_OfAnothersProgramNamesNoConfiguration(t *testing.T) {
	folder := installed(t)
	for path, text := range map[string]string{
		folder + "/absent": "no program " + folder + "/absent; install it", folder + "/bin": folder + "/bin is no program",
		"bin/provider": "the program bin/provider is not started, since its path is not absolute",
	} {
		if got, err := Trusted(path); got != "" || !errors.Is(err, secret.ErrUnavailable) || !strings.HasSuffix(err.Error(), "unavailable: "+text) {
			t.Errorf("%q, %v", got, err)
		}
	}
	chmod(t, folder+"/bin/provider", 0o777)
	if got, err := Trusted(folder + "/bin/provider"); got != "" || !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "; run: chmod go-w ") {
		t.Errorf("%q, %v", got, err)
	}
}
