package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
)

// The example of a configuration file has every key that is known here, and no other.
func TestLoad_TheExampleHasEveryKeyAndNoOther(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repository(t), "examples", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if loaded, err := Load(write(t, string(text))); err != nil || len(loaded.Notes) > 0 {
		t.Fatalf("got %v and the notes %q, want neither", err, loaded.Notes)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	secrets := tree["secrets"].(map[string]any)
	for place, c := range map[string]struct {
		got  any
		want []string
	}{
		"the top of the file": {tree, keysOf(reflect.TypeFor[Settings]())},
		"secrets":             {secrets, secretsKeys()},
		"the first of chain":  {secrets["chain"].([]any)[0], keysOf(reflect.TypeFor[longStep]())},
		"secrets.providers":   {secrets["providers"].(map[string]any)["files"], keysOf(reflect.TypeFor[Program]())},
		"secrets.onepassword": {secrets["onepassword"], keysOf(reflect.TypeFor[OnePassword]())},
		"secrets.kubernetes":  {secrets["kubernetes"], keysOf(reflect.TypeFor[Kubernetes]())},
	} {
		var got []string
		for key := range c.got.(map[string]any) {
			got = append(got, key)
		}
		slices.Sort(got)
		want := slices.DeleteFunc(slices.Clone(c.want), func(key string) bool { return key == "-" })
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got the keys %q, want %q", place, got, want)
		}
	}
}

// repository is the directory that has go.work.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
	}
	t.Fatal("got no directory with go.work above this one, want the repository's")
	return ""
}
