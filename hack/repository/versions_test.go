package repository

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// asReleased are modules that build programs of others exactly as these were
// released: tools/kubernetes is the cluster of the tests, tools/monitoring an
// archive of resource definitions. Their versions are those of the release.
var asReleased = []string{"tools/kubernetes/go.mod", "tools/monitoring/go.mod"}

func TestVersions_EveryDependencyHasOneInAllModules(t *testing.T) {
	t.Parallel()
	files := tracked(t, "*go.mod")
	if len(files) < 15 {
		t.Fatalf("got %d go.mod files, want all of the repository", len(files))
	}
	uses := map[string]map[string][]string{} // module -> version -> files
	for _, file := range files {
		if slices.Contains(asReleased, file) {
			continue
		}
		for module, version := range requirements(t, file) {
			if uses[module] == nil {
				uses[module] = map[string][]string{}
			}
			uses[module][version] = append(uses[module][version], file)
		}
	}
	for module, versions := range uses {
		if len(versions) > 1 {
			t.Errorf("%s: got the versions %v, want one; set it with go mod edit -require, then make tidy", module, versions)
		}
	}
}

func TestVersions_EveryModuleIsInTheWorkspaceOrATool(t *testing.T) {
	t.Parallel()
	list := command(t, "go", "list", "-m", "-f", "{{.Dir}}")
	for _, file := range tracked(t, "*go.mod") {
		dir, err := filepath.Abs(filepath.Join(root, filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(file, "tools/") && !slices.Contains(strings.Fields(list), dir) {
			t.Errorf("%s: got a module outside of go.work, want a line for it there", file)
		}
	}
}

// requirements returns the versions that file requires, without the modules of
// this repository.
func requirements(t *testing.T, file string) map[string]string {
	t.Helper()
	var parsed struct {
		Require []struct{ Path, Version string }
	}
	text := command(t, "go", "mod", "edit", "-json", file)
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	versions := map[string]string{}
	for _, r := range parsed.Require {
		if !strings.HasPrefix(r.Path, "github.com/thv-secrets/thv/") {
			versions[r.Path] = r.Version
		}
	}
	return versions
}
