package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const (
	chart = "../apps/operator/charts/thv-operator"
	crds  = chart + "/files/crds"
)

// checkShell checks commands that are not run here, e2e/cluster runs their like: the
// targets of make, the values of the chart, the kinds and files that they name exist.
func checkShell(t *testing.T, b block) {
	for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch words[0] {
		case "make":
			cmd := exec.CommandContext(t.Context(), "make", append([]string{"-n"}, words[1:]...)...)
			cmd.Dir = ".."
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", line, err, output)
			}
		case "helm":
			for i, word := range words {
				if word == "--set" {
					key, _, _ := strings.Cut(strings.Trim(words[i+1], "'"), "=")
					hasValue(t, key)
				}
			}
		case "kubectl", "skopeo", "ls":
			namesExist(t, words)
		default:
			t.Errorf("nothing checks %s", line)
		}
	}
}

// hasValue fails if the chart has no value of that key.
func hasValue(t *testing.T, key string) {
	t.Helper()
	// The members of a list that is empty by default are in the schema only.
	path, _, list := strings.Cut(key, "[")
	source, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values any
	if err := yaml.Unmarshal(source, &values); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		group, _ := values.(map[string]any)
		value, found := group[name]
		if !found {
			t.Errorf("the chart has no value %s", key)
			return
		}
		values = value
	}
	if _, isList := values.([]any); list != isList {
		t.Errorf("%s: a list in the command: %v, in the chart: %v", key, list, isList)
	}
}

// namesExist fails for a kind, a CRD or a file of dist/ that nothing makes.
func namesExist(t *testing.T, words []string) {
	t.Helper()
	made := readAll(t, crds+"/*.yaml", "../Makefile", "../hack/*.sh", "../hack/cmd/*/*.go")
	for _, word := range words {
		switch {
		case strings.HasPrefix(word, "mcp"):
			for kind := range strings.SplitSeq(word, ",") {
				name, _, _ := strings.Cut(kind, ".")
				if !strings.Contains(made, "plural: "+name+"\n") {
					t.Errorf("there is no kind %s", kind)
				}
			}
		case strings.Contains(word, "dist/") && strings.HasSuffix(word, ".yaml"):
			if !strings.Contains(made, filepath.Base(word)) {
				t.Errorf("nothing makes %s", word)
			}
		}
	}
}

func readAll(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(files))
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(source)
		}
	}
	return all.String()
}

// checkJSON loads a registry, and compares the fields of an output with those of
// thv's sources.
func checkJSON(t *testing.T, b block) {
	var value map[string]any
	if err := json.Unmarshal([]byte(b.text), &value); err != nil {
		t.Fatal(err)
	}
	if _, client := value["mcpServers"]; client {
		return // an MCP client's file: its command is checked with all commands
	}
	if _, registry := value["servers"]; registry {
		p := newUser(t)
		file := filepath.Join(p.home, "servers.json")
		if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
			t.Fatal(err)
		}
		p.must(t, "", "registry", "list", "--registry", file)
		return
	}
	tags := jsonTags(t)
	for _, key := range keys(value) {
		if !tags[key] && key != strings.ToUpper(key) {
			t.Errorf("no output has the field %q", key)
		}
	}
}

// keys returns the names of all fields of a JSON value.
func keys(value any) []string {
	var found []string
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			found = append(append(found, key), keys(inner)...)
		}
	case []any:
		for _, inner := range value {
			found = append(found, keys(inner)...)
		}
	}
	return found
}

var jsonTag = regexp.MustCompile("json:\"([A-Za-z_]+)")

// jsonTags returns the names of all fields that thv's types have in JSON.
func jsonTags(t *testing.T) map[string]bool {
	t.Helper()
	tags := map[string]bool{}
	for _, root := range []string{"../apps/cli", "../core"} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, match := range jsonTag.FindAllSubmatch(source, -1) {
				tags[string(match[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return tags
}

// checkConfiguration lets thv read the block: an unknown key is an error or a warning.
func checkConfiguration(t *testing.T, b block) {
	p := newUser(t)
	p.configure(t, b.text)
	p.must(t, "", "secret", "provider")
	if said := p.everythingPrinted(); strings.Contains(said, "config.yaml:") {
		t.Errorf("thv says of it:\n%s", said)
	}
}

// checkManifest compares the fields with the schema of the CRD.
func checkManifest(t *testing.T, b block) {
	var manifest struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       map[string]any
	}
	if err := yaml.Unmarshal([]byte(b.text), &manifest); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(crds + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct {
						OpenAPIV3Schema schema `yaml:"openAPIV3Schema"`
					}
				}
			}
		}
		if err := yaml.Unmarshal([]byte(readAll(t, file)), &crd); err != nil {
			t.Fatal(err)
		}
		for _, version := range crd.Spec.Versions {
			if crd.Spec.Names.Kind == manifest.Kind && strings.HasSuffix(manifest.APIVersion, "/"+version.Name) {
				version.Schema.OpenAPIV3Schema.Properties["spec"].has(t, manifest.Spec, "spec")
				return
			}
		}
	}
	t.Errorf("there is no %s %s", manifest.APIVersion, manifest.Kind)
}

// schema has the fields of a CRD's schema that the check reads.
type schema struct {
	Properties map[string]*schema
	Items      *schema
}

func (s *schema) has(t *testing.T, value any, path string) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			field := s.Properties[name]
			if field == nil {
				t.Errorf("the schema has no %s.%s", path, name)
				continue
			}
			field.has(t, inner, path+"."+name)
		}
	case []any:
		for _, inner := range value {
			s.Items.has(t, inner, path+"[]")
		}
	}
}
