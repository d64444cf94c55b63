package fingerprint

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func of(t *testing.T, path string) string {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := secret.ParseRef("api-key")
	if err != nil {
		t.Fatal(err)
	}
	return f.Of(ref, secret.NewValue([]byte("value")))
}

func TestOpen_IsTheSameEveryTimeAndAnotherElsewhere(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a", "b", "key")
	var all sync.WaitGroup
	got := make([]string, 16)
	for i := range got {
		all.Go(func() { got[i] = of(t, path) })
	}
	all.Wait()
	for _, text := range got {
		if text != got[0] {
			t.Fatalf("%q", got)
		}
	}
	if of(t, filepath.Join(folder, "other")) == got[0] {
		t.Error("two installations have one key")
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
}

func TestOpen_RefusesWhatOthersReadAndWhatIsDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"others": {strings.Repeat("k", 32), 0o644}, "short": {"k", 0o600}, "long": {strings.Repeat("k", 33), 0o600},
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS == "windows" && name == "others" {
			continue
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "rm ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
