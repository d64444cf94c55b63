package v1beta1_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/thv-secrets/thv/apps/operator/api/v1beta1"
	"github.com/thv-secrets/thv/apps/operator/config"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata/golden, or with -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test -run Golden -update writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// TestGolden_MCPServer checks that an MCPServer with every field of the definition
// set is read and written without a loss.
func TestGolden_MCPServer(t *testing.T) {
	text, err := os.ReadFile("testdata/golden/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var server v1beta1.MCPServer
	if err := yaml.UnmarshalStrict(text, &server); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(server, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "full.json", append(got, '\n'))

	var written any
	if err := json.Unmarshal(got, &written); err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	paths(set, "", written)
	for _, field := range fields(t, "crd/mcpservers.yaml") {
		path, rest, _ := strings.Cut(field, " ")
		if strings.HasPrefix(rest, "v1beta1 ") && path != "" && !set[path] {
			t.Errorf("got no field %s in testdata/golden/full.yaml, want every field of the definition", path)
		}
	}
}

// TestGolden_Examples reads the examples, also those for older versions, with strict
// field validation, and compares the result with a golden file.
func TestGolden_Examples(t *testing.T) {
	var got bytes.Buffer
	err := filepath.WalkDir("../../examples", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			if !strings.Contains(document, "\nkind: MCPServer\n") {
				continue
			}
			var server v1beta1.MCPServer
			if err := yaml.UnmarshalStrict([]byte(document), &server); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			written, err := yaml.Marshal(server)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			fmt.Fprintf(&got, "# %s\n%s---\n", strings.TrimPrefix(filepath.ToSlash(path), "../../"), written)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "examples.yaml", got.Bytes())
}

// TestGolden_Definitions compares the fields of the CustomResourceDefinitions, with
// their types, defaults and permitted values, with a golden file.
func TestGolden_Definitions(t *testing.T) {
	var got bytes.Buffer
	files, err := fs.Glob(config.CRDs, "crd/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		fmt.Fprintf(&got, "# %s\n%s\n", file, strings.Join(fields(t, file), "\n"))
	}
	golden(t, "fields.txt", got.Bytes())
}

// fields returns the paths of a definition's fields, each followed by its version,
// type, and the rules for its values.
func fields(t *testing.T, file string) []string {
	t.Helper()
	text, err := config.CRDs.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var definition apiextensions.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &definition); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, version := range definition.Spec.Versions {
		all = append(all, describe("", version.Name, *version.Schema.OpenAPIV3Schema)...)
	}
	slices.Sort(all)
	return all
}

func describe(path, version string, schema apiextensions.JSONSchemaProps) []string {
	line := path + " " + version + " " + schema.Type + schema.Format
	if schema.Default != nil {
		line += " default=" + string(schema.Default.Raw)
	}
	for _, value := range schema.Enum {
		line += " " + string(value.Raw)
	}
	if len(schema.Required) > 0 {
		line += fmt.Sprintf(" requires=%q", schema.Required)
	}
	all := []string{line}
	for name, property := range schema.Properties {
		all = append(all, describe(path+"."+name, version, property)...)
	}
	if schema.Items != nil {
		all = append(all, describe(path+"[]", version, *schema.Items.Schema)...)
	}
	return all
}

// paths adds the paths of all fields of a JSON value.
func paths(set map[string]bool, path string, value any) {
	set[path] = true
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			paths(set, path+"."+name, field)
		}
	case []any:
		for _, item := range value {
			paths(set, path+"[]", item)
		}
	}
}
