//go:build unix

package registry_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
)

// give makes path another user's.
func give(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	if err := os.Lchown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
}

func TestLoad_ACopyThatOthersCouldChangeDecidesNothing(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, cache, file string){
		"another's file":      func(t *testing.T, _, file string) { give(t, file) },
		"another's directory": func(t *testing.T, cache, _ string) { give(t, cache) },
		"others write it": func(t *testing.T, _, file string) {
			if err := os.Chmod(file, 0o666); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			cache := filepath.Join(t.TempDir(), "cache")
			s, notes := source(t, server.URL, cache)
			has(t, s, "one")
			files, err := filepath.Glob(cache + "/registry-*.json")
			if err != nil || len(files) != 1 {
				t.Fatalf("copies: %v, %v", files, err)
			}
			// The plant has the ETag of what the server has, and another image.
			text, err := os.ReadFile(files[0])
			if err == nil {
				err = os.WriteFile(files[0], []byte(strings.ReplaceAll(string(text), "one", "planted")), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			has(t, s, "planted") // it is believed as long as it is this user's
			spoil(t, cache, files[0])
			has(t, s, "one")
			if said := strings.Join(*notes, "\n"); !strings.Contains(said, "is not used") || !strings.Contains(said, cache) {
				t.Errorf("notes: %s", said)
			}
		})
	}
}

func TestLoad_NothingIsKeptInADirectoryThatOthersWrite(t *testing.T) {
	server, cache := newServer(t), t.TempDir()
	if err := os.Chmod(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	s, notes := source(t, server.URL, cache)
	has(t, s, "one")
	if entries, err := os.ReadDir(cache); err != nil || len(entries) > 0 || !strings.Contains(strings.Join(*notes, "\n"), "is not kept") {
		t.Errorf("kept %v, %v; notes: %q", entries, err, *notes)
	}
}

func TestLoad_AFileThatOthersCouldChangeIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, file string){
		"another's":                 give,
		"another's directory above": func(t *testing.T, file string) { give(t, filepath.Dir(filepath.Dir(file))) },
		"another's link": func(t *testing.T, file string) {
			if err := os.Rename(file, file+".real"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(file+".real", file); err != nil {
				t.Fatal(err)
			}
			give(t, file)
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a", "b", "registry.json")
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(entry("one")), 0o600); err != nil {
				t.Fatal(err)
			}
			named, configured := registry.New(registry.Config{}), registry.New(registry.Config{Path: file})
			if _, err := named.Load(t.Context(), file, ""); err != nil {
				t.Fatal(err)
			}
			spoil(t, file)
			_, err := named.Load(t.Context(), file, "")
			if err == nil || !strings.Contains(err.Error(), "--registry") || !strings.Contains(err.Error(), "belongs to user 12345") || strings.Contains(err.Error(), "chown") {
				t.Errorf("named: %v", err)
			}
			if _, err := configured.Load(t.Context(), "", ""); err == nil || !strings.Contains(err.Error(), "registry_path") {
				t.Errorf("configured: %v", err)
			}
		})
	}
}
