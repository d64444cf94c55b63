package settings

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSetProvider_KeepsCommentsAndUnknownKeys(t *testing.T) {
	for name, c := range map[string]struct{ before, want string }{
		"absent":       {"", "secrets:\n  provider_type: none\n  setup_completed: true\n"},
		"comment only": {"# mine\n", "# mine\nsecrets:\n  provider_type: none\n  setup_completed: true\n"},
		"replaces": {
			"# top\nclients:\n  - a # first\n  - b\nsecrets:\n  # why\n  provider_type: encrypted # chosen\n  other: 1\nlast: {x: 1}\n",
			"# top\nclients:\n  - a # first\n  - b\nsecrets:\n  setup_completed: true\n  # why\n  provider_type: none # chosen\n  other: 1\nlast: {x: 1}\n",
		},
		"no secrets": {
			"# top\nregistry_url: \"\" # none\n\notel:\n  insecure: false\n",
			"# top\nregistry_url: \"\" # none\n\notel:\n  insecure: false\nsecrets:\n  provider_type: none\n  setup_completed: true\n",
		},
		"one key":                       {"a: 1\n", "a: 1\nsecrets:\n  provider_type: none\n  setup_completed: true\n"},
		"null secrets":                  {"secrets:\na: 1\n", "secrets:\n  provider_type: none\n  setup_completed: true\na: 1\n"},
		"no line end":                   {"secrets:\n  provider_type: 'x'", "secrets:\n  setup_completed: true\n  provider_type: none"},
		"a value that looks like a key": {"a: |\n  secrets:\n    x: 1\nsecrets:\n    provider_type: \"x\"\n", "a: |\n  secrets:\n    x: 1\nsecrets:\n    setup_completed: true\n    provider_type: none\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.before)
			if err := SetProvider(path, "none"); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
			loaded, err := Load(path)
			if err != nil || loaded.Secrets.ProviderType != "none" {
				t.Errorf("Load = %+v, %v", loaded, err)
			}
		})
	}
}

func TestSetProvider_LeavesWhatItCannotEdit(t *testing.T) {
	for name, text := range map[string]string{
		"list":           "- a\n",
		"syntax":         "a: [1\n",
		"scalar secrets": "secrets: 3\n",
		"flow":           "{secrets: {a: 1}}\n",
		"flow secrets":   "secrets: {a: 1}\n",
		"anchor":         "secrets:\n  provider_type: &a x\n",
		"two documents":  "a: 1\n---\nb: 2\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, text)
			if err := SetProvider(path, "none"); err == nil {
				t.Error("no error")
			} else if !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not name the file", err)
			}
			got, _ := os.ReadFile(path)
			if string(got) != text {
				t.Errorf("the file was changed to %q", got)
			}
		})
	}
}

func TestLoad_NamesLineAndColumn(t *testing.T) {
	path := write(t, "secrets:\n  provider_type: [1, 2]\n")
	_, err := Load(path)
	if err == nil || !strings.Contains(err.Error(), "[2:") || !strings.Contains(err.Error(), path) {
		t.Errorf("err = %v", err)
	}
}

func TestSetProvider_LeavesALinkALink(t *testing.T) {
	target := write(t, "a: 1\n")
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := SetProvider(link, "none"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the link is replaced (%v)", err)
	}
	if loaded, err := Load(target); err != nil || loaded.Secrets.ProviderType != "none" {
		t.Errorf("its target: %+v, %v", loaded, err)
	}
}

func TestLoad_RefusesAFolderThatOthersCanWrite(t *testing.T) {
	path := write(t, "a: 1\n")
	if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_RefusesWhatOthersCanWrite(t *testing.T) {
	path := write(t, "a: 1\n")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("err = %v", err)
	}
}

// Another program unlinks the lock after it has unlocked it.
func TestSetProvider_WritesNothingUnderALockThatIsGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there a lock file that is open cannot be removed")
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	lock, err := filelock.AcquireShared(t.Context(), path+".lock", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if done, err := setUnder(lock, path, "encrypted"); done || err != nil {
		t.Errorf("%v, %v", done, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it has written")
	}
	if err := lock.Renew(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if done, err := setUnder(lock, path, "encrypted"); !done || err != nil {
		t.Errorf("%v, %v", done, err)
	}
}
