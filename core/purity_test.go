package core

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/thv-secrets/thv/core"

// TestCore_ImportsTheStandardLibraryOnly reads every file itself: a workspace
// would build an impure core, and the answer of a program that is started here
// would come from the test cache.
func TestCore_ImportsTheStandardLibraryOnly(t *testing.T) {
	impure, files, err := impurities(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range impure {
		t.Error(line)
	}
	if files < 20 {
		t.Errorf("only %d files were read", files)
	}
}

func TestCore_PlantedImpurityIsFound(t *testing.T) {
	for name, c := range map[string]struct{ file, text, found string }{
		"module":    {"a.go", "package a\nimport _ \"github.com/spf13/cobra\"", "a.go imports github.com/spf13/cobra"},
		"test file": {"x/a_test.go", "package a\nimport _ \"gopkg.in/yaml.v3\"", "x/a_test.go imports gopkg.in/yaml.v3"},
		"adapter":   {"a.go", "package a\nimport _ \"github.com/thv-secrets/thv/adapters/env\"", "a.go imports github.com/thv-secrets/thv/adapters/env"},
		"neighbour": {"a.go", "package a\nimport _ \"github.com/thv-secrets/thv/corex\"", "a.go imports github.com/thv-secrets/thv/corex"},
		"cgo":       {"a.go", "package a\nimport \"C\"", "a.go imports C"},
		"other OS":  {"a_windows.go", "//go:build windows\npackage a\nimport _ \"golang.org/x/sys/windows\"", "a_windows.go imports golang.org/x/sys/windows"},
		"require":   {"go.mod", "module m\nrequire golang.org/x/sys v0.1.0", "go.mod has the directive require"},
		"block":     {"go.mod", "module m\n\nrequire (\n\tgolang.org/x/sys v0.1.0\n)", "go.mod has the directive require"},
		"replace":   {"go.mod", "module m\nreplace a => ../a", "go.mod has the directive replace"},
		"pure":      {"a.go", "package a\nimport (\n_ \"go/parser\"\n_ \"testing/synctest\"\n_ \"" + module + "/secret\"\n_ \"" + module + "\"\n)", ""},
		"testdata":  {"testdata/a.go", "package a\nimport _ \"github.com/spf13/cobra\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), filepath.FromSlash(c.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			root := strings.TrimSuffix(filepath.ToSlash(path), c.file)
			impure, _, err := impurities(os.DirFS(root))
			if err != nil || strings.Join(impure, "; ") != c.found {
				t.Errorf("found %q, %v; want %q", impure, err, c.found)
			}
		})
	}
}

// impurities are the imports below root, of any build, that are neither the
// standard library's nor core's, and what makes go.mod reach out of core.
func impurities(root fs.FS) (impure []string, files int, err error) {
	err = fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case entry.Name() == "go.mod":
			found, err := directives(root, path)
			impure = append(impure, found...)
			return err
		case !strings.HasSuffix(path, ".go"):
			return nil
		}
		files++
		found, err := imports(root, path)
		impure = append(impure, found...)
		return err
	})
	return impure, files, err
}

func imports(root fs.FS, path string) ([]string, error) {
	text, err := fs.ReadFile(root, path)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var impure []string
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if !standard(name) && name != module && !strings.HasPrefix(name, module+"/") {
			impure = append(impure, fmt.Sprintf("%s imports %s", path, name))
		}
	}
	return impure, nil
}

// standard reports whether a package is the standard library's: the first part
// of every other module's path has a dot.
func standard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !strings.Contains(first, ".") && name != "C"
}

func directives(root fs.FS, path string) ([]string, error) {
	text, err := fs.ReadFile(root, path)
	if err != nil {
		return nil, err
	}
	var impure []string
	for line := range strings.Lines(string(text)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.TrimSuffix(word, "(") {
		case "require", "replace", "tool":
			impure = append(impure, fmt.Sprintf("%s has the directive %s", path, strings.TrimSuffix(word, "(")))
		}
	}
	return impure, nil
}
