package e2e

import (
	"bytes"
	"os"
	"os/exec"
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
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Env = append(slices.Clip(p.env), "PATH="+bin+":"+os.Getenv("PATH"))
	shell.Dir = p.home
	shell.Stdin = strings.NewReader(tour)
	var printed, complaints bytes.Buffer
	shell.Stdout, shell.Stderr = &printed, &complaints
	if err := shell.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, printed.String(), complaints.String())
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
