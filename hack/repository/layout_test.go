package repository

import (
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const wings = "apps/cli/internal/"

// allowed returns the parts of apps/cli from the table of ARCHITECTURE.md, each with those that it may
// import.
func allowed(t *testing.T) map[string][]string {
	t.Helper()
	_, section, _ := strings.Cut(string(contents(t, "ARCHITECTURE.md")), "\n## apps/cli/internal\n")
	section, _, _ = strings.Cut(section, "\n## ")
	all := map[string][]string{}
	var above []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|.*\\| ([^|]*) \\|$").FindAllStringSubmatch(section, -1) {
		switch wing, may := row[1], row[2]; may {
		case "none":
			all[wing] = nil
		case "all above":
			all[wing] = slices.Clone(above)
		default:
			all[wing] = strings.Split(may, ", ")
		}
		above = append(above, row[1])
	}
	return all
}

// The imports of every file are read, so that those of other platforms are among them.
func TestArchitecture_TheWingsImportWhatItsTableSays(t *testing.T) {
	t.Parallel()
	may := allowed(t)
	entries, err := os.ReadDir(filepath.Join(root, wings))
	if err != nil {
		t.Fatal(err)
	}
	var directories []string
	for _, entry := range entries {
		directories = append(directories, entry.Name())
	}
	if got := slices.Sorted(maps.Keys(may)); !slices.Equal(got, directories) {
		t.Fatalf("got the wings %q in the table, want the directories %q", got, directories)
	}
	arrows := map[string]bool{}
	for _, file := range tracked(t, wings+"*.go") {
		from, _, _ := strings.Cut(strings.TrimPrefix(file, wings), "/")
		for _, path := range imports(t, file) {
			_, inside, found := strings.Cut(path, "/"+wings)
			to, _, _ := strings.Cut(inside, "/")
			if !found || to == from {
				continue
			}
			arrows[from+" -> "+to] = true
			if !slices.Contains(may[from], to) {
				t.Errorf("%s: got an import of %s, want only those that the table of ARCHITECTURE.md gives %s: %s", file, inside, from, strings.Join(may[from], ", "))
			}
		}
	}
	if len(arrows) < 10 {
		t.Errorf("got %d arrows between wings, want those of the whole app", len(arrows))
	}
}

func TestArchitecture_OnlyTheRootImportsVerbs(t *testing.T) {
	t.Parallel()
	for _, file := range tracked(t, "apps/cli/*.go") {
		if strings.HasPrefix(file, wings+"cli/root/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, path := range imports(t, file) {
			if strings.Contains(path, "/internal/cli/verbs/") {
				t.Errorf("%s: got an import of the verb %s, want it in the root alone", file, path)
			}
		}
	}
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, contents(t, file), parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, spec := range parsed.Imports {
		all = append(all, strings.Trim(spec.Path.Value, "`\""))
	}
	return all
}

func TestProjectLayout_EveryPathExists(t *testing.T) {
	t.Parallel()
	text := string(contents(t, "docs/project-layout.md"))
	if lines := strings.Count(text, "\n"); lines > 120 {
		t.Errorf("got %d lines, want at most 120: it is read in one go", lines)
	}
	files, paths := tracked(t), 0
	for _, match := range regexp.MustCompile("`([^` ]+/[^` ]+)`").FindAllStringSubmatch(text, -1) {
		path := strings.Replace(match[1], "…/", wings, 1)
		paths++
		if !slices.ContainsFunc(files, func(file string) bool { return file == path || strings.HasPrefix(file, path+"/") }) {
			t.Errorf("got the path %s, want a file or directory of the repository", match[1])
		}
	}
	if paths < 30 {
		t.Errorf("got %d paths, want the whole way", paths)
	}
	for _, page := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		if !strings.Contains(string(contents(t, page)), "(docs/project-layout.md)") {
			t.Errorf("%s: got no link to docs/project-layout.md, want one", page)
		}
	}
}
