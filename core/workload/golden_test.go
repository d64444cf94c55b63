package workload_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden_RunConfig holds the JSON of a RunConfig: every field, with what this
// version does not know, is written as it was read.
func TestGolden_RunConfig(t *testing.T) {
	const path = "testdata/golden/runconfig.json"
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := workload.ReadOwnSpec(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := workload.WriteSpec(&got, spec); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got.String() != string(want) {
		t.Errorf("got:\n%s\nwant %s:\n%s", got.String(), path, want)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(want, &fields); err != nil {
		t.Fatal(err)
	}
	for field := range reflect.TypeFor[workload.Spec]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if _, ok := fields[name]; field.IsExported() && !ok {
			t.Errorf("got no field %q in %s, want every field of a RunConfig", name, path)
		}
	}
}
