package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadme_TheTourRuns runs the tour as a reader would type it.
func TestReadme_TheTourRuns(t *testing.T) {
	needReal(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```sh\n")
	tour, _, closed := strings.Cut(rest, "```")
	if !found || !closed || strings.Count(tour, "\n") != 11 {
		t.Fatalf("README.md has no tour of eleven lines:\n%s", tour)
	}
	p := withSecretService(t)
	// The reader's working directory is a project whose files must not change.
	own := filepath.Join(p.home, ".env")
	if err := os.WriteFile(own, []byte("OWN=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Env = append(slices.Clip(p.env), "PATH="+bin+":"+os.Getenv("PATH"))
	shell.Dir = p.home
	shell.Stdin = strings.NewReader(tour)
	var printed, complaints bytes.Buffer
	shell.Stdout, shell.Stderr = &printed, &complaints
	if err := shell.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, printed.String(), complaints.String())
	}
	if text, err := os.ReadFile(own); err != nil || string(text) != "OWN=1\n" {
		t.Errorf("the reader's .env: got %q, %v, want it untouched", text, err)
	}
	if _, code := p.run(t, "", true, "secret", "get", "api-key"); code != 0 {
		t.Errorf("api-key, which later sections of README.md use: exit code %d, want 0", code)
	}
	for _, want := range []string{"api-key", "s3cr3t-key", "my key is [redacted]", "\n3\n", "abc", "api-key: from encrypted, fingerprint "} {
		if !strings.Contains(printed.String(), want) {
			t.Errorf("the tour did not print %q:\n%s%s", want, printed.String(), complaints.String())
		}
	}
	if strings.Contains(printed.String(), "hello") {
		t.Error("something was started without its secret")
	}
}
