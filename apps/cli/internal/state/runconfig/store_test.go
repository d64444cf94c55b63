package runconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func TestSave_IsWhatLoadAnswers(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	s := New(state)
	for _, image := range []string{"first", "second"} {
		if err := s.save("web", workload.Spec{Image: image, Secrets: []string{"api-key"}}); err != nil {
			t.Fatal(err)
		}
		spec, err := s.Load("web")
		if err != nil || spec.Image != image || spec.SchemaVersion != workload.SchemaVersion {
			t.Errorf("%+v, %v", spec, err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{"": 0o700, "runconfigs": 0o700, "runconfigs/web.json": 0o600} {
		info, err := os.Stat(filepath.Join(state, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q is %v, %v", path, info.Mode(), err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(state, "runconfigs"))
	if err != nil || len(entries) != 1 {
		t.Errorf("there is more than the one file: %v, %v", entries, err)
	}
}

func TestSave_ReadersSeeOneOrTheOther(t *testing.T) {
	s := New(t.TempDir())
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 10 {
				spec := workload.Spec{Image: fmt.Sprint(i), Command: []string{strings.Repeat("x", 10000*i)}}
				if err := s.save("web", spec); err != nil {
					t.Error(err)
				}
				if got, err := s.Load("web"); err != nil || fmt.Sprint(len(got.Command[0])/10000) != got.Image {
					t.Errorf("a mixture of two: %s, %v", got.Image, err)
				}
			}
		})
	}
	group.Wait()
}

func TestSave_FailureLeavesWhatWasThere(t *testing.T) {
	state := t.TempDir()
	s := New(state)
	if err := s.save("web", workload.Spec{Image: "first"}); err != nil {
		t.Fatal(err)
	}
	large := workload.Spec{Image: "second", Command: []string{strings.Repeat("x", workload.MaxSpecSize)}}
	var usage *secret.UsageError
	if err := s.save("web", large); !errors.As(err, &usage) {
		t.Errorf("the error is %v", err)
	}
	if spec, err := s.Load("web"); err != nil || spec.Image != "first" {
		t.Errorf("%+v, %v", spec, err)
	}
	blocked := filepath.Join(state, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(filepath.Join(blocked, "state")).save("web", workload.Spec{}); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("the error is %v", err)
	}
}

func TestListAndRemove_KnowWhatIsSaved(t *testing.T) {
	state := t.TempDir()
	s := New(state)
	if names, err := s.List(); err != nil || names != nil {
		t.Errorf("%v, %v", names, err)
	}
	for _, name := range []string{"web", "b.c_d-e", "A"} {
		if err := s.save(name, workload.Spec{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []string{".thv-1", "notes.txt", ".json", "-x.json"} {
		if err := os.WriteFile(filepath.Join(state, "runconfigs", other), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(state, "runconfigs", "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := s.List()
	if diff := cmp.Diff([]string{"A", "b.c_d-e", "web"}, names); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := s.Remove("web"); err != nil {
		t.Error(err)
	}
	for _, gone := range []func(string) error{s.Remove, func(name string) error { _, err := s.Load(name); return err }} {
		if err := gone("web"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestLoad_RefusesWhatOthersCanWrite(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists say who can write")
	}
	state := t.TempDir()
	s := New(state)
	if err := s.save("web", workload.Spec{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(state, "runconfigs", "web.json")
	for _, c := range []struct {
		path      string
		mode, was os.FileMode
	}{{path, 0o622, 0o600}, {path, 0o602, 0o600}, {filepath.Dir(path), 0o772, 0o700}} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		var usage *secret.UsageError
		if _, err := s.Load("web"); !errors.As(err, &usage) || !strings.Contains(err.Error(), "chmod") || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%v of %s: %v", c.mode, c.path, err)
		}
		if err := os.Chmod(c.path, c.was); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRead_OnlyWhatWasSavedHereIsSaved(t *testing.T) {
	state := t.TempDir()
	s := New(state)
	if err := s.save("web", workload.Spec{}); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "web.json")
	if err := os.WriteFile(outside, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(state, "runconfigs")
	link := filepath.Join(state, "link.json")
	inward := filepath.Join(folder, "inward.json")
	if err := errors.Join(os.Symlink(filepath.Join(folder, "web.json"), link), os.Symlink(outside, inward)); err != nil {
		t.Skipf("no links here: %v", err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "web.json"): "web", folder + "/../runconfigs/web.json": "web", link: "web", outside: "", inward: "",
	} {
		if given, err := s.Read(path, nil); err != nil || given.Name != want {
			t.Errorf("%s is %q, %v", path, given.Name, err)
		}
	}
	if given, err := s.Read(Standard, strings.NewReader("{}")); err != nil || given.Name != "" {
		t.Errorf("standard input is %q, %v", given.Name, err)
	}
}
