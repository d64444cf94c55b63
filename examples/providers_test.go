package examples

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// The shell's example is tested beside adapters/exec, in the same way.
func TestProviders_Conform(t *testing.T) {
	t.Parallel()
	for name, command := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conforms(t, command(t))
		})
	}
}

func TestProviders_GiveACommandItsSecret(t *testing.T) {
	t.Parallel()
	for name, command := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.write(t, "secrets/api-key", []byte("s3cr3t-of-"+name), 0o600)
			var words []string
			for _, word := range append(command(t), filepath.Join(h.path, "secrets")) {
				words = append(words, fmt.Sprintf("%q", word))
			}
			config := fmt.Sprintf("secrets:\n  chain: [files]\n  providers:\n    files: {command: [%s], env: [PATH, HOME]}\n", strings.Join(words, ", "))
			if err := os.WriteFile(h.config, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			output := h.must(t, "", "exec", "--secret", "api-key,target=A", "--secret", "files://api-key,target=B", "--dry-run", "--", "anything")
			if strings.Count(output, "from files") != 2 || strings.Contains(output, "s3cr3t-of-") {
				t.Errorf("got %q, want two secrets from files, without their value", output)
			}
		})
	}
}

// providers are the commands of the examples, without the directory that they read.
func providers() map[string]func(*testing.T) []string {
	return map[string]func(*testing.T) []string{
		"Go": func(*testing.T) []string { return []string{executable("provider-go")} },
		"Python": func(t *testing.T) []string {
			python := need(t, "python3")
			path := filepath.Join(t.TempDir(), "provider.py")
			if err := os.WriteFile(path, read(t, "provider.py"), 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{python, path}
		},
	}
}

func conforms(t *testing.T, command []string) {
	t.Helper()
	ref := func(text string) secret.Ref {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	var directory string
	providertest.Run(t, providertest.Harness{
		New: func(t testing.TB) provider.Provider {
			directory = t.TempDir()
			p, err := exec.Open(t.Context(), exec.Config{
				Name: "files", Scheme: "files", Command: append(command, directory),
				Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Kill)
			return struct{ provider.Checker }{p} // it can do nothing else
		},
		Seed: func(t testing.TB, _ provider.Provider, ref secret.Ref, value secret.Value) {
			if err := os.WriteFile(filepath.Join(directory, ref.Path()), value.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		Present:    []secret.Ref{ref("api-key"), ref("files://käse & brot"), ref("$HOME")},
		Missing:    ref("missing"),
		Unreadable: []secret.Ref{ref("files://../a"), ref("files://a/b"), ref(`files://a\b`)},
		Unholdable: []secret.Ref{ref(".hidden"), ref("a/b")},
		Break: func(t testing.TB, _ provider.Provider) {
			if err := os.RemoveAll(directory); err != nil {
				t.Fatal(err)
			}
		},
	})
}
