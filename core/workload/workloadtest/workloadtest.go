// Package workloadtest tests that no field of a [workload.Spec] is passed over.
package workloadtest

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
)

// Fields returns a function for each field of a Spec, by its name in JSON, which sets
// that field to what it is in the golden RunConfig.
func Fields(t testing.TB) map[string]func(*workload.Spec) {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	file, err := os.Open(filepath.Join(filepath.Dir(here), "..", "testdata", "golden", "runconfig.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	golden, err := workload.ReadOwnSpec(file)
	if err != nil {
		t.Fatal(err)
	}
	setters := map[string]func(*workload.Spec){}
	from := reflect.ValueOf(golden)
	for i := range from.NumField() {
		if name, _, _ := strings.Cut(from.Type().Field(i).Tag.Get("json"), ","); name != "" {
			setters[name] = func(s *workload.Spec) { reflect.ValueOf(s).Elem().Field(i).Set(from.Field(i)) }
		}
	}
	return setters
}

// EachCounts checks that each field of a Spec counts for one part of thv: it counts if
// counts returns true for the function that sets it, or if passedOver, which has names
// separated by spaces by the reason, says why it does not need to. A field that counts
// although it is passed over is an error, too.
func EachCounts(t *testing.T, passedOver map[string]string, counts func(set func(*workload.Spec)) bool) {
	t.Helper()
	reasons := map[string]string{}
	for why, names := range passedOver {
		for _, name := range strings.Fields(names) {
			reasons[name] = why
		}
	}
	for name, set := range Fields(t) {
		why, over := reasons[name]
		switch counted := counts(set); {
		case counted && over:
			t.Errorf("%s: got a field that counts, want one that does not: %s", name, why)
		case !counted && !over:
			t.Errorf("%s: got a field that is passed over, want it to count, or a reason in this test", name)
		}
	}
}
