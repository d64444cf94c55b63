package repository

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
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

// The workspace hides a requirement that is not there; a build without it does not.
func TestVersions_EveryModuleRequiresWhatItImports(t *testing.T) {
	t.Parallel()
	const own = "github.com/thv-secrets/thv/"
	for _, file := range tracked(t, "*go.mod") {
		dir := filepath.Dir(file)
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range tracked(t, "*go.mod") {
			module := own + filepath.ToSlash(filepath.Dir(other))
			if other == file || strings.HasPrefix(other, dir+"/") || !moduleImports(t, dir, module) {
				continue
			}
			if !strings.Contains(string(text), module+" v0.0.0") || !strings.Contains(string(text), module+" => ") {
				t.Errorf("%s: got no require and replace of %s, want both, since it is imported", file, module)
			}
		}
	}
}

// moduleImports reports whether a Go file of the module in dir imports a package of module.
func moduleImports(t *testing.T, dir, module string) bool {
	t.Helper()
	line := regexp.MustCompile(`(?m)^(?:import )?\s*(?:[\w.]+ )?"` + regexp.QuoteMeta(module) + `(?:/[^"]*)?"\r?$`)
	for _, file := range tracked(t, dir+"/*.go") {
		if strings.Contains(file, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if line.Match(text) {
			return true
		}
	}
	return false
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
