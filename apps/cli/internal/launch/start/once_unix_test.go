//go:build !windows

package start_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestRun_AnEnvFileThatIsReadOnceIsNotSaved(t *testing.T) {
	t.Parallel()
	f := given(t)
	pipe := filepath.Join(t.TempDir(), "env")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	f.plan.Spec.EnvFiles = []string{pipe}
	go func() { _ = os.WriteFile(pipe, []byte("ONCE=1\n"), 0o600) }()
	if err := f.run(t); err != nil {
		t.Fatal(err)
	}
	if !f.names.apart {
		t.Error("got a conflict with what is saved under its name, want one only with what runs")
	}
	if slices.Contains(f.saved.did, "keep") || !strings.Contains(f.user.Said(), "can be read only once") || !slices.Contains(f.engine.Environments[0], "ONCE=1") {
		t.Errorf("got %q, %q and %q, want its variables and nothing saved", f.saved.did, f.user.Said(), f.engine.Environments)
	}
}
