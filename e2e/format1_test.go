package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// format1Program runs the independent program for stores of format 1.
func format1Program(t *testing.T, password, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program("format1"), args...)
	cmd.Env = append(os.Environ(), "PASSWORD="+password)
	cmd.Stdin = strings.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("format1 %q: %v", args, err)
	}
	return string(output)
}

func TestFormat1_AStoreOfAnotherProgramOpensChangesAndIsReadBack(t *testing.T) {
	needReal(t)
	p := offTheBus(t)
	t.Cleanup(func() { p.forget() })
	password := randomKey(t)
	p.env = append(p.env, "TOOLHIVE_SECRETS_PASSWORD="+password)
	folder := filepath.Join(p.home, ".local", "share", "toolhive")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(folder, "secrets_encrypted")
	format1Program(t, password, "their value", "put", store, "theirs")

	if got := p.must(t, "", "secret", "get", "theirs"); got != "their value" {
		t.Errorf("thv reads %q", got)
	}
	p.must(t, "our value", "secret", "set", "ours")
	p.must(t, "our change", "secret", "set", "theirs")
	if got := format1Program(t, password, "", "get", store, "ours"); got != "our value" {
		t.Errorf("the independent program reads %q", got)
	}
	if got := format1Program(t, password, "", "get", store, "theirs"); got != "our change" {
		t.Errorf("the independent program reads %q", got)
	}
	format1Program(t, password, "back again", "put", store, "theirs")
	if got := p.must(t, "", "secret", "get", "theirs"); got != "back again" {
		t.Errorf("thv reads %q after the independent program's change", got)
	}
}
